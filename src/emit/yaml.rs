//! YAML that readers of version 1.1 and 1.2 understand alike.

use serde_json::{Map, Value};

/// An object as one YAML document, ending with a line break. Strings that a YAML 1.1 reader would take for something else are quoted.
#[must_use]
pub fn to_yaml(body: &Map<String, Value>) -> String {
    let mut options = serde_saphyr::SerializerOptions::default();
    options.folded_wrap_chars = usize::MAX;
    let mut out = String::new();
    // Writing to a string cannot fail, and maps of strings, numbers and lists have no form that YAML lacks.
    if serde_saphyr::to_fmt_writer_with_options(&mut out, body, options).is_err() {
        out.clear();
    }
    out
}
