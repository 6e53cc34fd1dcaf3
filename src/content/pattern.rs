//! Patterns of matchers, `{job=~"…"}`: the parser of queries would compile each of them, which costs as much as all the rest, and
//! only a few are ever asked. So they are hidden from it, and compiled where one is asked.

use std::borrow::Cow;

use promql_parser::label::{MatchOp, Matcher};
use regex::Regex;

/// What begins a hidden pattern: a character that no query has.
const MARK: char = '\u{1}';

/// A query whose patterns are plain values that begin with a mark.
pub(super) fn hide(query: &str) -> Cow<'_, str> {
    if !query.contains('~') {
        return query.into();
    }
    let mut out = String::with_capacity(query.len() + 8);
    let mut inside = None;
    let mut hides = false;
    let mut chars = query.chars().peekable();
    while let Some(char) = chars.next() {
        match inside {
            Some(quote) => {
                out.push(char);
                if char == '\\' && quote != '`' {
                    out.extend(chars.next());
                } else if char == quote {
                    inside = None;
                }
            }
            None if matches!(char, '"' | '\'' | '`') => {
                inside = Some(char);
                out.push(char);
                out.extend(std::mem::take(&mut hides).then_some(MARK));
            }
            None if matches!(char, '=' | '!') && chars.next_if_eq(&'~').is_some() => {
                hides = true;
                out.push_str(if char == '=' { "=" } else { "!=" });
            }
            None => out.push(char),
        }
    }
    out.into()
}

/// A text that was printed from a parsed query, with its patterns as they were.
pub(super) fn show(text: &str) -> String {
    text.replace(&format!("!=\"{MARK}"), "!~\"").replace(&format!("=\"{MARK}"), "=~\"")
}

/// The value or pattern of a matcher, as it was written.
pub(super) fn written(matcher: &Matcher) -> &str {
    matcher.value.strip_prefix(MARK).unwrap_or(&matcher.value)
}

/// Whether a label's value may be one of `values`.
///
/// # Errors
/// That a pattern is none.
pub(super) fn admits<'v>(matcher: &Matcher, mut values: impl Iterator<Item = &'v str>) -> Result<bool, String> {
    let Some(pattern) = matcher.value.strip_prefix(MARK) else {
        return Ok(values.any(|value| matcher.is_match(value)));
    };
    let regex = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string())?;
    Ok(values.any(|value| regex.is_match(value) == (matcher.op == MatchOp::Equal)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn patterns_are_hidden_wherever_they_stand_and_shown_again() {
        for (query, hidden) in [
            (r#"up{job="a"}"#, r#"up{job="a"}"#),
            (r#"up{job=~"a|b",pod !~ 'c'}"#, "up{job=\"\u{1}a|b\",pod != '\u{1}c'}"),
            (r#"up{a="=~",b="\"=~"} == bool 1"#, r#"up{a="=~",b="\"=~"} == bool 1"#),
            (r"up{a=~`\`,b=~`=~`}", "up{a=`\u{1}\\`,b=`\u{1}=~`}"),
        ] {
            assert_eq!(hide(query), hidden);
        }
        assert_eq!(show("up{a!=\"\u{1}b\",c=\"\u{1}d\"}"), r#"up{a!~"b",c=~"d"}"#);
    }

    /// The queries of a rule file or dashboard.
    fn queries<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("expr").and_then(Value::as_str));
                fields.values().for_each(|field| queries(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
            _ => {}
        }
    }

    /// A plan compiles few of the patterns; this test compiles them all.
    #[test]
    fn every_pattern_of_the_built_in_content_can_be_read() {
        let catalog = Catalog::built_in().unwrap();
        let mut n_patterns = 0;
        for entry in catalog.entries() {
            let content = &entry.component.content;
            for file in content.rules.iter().chain(&content.dashboards) {
                let value: Value = serde_saphyr::from_str(entry.text(&file.file).unwrap()).unwrap();
                let mut found = Vec::new();
                queries(&value, &mut found);
                for query in found {
                    let query = super::super::dashboard::plain(query);
                    n_patterns += hide(&query).matches(MARK).count();
                    if let Err(reason) = promql_parser::parser::parse(&query) {
                        panic!("{}/{}: {query}: {reason}", entry.name, file.file);
                    }
                }
            }
        }
        assert!(n_patterns > 500, "{n_patterns}");
    }
}
