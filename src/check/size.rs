//! Objects that are too large to apply.

use serde_json::{Map, Value};

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;

/// The most that client-side apply takes: the object as compact JSON becomes an annotation, and all annotations of an object
/// may have this size.
const MOST_FOR_APPLY: usize = 262_144;
/// The most that the data of a ConfigMap or Secret may have.
const MOST_DATA: usize = 1_048_576;

/// `\u0001`.
const MOST_OF_A_CHARACTER: usize = 6;
/// `-1.7976931348623157e308`, with some to spare.
const MOST_OF_A_NUMBER: usize = 32;

/// Each object can be applied by any client.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for object in world.objects {
        // Most objects are so small that their texts need not be looked through.
        let rest = object.rest.map_or(0, |rest| rest.size);
        let size = if most(&object.body) + rest > MOST_FOR_APPLY { size(&object.body) + rest } else { 0 };
        if size > MOST_FOR_APPLY {
            let message = format!("has {size} bytes as JSON; client-side apply takes {MOST_FOR_APPLY}");
            findings.add(code::TOO_LARGE_OBJECT, &object.id, "", &message);
        }
        let data = object.body.get("data").filter(|_| matches!(&*object.id.kind, "ConfigMap" | "Secret"));
        let held = data.and_then(Value::as_object).into_iter().flatten();
        let held: usize = held.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
        if held > MOST_DATA {
            let message = format!("holds {held} bytes; a {} holds {MOST_DATA}", object.id.kind);
            findings.add(code::TOO_LARGE_OBJECT, &object.id, "/data", &message);
        }
    }
}

/// No fewer bytes than a map has as compact JSON, from the lengths of its texts alone.
fn most(map: &Map<String, Value>) -> usize {
    map.iter().map(|(key, value)| MOST_OF_A_CHARACTER * key.len() + 4 + most_of_value(value)).sum::<usize>() + 2
}

fn most_of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => MOST_OF_A_NUMBER,
        Value::String(text) => MOST_OF_A_CHARACTER * text.len() + 2,
        Value::Array(list) => list.iter().map(|item| most_of_value(item) + 1).sum::<usize>() + 2,
        Value::Object(map) => most(map),
    }
}

/// The bytes of a map as compact JSON, counted without writing it.
fn size(map: &Map<String, Value>) -> usize {
    let entries: usize = map.iter().map(|(key, value)| text_size(key) + 1 + value_size(value)).sum();
    entries + map.len().saturating_sub(1) + 2
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => text_size(text),
        Value::Array(list) => list.iter().map(value_size).sum::<usize>() + list.len().saturating_sub(1) + 2,
        Value::Object(map) => size(map),
    }
}

/// A text with its quotes and escapes. Most texts have none, so that they are looked for first, all at once.
fn text_size(text: &str) -> usize {
    let escaped = text.bytes().filter(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\').count();
    let by_number = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 8 | 12);
    let numbered = if escaped == 0 { 0 } else { text.bytes().filter(by_number).count() };
    text.len() + 2 + escaped + 4 * numbered
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, config_map, messages};
    use serde_json::json;

    #[test]
    fn what_is_counted_is_what_would_be_written() {
        let all = json!({ "text": "\u{1}\u{8}\"\\\n\t\r/é", "list": [1, -2.5, null, true, false, {}, []], "one": { "a": "" } });
        assert_eq!(super::value_size(&all), all.to_string().len());
        assert!(super::most_of_value(&all) >= all.to_string().len());
    }

    #[test]
    fn large_objects_are_told_with_their_sizes() {
        let large = broken(&config_map(), "/data/a", json!("x".repeat(262_144)));
        let found = messages(&[large]);
        assert_eq!(found, ["ConfigMap monitoring/kibana: has 262287 bytes as JSON; client-side apply takes 262144"]);
        let found = messages(&[broken(&config_map(), "/data/a", json!("x".repeat(1_048_576)))]);
        assert!(found[1].ends_with("/data: holds 1048605 bytes; a ConfigMap holds 1048576"), "{found:?}");
    }
}
