//! `skopos init`: a profile to begin with, which explains itself.

use skopos::diagnostic::Diagnostics;

use super::call::Init;
use super::ending::Ending;
use super::output::{self, Readers};
use super::shell::Shell;

/// The profile, with `NAME` and `MILESTONE` to be replaced. A line that begins with `#` and no space is a setting with its
/// default or an example: it is right once the `#` is gone.
const PROFILE: &str = include_str!("init.yaml");

/// Writes the profile.
///
/// # Errors
/// That the file is there, or that it cannot be written.
pub fn run(args: &Init, shell: &mut Shell) -> Result<Ending, Diagnostics> {
    let text = PROFILE.replace("NAME", args.name.as_str()).replace("MILESTONE", &args.milestone);
    match &args.out {
        None => output::print(&text)?,
        Some(path) => {
            output::create(path, &text, Readers::Usual)?;
            let shown = path.display();
            shell.tell_at_terminal(&format!("{shown} is written; next: skopos render {shown} --out rendered\n"));
        }
    }
    Ok(Ending::Success)
}
