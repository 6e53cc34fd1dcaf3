//! How a run ends: exit codes are decided here and nowhere else.

use std::process::ExitCode;

use skopos::diagnostic::{Code, Diagnostics, Severity, code};

/// How a run ended. The highest of several counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// All is well; there may be warnings.
    Success,
    /// `render --check` found differences.
    Differences,
    /// The profile or the call is wrong.
    Wrong,
    /// The environment failed.
    Failed,
    /// skopos has a fault. A panic ends with the same code.
    Fault,
}

impl Ending {
    /// How a run with these diagnostics ends.
    pub fn of(diagnostics: &Diagnostics) -> Self {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        errors.map(|diagnostic| Self::of_code(diagnostic.code)).max().unwrap_or(Self::Success)
    }

    fn of_code(code: Code) -> Self {
        match code {
            code::CANNOT_READ | code::CANNOT_WRITE | code::BAD_RECORD | code::NO_RANDOMNESS => Self::Failed,
            // The catalog is built in: a profile that the schema lets through must not be able to break it.
            code::BAD_COMPONENT | code::BAD_TEMPLATE | code::TEMPLATE_FAILED => Self::Fault,
            _ => Self::Wrong,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Success => 0,
            Ending::Differences => 1,
            Ending::Wrong => 2,
            Ending::Failed => 3,
            Ending::Fault => 101,
        })
    }
}

#[cfg(test)]
mod tests {
    use skopos::diagnostic::{Diagnostic, Diagnostics, code};

    use super::Ending;

    #[test]
    fn the_worst_error_decides_and_warnings_do_not() {
        let of = |all: &[Diagnostic]| Ending::of(&all.iter().cloned().collect::<Diagnostics>());
        let warning = Diagnostic::warning(code::CANNOT_READ, "");
        let (wrong, failed) = (Diagnostic::error(code::UNKNOWN_KEY, ""), Diagnostic::error(code::CANNOT_WRITE, ""));
        let fault = Diagnostic::error(code::BAD_TEMPLATE, "");
        assert_eq!(of(&[]), Ending::Success);
        assert_eq!(of(std::slice::from_ref(&warning)), Ending::Success);
        assert_eq!(of(&[wrong.clone(), warning]), Ending::Wrong);
        assert_eq!(of(&[wrong.clone(), failed.clone(), wrong.clone()]), Ending::Failed);
        assert_eq!(of(&[fault, failed, wrong]), Ending::Fault);
    }
}
