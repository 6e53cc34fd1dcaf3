//! `skopos validate`.

use skopos::diagnostic::Diagnostics;

use super::call::Profile;
use super::ending::Ending;
use super::shell::Shell;

/// Compiles a profile and throws the result away: whatever `render` would report is reported.
///
/// # Errors
/// Every mistake of the profile.
pub fn run(profile: &Profile, shell: &mut Shell) -> Result<Ending, Diagnostics> {
    let compiled = shell.compile(profile)?;
    shell.tell_at_terminal(&format!("valid: {} objects\n", compiled.manifest.objects().len()));
    Ok(Ending::Success)
}
