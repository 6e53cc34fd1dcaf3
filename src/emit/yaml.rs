//! YAML that readers of version 1.1 and 1.2 understand alike.
//!
//! A library decides how each text is written. Most keys and texts are plain words that have one form only, and most bytes are in texts of
//! many lines; asking about each of them took most of the time of the whole command, so that maps, lists, plain words and plain blocks are
//! written here. A test holds that the bytes are those which the library alone would write.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use serde_saphyr::SerializerOptions;

/// Words that a reader of version 1.1 or 1.2 takes for something else than a text, in lower case.
const NO_TEXTS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// An object as one YAML document, ending with a line break. Strings that a YAML 1.1 reader would take for something else are quoted.
#[must_use]
pub fn to_yaml(body: &Map<String, Value>) -> String {
    let mut writer = Writer::new(String::new(), body);
    writer.map(body, 0, true);
    writer.out
}

/// The same after the line that begins a document in a stream.
pub(super) fn document(body: &Map<String, Value>) -> String {
    let mut writer = Writer::new(String::from("---\n"), body);
    writer.map(body, 0, true);
    writer.out
}

struct Writer {
    out: String,
    /// What the library wrote last, kept for its space.
    entry: String,
    options: SerializerOptions,
}

impl Writer {
    fn new(out: String, body: &Map<String, Value>) -> Self {
        Self { out, entry: String::new(), options: options(body) }
    }

    /// A map that is not empty. Its first entry stands where the writer is, unless a line begins there.
    fn map(&mut self, map: &Map<String, Value>, indent: usize, at_line: bool) {
        for (place, (key, value)) in map.iter().enumerate() {
            let at_line = at_line || place > 0;
            let ours = is_ours(value);
            let block = !ours && self.options.prefer_block_scalars && value.as_str().is_some_and(is_block);
            if !is_plain(key) || !(ours || block) {
                self.by_library(&BTreeMap::from([(key, value)]), indent, at_line);
                continue;
            }
            if at_line {
                self.indent(indent);
            }
            self.out.push_str(key);
            self.out.push(':');
            match value {
                Value::Object(fields) if !fields.is_empty() => {
                    self.out.push('\n');
                    self.map(fields, indent + 2, true);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.list(items, indent);
                }
                Value::String(text) if block => self.block(text, indent + 2),
                scalar => {
                    self.out.push(' ');
                    self.scalar(scalar);
                }
            }
        }
    }

    /// A list that is not empty, each item on lines of its own.
    fn list(&mut self, items: &[Value], indent: usize) {
        for item in items {
            match item {
                Value::Object(fields) if !fields.is_empty() => {
                    self.indent(indent);
                    self.out.push_str("- ");
                    self.map(fields, indent + 2, false);
                }
                Value::Array(inner) if !inner.is_empty() => self.by_library(&[item], indent, true),
                item if is_ours(item) => {
                    self.indent(indent);
                    self.out.push_str("- ");
                    self.scalar(item);
                }
                item => self.by_library(&[item], indent, true),
            }
        }
    }

    /// A text of several lines as it is.
    fn block(&mut self, text: &str, indent: usize) {
        self.out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
        let mut rest = text.strip_suffix('\n').unwrap_or(text);
        loop {
            // Lines are so short that a search made for long texts takes longer.
            let end = rest.bytes().position(|byte| byte == b'\n').unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
            match after.strip_prefix('\n') {
                Some(after) => rest = after,
                None => break,
            }
        }
    }

    /// A value of one form only, and the end of its line.
    fn scalar(&mut self, value: &Value) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Number(number) => self.out.push_str(&number.to_string()),
            Value::String(text) if text.is_empty() => self.out.push_str("\"\""),
            Value::String(text) => self.out.push_str(text),
            Value::Array(_) => self.out.push_str("[]"),
            Value::Object(_) => self.out.push_str("{}"),
        }
        self.out.push('\n');
    }

    /// What the library writes, moved to its place.
    fn by_library(&mut self, value: &impl Serialize, indent: usize, at_line: bool) {
        self.entry.clear();
        // Writing to a string cannot fail, and maps of strings, numbers and lists have no form that YAML lacks.
        if serde_saphyr::to_fmt_writer_with_options(&mut self.entry, value, self.options.clone()).is_err() {
            return;
        }
        let entry = std::mem::take(&mut self.entry);
        for (place, line) in entry.split_inclusive('\n').enumerate() {
            if (at_line || place > 0) && line != "\n" {
                self.indent(indent);
            }
            self.out.push_str(line);
        }
        self.entry = entry;
    }

    fn indent(&mut self, indent: usize) {
        const SPACES: &str = "                                                                ";
        let mut left = indent;
        while left > 0 {
            let step = left.min(SPACES.len());
            self.out.push_str(SPACES.get(..step).unwrap_or_default());
            left -= step;
        }
    }
}

