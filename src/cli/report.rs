//! Puts diagnostics on stderr: in colour at a terminal that wants it, plain everywhere else.

use std::env;
use std::io::{self, IsTerminal, Write};

use skopos::diagnostic::Diagnostics;
use skopos::report::{self, Style};

/// The forms of a report: `--message-format`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum MessageFormat {
    /// For people: each mistake with its lines.
    #[default]
    Human,
    /// One line for each mistake.
    Short,
    /// One document for programs.
    Json,
}

/// When to use colour: `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// At a terminal, unless the environment says no.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Writes the report, where there is anything to report.
///
/// # Errors
/// That stderr cannot be written.
pub fn print(diagnostics: &Diagnostics, format: MessageFormat, color: Color) -> io::Result<()> {
    let text = match format {
        MessageFormat::Json => report::json(diagnostics),
        _ if diagnostics.is_empty() => return Ok(()),
        MessageFormat::Human => report::human(diagnostics, style(color)),
        MessageFormat::Short => report::short(diagnostics),
    };
    io::stderr().lock().write_all(text.as_bytes())
}

fn style(color: Color) -> Style {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_terminal = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto => {
            is_terminal || env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
        }
    };
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = if is_terminal { columns.unwrap_or(Style::PLAIN.width) } else { Style::PLAIN.width };
    Style { color, width: width.clamp(60, 160) }
}
