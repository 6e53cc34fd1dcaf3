//! Good files keep their places, bad ones end in a diagnostic, and nothing ends in a panic.

use serde_json::json;

use super::{Data, parse, read};
use crate::diagnostic::Diagnostics;
use crate::source::Source;

fn source(text: &str) -> Source {
    Source::new("test.yaml", text)
}

/// The code, position and message of each diagnostic.
fn faults(text: &str) -> Vec<String> {
    let source = source(text);
    let found: Diagnostics = parse(&source).expect_err("the text is wrong");
    let line = |d: &crate::diagnostic::Diagnostic| {
        let (line, column) = source.line_column(d.labels[0].span.start);
        format!("{} {line}:{column} {}", d.code, d.message)
    };
    found.iter().map(line).collect()
}

#[test]
fn places_are_bytes() {
    let text = "name: Ünï😀\nlist:\n  - a: 1\n    b: \"two\"\n  - [x, {}]\n";
    let root = parse(&source(text)).unwrap();
    let at = |pointer: &str| &text[root.place(pointer).unwrap()];
    assert_eq!(at("/name"), "Ünï😀");
    assert_eq!(at("/list"), "list");
    assert_eq!(at("/list/0"), "a");
    assert_eq!(at("/list/0/b"), "\"two\"");
    assert_eq!(at("/list/1/0"), "x");
    assert_eq!(at("/list/1/1"), "{");
    assert_eq!(root.key_span("/list/0/b").map(|span| &text[span]), Some("b"));
    assert_eq!(root.at("/list/0/b").unwrap().line(&source(text)), 4);
    assert_eq!(root.to_json(), json!({"name": "Ünï😀", "list": [{"a": 1, "b": "two"}, ["x", {}]]}));
}

#[test]
fn only_the_json_types_are_guessed() {
    let text = "[no, on, y, 012, 1_000, 0x1F, 1.20, true, ~, null, \"1\", 2026-01-01, -3, 0o17]";
    let expected = json!(["no", "on", "y", "012", "1_000", 31, 1.2, true, null, null, "1", "2026-01-01", -3, 15]);
    assert_eq!(parse(&source(text)).unwrap().to_json(), expected);
}

#[test]
fn pointers_escape() {
    let root = parse(&source("a/b: {c~d: 1}")).unwrap();
    assert_eq!(root.at("/a~1b/c~0d").unwrap().data, Data::Number(1.into()));
    assert!(root.at("a").is_none() && root.at("/a").is_none());
}

#[test]
fn byte_order_mark_and_line_ends_do_not_shift_places() {
    for text in ["\u{feff}a: 1\nb: two\n", "\u{feff}a: 1\r\nb: two\r\n", "a: 1\rb: two\r"] {
        let root = parse(&source(text)).unwrap();
        assert_eq!(&text[root.place("/b").unwrap()], "two", "{text:?}");
    }
    assert_eq!(faults("\u{feff}a: 1\r\nb: ]\r\n"), ["SK0103 2:4 a closing bracket does not fit an opening one"]);
}

#[test]
fn each_duplicate_is_told_and_the_tree_still_made() {
    assert_eq!(
        faults("a: 1\nb: {c: 1, c: 2}\na: 2\n"),
        ["SK0104 2:11 the key `c` is written twice", "SK0104 3:1 the key `a` is written twice"]
    );
    let reading = read(&source("a: 1\na: 2\n")).unwrap();
    assert_eq!(reading.root.to_json(), json!({"a": 2}));
}

#[test]
fn aliases_stay_small() {
    let root = parse(&source("a: &x {k: 1}\nb: *x\n")).unwrap();
    assert_eq!(root.to_json(), json!({"a": {"k": 1}, "b": {"k": 1}}));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let before = level - 1;
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", "));
    }
    assert_eq!(faults(&bomb)[0].split(' ').next(), Some("SK0107"));
    assert_eq!(faults("a: &a [*a]"), ["SK0103 1:8 an alias stands inside its own anchor"]);
}

#[test]
fn ten_thousand_levels_are_refused() {
    let n = 10_000;
    let block: String = (0..1_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    for text in ["[".repeat(n), "{a: ".repeat(n), "- ".repeat(n), block, "[".repeat(n) + &"]".repeat(n)] {
        let found = faults(&text);
        assert!(found[0].starts_with("SK0107"), "{} -> {found:?}", &text[..20]);
    }
    assert_eq!(faults(&"? ".repeat(n)), ["SK0103 1:3 a key of a map must be plain text"]);
}

#[test]
fn each_fault_has_its_own_words() {
    let cases = [
        ("", "SK0105 1:1 test.yaml is empty"),
        ("# nothing\n\n", "SK0105 1:1 test.yaml is empty"),
        ("---\n", "SK0105 1:1 test.yaml is empty"),
        ("a: 1\n---\nb: 2\n", "SK0106 2:1 the file holds more than one document"),
        ("a: 1\n\tb: 2\n", "SK0103 2:1 a tab stands where YAML allows only spaces"),
        ("a: \"x\n", "SK0103 1:4 a quote is opened and never closed"),
        ("a: [1, 2\n", "SK0103 1:4 a bracket is opened and never closed"),
        ("a: 1\n  b: 2\n", "SK0103 2:4 a `:` stands where no key may be"),
        ("a: x\u{0}y\n", "SK0103 1:5 the control character U+0000 may not stand in YAML"),
        ("a: !custom x\n", "SK0103 1:12 the tag `!custom` is not supported here"),
        ("a: *nope\n", "SK0103 1:4 an alias names an anchor that is not there"),
        ("a: 1e400\n", "SK0103 1:4 a number is too large, or is not a number"),
        ("b: {}\na:\n  <<: {x: 1}\n", "SK0103 3:3 merge keys are not supported"),
        ("? [a]\n: 1\n", "SK0103 1:3 a key of a map must be plain text"),
        ("a: @x\n", "SK0103 1:4 `@` may not begin a value"),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(text), [expected], "{text:?}");
    }
}
