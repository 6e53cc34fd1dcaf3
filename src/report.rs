//! Diagnostics as text: a pure function of the diagnostics and the style, so that tests can compare every byte. No
//! text of a user reaches the terminal with a control character in it.

mod excerpt;
mod json;

use std::fmt::Write;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity as Weight, SourceCode};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::Span;

use excerpt::{Excerpt, safe};

pub use json::json;

/// How many diagnostics are shown; a file with more mistakes than this has one mistake.
const MOST: usize = 50;

/// The most bytes that are underlined.
const LONGEST: usize = 160;

/// How a report looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether escape sequences for colour are written.
    pub color: bool,
    /// Columns of a line.
    pub width: usize,
}

impl Style {
    /// Without colour and 100 columns wide: for files and tests.
    pub const PLAIN: Self = Self { color: false, width: 100 };
}

/// The report for people: each diagnostic with its code, its place underlined, and what to do.
#[must_use]
pub fn human(diagnostics: &Diagnostics, style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(style.width).with_context_lines(1);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        if handler.render_report(&mut text, &Shown::new(diagnostic)).is_err() {
            text.push_str(&line(diagnostic));
        }
        text.push('\n');
    }
    text.push_str(&summary(diagnostics));
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// One line for each diagnostic: `file:line:column: error[SK0201]: message`.
#[must_use]
pub fn short(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(line).collect()
}

fn line(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.labels.first().map(|label| {
        let (line, column) = label.source.line_column(label.span.start);
        format!("{}:{line}:{column}: ", label.source.name())
    });
    let place = place.unwrap_or_default();
    let line = format!("{place}{}[{}]: {}", word(diagnostic.severity), diagnostic.code, diagnostic.message);
    safe(&line).replace('\n', " ") + "\n"
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn summary(diagnostics: &Diagnostics) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        match count(severity) {
            0 => {}
            1 => parts.push(format!("1 {}", word(severity))),
            n => parts.push(format!("{n} {}s", word(severity))),
        }
    }
    let hidden = diagnostics.iter().count().saturating_sub(MOST);
    let mut text = parts.join(", ");
    if hidden > 0 {
        let _ = write!(text, " ({hidden} not shown)");
    }
    text
}

/// A diagnostic as miette sees it.
#[derive(Debug)]
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Option<Excerpt>,
}

impl<'a> Shown<'a> {
    fn new(diagnostic: &'a Diagnostic) -> Self {
        let excerpt = diagnostic.labels.first().map(|label| Excerpt::new(&label.source));
        Self { diagnostic, excerpt }
    }
}

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&safe(&self.diagnostic.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn std::fmt::Display + 'b>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<Weight> {
        Some(match self.diagnostic.severity {
            Severity::Warning => Weight::Warning,
            Severity::Error => Weight::Error,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn std::fmt::Display + 'b>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(safe(help)) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let source = self.diagnostic.labels.first().map(|label| &label.source);
        let here = self.diagnostic.labels.iter().filter(move |label| Some(&label.source) == source);
        Some(Box::new(here.enumerate().map(|(index, label)| {
            let span = on_one_line(label.source.text(), &label.span);
            let text = Some(safe(&label.text)).filter(|text| !text.is_empty());
            let (start, length) = (span.start, span.end - span.start);
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, (start, length))
            } else {
                LabeledSpan::new(text, start, length)
            }
        })))
    }
}

/// The beginning of a place, on its first line: an underline of many lines hides what it should show.
fn on_one_line(text: &str, span: &Span) -> Span {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let part = text.get(start..end).unwrap_or_default();
    let line = part.find(['\n', '\r']).unwrap_or(part.len()).min(LONGEST);
    let line = (line..=part.len()).find(|at| part.is_char_boundary(*at)).unwrap_or(part.len());
    start..start + line
}

#[cfg(test)]
mod tests;
