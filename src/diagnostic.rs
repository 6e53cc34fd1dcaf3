//! What is wrong, where, and what to do about it: plain data that every stage makes and only the command line prints.

use std::fmt;

use crate::source::{Source, Span};

/// A stable name for one kind of mistake, such as `SK0203`. The table of all codes is [`crate::diagnostic::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// `SK` and four digits; never reused for another meaning.
    pub id: &'static str,
    /// What the code stands for, in a few words.
    pub title: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Output is made, but a person should look.
    Warning,
    /// No output is made.
    Error,
}

/// A place in a source, with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text that the place is in.
    pub source: Source,
    /// The bytes to underline.
    pub span: Span,
    /// What to say at the underlined text; may be empty.
    pub text: String,
}

/// One mistake or warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable name.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// Where: the first label is the main one. Empty where no text is to blame.
    pub labels: Vec<Label>,
    /// What is allowed or what to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place or help yet.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), labels: Vec::new(), help: None }
    }

    /// A warning without a place or help yet.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same, with one more place.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source: source.clone(), span, text: text.into() });
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All that a stage found, in the order in which it found it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether any of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The errors among them.
    #[must_use]
    pub fn errors(self) -> Self {
        self.0.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each in turn.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// `value` where no error was found, all diagnostics otherwise.
    ///
    /// # Errors
    /// The diagnostics themselves, where one of them is an error.
    pub fn or<T>(self, value: T) -> Result<Warned<T>, Self> {
        if self.has_errors() { Err(self) } else { Ok(Warned { value, warnings: self }) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

/// A stage's result with the warnings that it came with.
#[derive(Debug, Clone)]
pub struct Warned<T> {
    /// The result.
    pub value: T,
    /// Warnings only, never errors.
    pub warnings: Diagnostics,
}

impl<T> Warned<T> {
    /// The result, its warnings moved to others.
    pub fn take_warnings(self, to: &mut Diagnostics) -> T {
        to.extend(self.warnings);
        self.value
    }
}

// The build script has this module, too: seen from there, the file lies nowhere else.
#[path = "diagnostic/code.rs"]
pub mod code;
