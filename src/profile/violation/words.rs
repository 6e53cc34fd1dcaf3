//! How messages speak of keys, values and types.

use serde_json::Value;

use crate::pointer::unescape;
use crate::spanned::quoted;

/// A JSON pointer as people write paths: `backends.kibana.replicas`, `access.from[0]`.
pub(in crate::profile) fn path(pointer: &str) -> String {
    let mut path = String::new();
    for token in pointer.split('/').skip(1).map(unescape) {
        if !path.is_empty() && token.chars().all(|c| c.is_ascii_digit()) {
            path += &format!("[{token}]");
            continue;
        }
        if !path.is_empty() {
            path.push('.');
        }
        let plain = token.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '*'));
        path += &if plain { token } else { format!("\"{token}\"") };
    }
    if path.is_empty() { "the profile".to_owned() } else { quoted(&path) }
}

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// What a schema wants, in words.
pub(super) fn wanted(schema: &Value) -> String {
    let name = |name: &Value| match name.as_str() {
        Some("string") => "a text",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        Some("object") => "a map",
        Some("null") => "nothing",
        _ => "something else",
    };
    match (schema.get("type"), schema.get("anyOf").or_else(|| schema.get("oneOf"))) {
        (Some(Value::Array(names)), _) => one_of(names.iter().map(|value| name(value).to_owned()).collect()),
        (Some(single), _) => name(single).to_owned(),
        (None, Some(Value::Array(branches))) => one_of(branches.iter().map(wanted).collect()),
        _ => "something else".to_owned(),
    }
}

fn one_of(mut words: Vec<String>) -> String {
    words.dedup();
    words.join(" or ")
}

/// A value in one line of YAML.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{key}: {}", shown(value));
            format!("{{ {} }}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A list of names for a sentence.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The schema's own example of a value, where it has one.
pub(super) fn example(schema: &Value) -> Option<String> {
    let examples = schema.get("examples").and_then(Value::as_array);
    examples.and_then(|examples| examples.first()).or_else(|| schema.get("default")).map(shown)
}
