//! YAML that readers of version 1.1 and 1.2 understand alike.

use serde_json::{Map, Value};

/// An object as one YAML document, ending with a line break. Strings that a YAML 1.1 reader would take for something else are quoted.
#[must_use]
pub fn to_yaml(body: &Map<String, Value>) -> String {
    let mut out = String::new();
    write(&mut out, body);
    out
}

/// The same after the line that begins a document in a stream.
pub(super) fn document(body: &Map<String, Value>) -> String {
    let mut out = String::from("---\n");
    write(&mut out, body);
    out
}

fn write(out: &mut String, body: &Map<String, Value>) {
    let mut options = serde_saphyr::SerializerOptions::default();
    options.folded_wrap_chars = usize::MAX;
    // A block whose text begins with a tab is legal YAML, but kubectl's reader and libyaml refuse it.
    options.prefer_block_scalars = !body.values().any(begins_with_tab);
    let start = out.len();
    // Writing to a string cannot fail, and maps of strings, numbers and lists have no form that YAML lacks.
    if serde_saphyr::to_fmt_writer_with_options(out, body, options).is_err() {
        out.truncate(start);
    }
}

/// Whether the first line that is not empty begins with a tab, in any text of the value.
fn begins_with_tab(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim_start_matches('\n').starts_with('\t'),
        Value::Array(items) => items.iter().any(begins_with_tab),
        Value::Object(fields) => fields.values().any(begins_with_tab),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
