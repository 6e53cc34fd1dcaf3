//! What a run says on stderr, and how that decides its end.

use std::io::{self, IsTerminal, Write};

use skopos::Compilation;
use skopos::catalog::Catalog;
use skopos::diagnostic::{Diagnostics, Severity, Warned};

use super::call::{Denied, Messages, Profile};
use super::ending::Ending;
use super::input;
use super::report::{self, MessageFormat};

const FAULT: &str =
    "This is a fault of skopos, not of your profile. Please report it, with the profile and what is above.\n";

/// Collects what there is to say, so that a report is one document.
#[derive(Debug)]
pub struct Shell {
    messages: Messages,
    diagnostics: Diagnostics,
}

impl Shell {
    /// Has nothing to say yet.
    pub fn new(messages: Messages) -> Self {
        Self { messages, diagnostics: Diagnostics::default() }
    }

    /// Reads a profile and compiles it with the built-in catalog. Its warnings are kept to be reported.
    ///
    /// # Errors
    /// Every mistake, and every warning where warnings are denied.
    pub fn compile(&mut self, profile: &Profile) -> Result<Compilation, Diagnostics> {
        let source = input::profile(profile.name.as_deref())?;
        let catalog = Catalog::built_in()?;
        let Warned { value, warnings } = skopos::compile(&source, &catalog)?;
        if self.messages.deny == Some(Denied::Warnings) && !warnings.is_empty() {
            return Err(as_errors(&warnings));
        }
        self.diagnostics.extend(warnings);
        Ok(value)
    }

    /// Tells a person what was done. Programs that read reports are not told.
    pub fn tell(&self, text: &str) {
        if self.messages.message_format != MessageFormat::Json {
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// Tells a person at a terminal what was done.
    pub fn tell_at_terminal(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.tell(text);
        }
    }

    /// Reports everything.
    pub fn end(mut self, result: Result<Ending, Diagnostics>) -> Ending {
        let ending = match result {
            Ok(ending) => ending,
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                Ending::Success
            }
        };
        let ending = ending.max(Ending::of(&self.diagnostics));
        // Where stderr is closed, the exit code has to say it all.
        let _ = report::print(&self.diagnostics, self.messages.message_format, self.messages.color);
        if ending == Ending::Fault {
            self.tell(FAULT);
        }
        ending
    }
}

fn as_errors(warnings: &Diagnostics) -> Diagnostics {
    warnings
        .iter()
        .cloned()
        .map(|warning| skopos::diagnostic::Diagnostic { severity: Severity::Error, ..warning })
        .collect()
}
