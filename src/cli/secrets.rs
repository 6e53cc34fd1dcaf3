//! `skopos secrets`: the only command that makes or prints a secret.

use std::io::{self, IsTerminal};
use std::path::Path;

use skopos::diagnostic::{Diagnostic, Diagnostics, code};
use skopos::secrets::{self, Entropy, Existing};
use time::OffsetDateTime;

use super::call::Secrets;
use super::ending::Ending;
use super::input;
use super::output::{self, Readers};
use super::shell::Shell;

/// The system's randomness.
struct System;

impl Entropy for System {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Diagnostic> {
        getrandom::fill(bytes)
            .map_err(|error| Diagnostic::error(code::NO_RANDOMNESS, format!("the system gives no randomness: {error}")))
    }
}

/// Makes the Secrets that a profile's manifests name, and keeps those that are there.
///
/// # Errors
/// Every mistake of the profile, earlier Secrets that cannot be used, and what could not be read or written.
pub fn run(args: &Secrets, shell: &mut Shell) -> Result<Ending, Diagnostics> {
    if let Some(refusal) = refusal(args) {
        return Err(refusal.into());
    }
    let compiled = shell.compile(&args.profile)?;
    let existing = match &args.existing {
        Some(path) => Existing::parse(&input::secrets(path)?)?,
        None => Existing::default(),
    };
    let outcome = secrets::make(&compiled.secrets, &existing, &mut System, OffsetDateTime::now_utc())?;
    let text = outcome.to_yaml()?;
    match &args.out {
        Some(path) if is_existing(args, path) => output::replace(path, &text, Readers::Owner)?,
        Some(path) => output::create(path, &text, Readers::Owner)?,
        None => output::print(&text)?,
    }
    shell.tell(&outcome.to_string());
    Ok(Ending::Success)
}

/// What must not be done, told before anything is made.
fn refusal(args: &Secrets) -> Option<Diagnostic> {
    let both = args.existing.as_deref() == Some(Path::new("-")) && args.profile.name.as_deref() == Some("-".as_ref());
    if both {
        return Some(
            Diagnostic::error(code::BAD_CALL, "the profile and the earlier Secrets cannot both come from stdin")
                .help("name a file for one of them"),
        );
    }
    match &args.out {
        Some(path) if path.symlink_metadata().is_ok() && !is_existing(args, path) => {
            let help =
                format!("to keep its Secrets and add what is missing: `--existing {0} --out {0}`", path.display());
            Some(output::is_there(path).help(help))
        }
        None if !args.force && io::stdout().is_terminal() => {
            Some(Diagnostic::error(code::BAD_CALL, "secrets are not shown on a terminal").help(
                "write a file with `--out FILE`, or pipe into `kubectl apply --server-side -f -`; `--force` shows them",
            ))
        }
        _ => None,
    }
}

fn is_existing(args: &Secrets, path: &Path) -> bool {
    args.existing.as_deref().is_some_and(|existing| output::is_same_file(existing, path))
}
