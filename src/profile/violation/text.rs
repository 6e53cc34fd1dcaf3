//! Texts with characters that no reader sees and no file should hold.

use serde_json::Value;

use super::words;
use crate::diagnostic::{Diagnostic, code};
use crate::pointer::escape;
use crate::profile::input::{Finding, Input, rank};

/// Each text and key with a character that is not safe anywhere.
pub(super) fn find_unsafe(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    visit(input, &input.json, &mut String::new(), &mut findings);
    findings
}

fn visit(input: &Input<'_>, value: &Value, pointer: &mut String, findings: &mut Vec<Finding>) {
    let length = pointer.len();
    match value {
        Value::String(text) => {
            if let Some(c) = text.chars().find(|c| is_unsafe(*c) && !matches!(c, '\n' | '\t')) {
                let diagnostic = unsafe_text(&words::path(pointer), c);
                findings.push(input.finding(pointer, rank::UNSAFE, diagnostic, "in this text"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                *pointer += &format!("/{index}");
                visit(input, item, pointer, findings);
                pointer.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                *pointer += &format!("/{}", escape(key));
                if let Some(c) = key.chars().find(|c| is_unsafe(*c)) {
                    let diagnostic = unsafe_text("a key", c);
                    findings.push(input.finding_at_key(pointer, rank::UNSAFE, diagnostic, "in this key"));
                }
                visit(input, value, pointer, findings);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn unsafe_text(what: &str, c: char) -> Diagnostic {
    Diagnostic::error(code::UNSAFE_TEXT, format!("{what} holds the character U+{:04X}", u32::from(c)))
        .help("take it out: it is a control character, or one that makes text look different from what it is")
}

/// Control characters, line separators that only some readers know, and marks that turn the direction of text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
