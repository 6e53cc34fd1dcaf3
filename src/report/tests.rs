//! What a person sees.

use serde_json::{Value, json};

use super::{Style, human, short};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::source::Source;

fn two() -> Diagnostics {
    let source = Source::new("p.yaml", "name: a\nsise: big\n");
    let typo = Diagnostic::error(code::UNKNOWN_KEY, "unknown key `sise`")
        .at(&source, 8..12, "did you mean `size`?")
        .help("known here: name, size");
    [typo, Diagnostic::warning(code::COMPONENT_WARNS, "alerts go nowhere")].into_iter().collect()
}

#[test]
fn people_see_the_place() {
    let expected = "\
SK0201

  × unknown key `sise`
   ╭─[p.yaml:2:1]
 1 │ name: a
 2 │ sise: big
   · ──┬─
   ·   ╰── did you mean `size`?
   ╰────
  help: known here: name, size

SK0305

  ⚠ alerts go nowhere

1 error, 1 warning
";
    assert_eq!(human(&two(), Style::PLAIN), expected);
}

#[test]
fn programs_see_a_line() {
    let expected = "p.yaml:2:1: error[SK0201]: unknown key `sise`\nwarning[SK0305]: alerts go nowhere\n";
    assert_eq!(short(&two()), expected);
}

#[test]
fn no_control_character_reaches_the_terminal() {
    let source = Source::new("p.yaml", "a: \u{1b}[31m\u{202e}\u{9b}x\r\n");
    let found = Diagnostic::error(code::SYNTAX, "bad \u{1b}").at(&source, 3..4, "\u{7}").help("\u{8}").into();
    let text = human(&found, Style::PLAIN) + &short(&found);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.contains("1 │ a: ?[31m\u{fffd}¿x\n"), "{text}");
}

#[test]
fn a_line_of_a_megabyte_is_cut() {
    let source =
        Source::new("p.yaml", format!("a: 1\nb: [{}, X, {}]\nc: 2\n", "y".repeat(500_000), "z".repeat(500_000)));
    let at = source.text().find('X').unwrap();
    let text = human(&Diagnostic::error(code::SYNTAX, "bad").at(&source, at..at + 1, "here").into(), Style::PLAIN);
    assert!(text.contains("yyy, X, zzz") && text.len() < 2_000, "{} bytes: {text}", text.len());
    assert!(text.contains("[p.yaml:2:"), "{text}");
}

#[test]
fn programs_can_read_everything() {
    let document: Value = serde_json::from_str(&super::json(&two())).unwrap();
    assert_eq!(document["kind"], "DiagnosticList");
    let first = json!({
        "code": "SK0201", "title": "a key is not known", "severity": "error",
        "message": "unknown key `sise`", "help": "known here: name, size",
        "labels": [{ "file": "p.yaml", "line": 2, "column": 1, "endLine": 2, "endColumn": 5, "text": "did you mean `size`?" }],
    });
    assert_eq!(document["diagnostics"][0], first);
    assert_eq!(document["diagnostics"][1]["labels"], json!([]));
}