fn options(body: &Map<String, Value>) -> SerializerOptions {
    let mut options = SerializerOptions::default();
    options.folded_wrap_chars = usize::MAX;
    // A block whose text begins with a tab is legal YAML, but kubectl's reader and libyaml refuse it.
    options.prefer_block_scalars = !body.values().any(begins_with_tab);
    options
}

/// Whether a value is a map or list, or a scalar of one form only.
fn is_ours(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty() || is_plain(text),
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => true,
    }
}

/// Whether a text is a word that no reader takes for anything else: letters, digits and a few marks, with a letter first.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.len() <= 64
        && bytes.iter().all(word)
        && !(bytes.len() <= 5 && NO_TEXTS.iter().any(|no_text| text.eq_ignore_ascii_case(no_text)))
}

/// Whether a text of several lines has one form as a block: characters that everybody reads, no line that is indented at the beginning,
/// and at most one line break at the end.
fn is_block(text: &str) -> bool {
    let inside = text.strip_suffix('\n').unwrap_or(text);
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    inside.contains('\n')
        && !inside.ends_with('\n')
        && !inside.starts_with([' ', '\n'])
        // Without a way out of the inner loop, many bytes are looked at at once.
        && inside.as_bytes().chunks(256).all(|chunk| chunk.iter().filter(|byte| !printable(byte)).count() == 0)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;
    use crate::source::Source;

    fn by_library_alone(body: &Map<String, Value>) -> String {
        let mut out = String::new();
        serde_saphyr::to_fmt_writer_with_options(&mut out, body, options(body)).unwrap();
        out
    }

    #[test]
    fn every_object_has_the_bytes_that_the_library_alone_would_write() {
        let catalog = Catalog::built_in().unwrap();
        for profile in [
            "milestone: M3\n",
            "milestone: M4\ncluster: { mesh: { telemetry: mixer }, serving: { version: '1.18' } }\n",
        ] {
            let text = format!("apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: bytes\n{profile}");
            let source = Source::new("profile.yaml", text);
            for object in crate::compile(&source, &catalog).unwrap().value.manifest.objects() {
                assert_eq!(to_yaml(&object.body), by_library_alone(&object.body), "{}", object.id);
            }
        }
    }

    const TEXTS: &[&str] = &[
        "",
        "a",
        "on",
        "y",
        "No",
        "NULL",
        "nan",
        ".inf",
        "inf",
        "Infinity",
        "infinity",
        "e5",
        "x1",
        "0x1f",
        "1e3",
        "1_000",
        "12:30",
        "a b",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "-",
        "---",
        "- a",
        "a-",
        "...",
        "/metrics",
        "a/b.c_d-e",
        "~",
        "=",
        "<<",
        "!a",
        "&a",
        "*a",
        "a\nb",
        "a\n\nb\n",
        "\n a",
        " a\nb",
        "a\n\n\n",
        "a\nb\n",
        "a\n  b",
        "a\n \nb",
        "a\n b \n",
        "a \nb",
        "# a\n---\n...\n- b: c\n",
        "{a\n}",
        "a\tb\nc",
        "a\n\tb",
        "a\r\nb",
        "\n",
        "\ta",
        "é",
        "\u{1}",
        "true ",
        "2001-01-01",
        "null/",
    ];

    #[test]
    fn every_kind_of_value_in_every_place_has_the_bytes_of_the_library() {
        let others =
            json!([0, -1, 1.5, 1.0, 1e300, u64::MAX, null, true, {}, [], [[]], [[1, [2]], "a\nb"], { "a": {} }]);
        let values = TEXTS.iter().map(|text| json!(text)).chain(others.as_array().unwrap().iter().cloned());
        for value in values {
            for key in TEXTS {
                let bodies = [
                    json!({ *key: value }),
                    json!({ "a": { *key: value, "b": value } }),
                    json!({ "a": [value, { *key: value, "b": [value] }, [value]] }),
                ];
                for body in bodies.iter().filter_map(Value::as_object) {
                    assert_eq!(to_yaml(body), by_library_alone(body), "{body:?}");
                }
            }
        }
    }
}
