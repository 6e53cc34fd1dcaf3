//! Diagnostics for programs. Keys are added, never changed, within a version.

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Diagnostics, Label};

/// One JSON document with every diagnostic.
#[must_use]
pub fn json(diagnostics: &Diagnostics) -> String {
    let document = json!({
        "apiVersion": "skopos.dev/v1alpha1",
        "kind": "DiagnosticList",
        "skopos": env!("CARGO_PKG_VERSION"),
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code.id,
        "title": diagnostic.code.title,
        "severity": super::word(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
    })
}

fn label(label: &Label) -> Value {
    let (line, column) = label.source.line_column(label.span.start);
    let (end_line, end_column) = label.source.line_column(label.span.end);
    json!({
        "file": label.source.name(),
        "line": line,
        "column": column,
        "endLine": end_line,
        "endColumn": end_column,
        "text": label.text,
    })
}
