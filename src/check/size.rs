//! Objects that are too large to apply.

use std::io::{self, Write};

use serde_json::Value;

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;

/// The most that client-side apply takes: the object as compact JSON becomes an annotation, and all annotations of an object
/// may have this size.
const MOST_FOR_APPLY: usize = 262_144;
/// The most that the data of a ConfigMap or Secret may have.
const MOST_DATA: usize = 1_048_576;

/// Each object can be applied by any client.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for object in world.objects {
        let size = size(&object.body);
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

fn size(body: &serde_json::Map<String, Value>) -> usize {
    let mut counter = Counter(0);
    // Counting cannot fail.
    let _ = serde_json::to_writer(&mut counter, body);
    counter.0
}

/// Counts what is written to it.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, config_map, messages};
    use serde_json::json;

    #[test]
    fn large_objects_are_told_with_their_sizes() {
        let large = broken(&config_map(), "/data/a", json!("x".repeat(262_144)));
        let found = messages(&[large]);
        assert_eq!(found, ["ConfigMap monitoring/kibana: has 262287 bytes as JSON; client-side apply takes 262144"]);
        let found = messages(&[broken(&config_map(), "/data/a", json!("x".repeat(1_048_576)))]);
        assert!(found[1].ends_with("/data: holds 1048605 bytes; a ConfigMap holds 1048576"), "{found:?}");
    }
}
