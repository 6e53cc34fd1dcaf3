//! What the server keeps of an object is what was emitted, and beside that only what the server is known to add.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::apply::stored;
use super::install::{Install, id};
use crate::control_plane::ControlPlane;
use crate::support;

/// What the server adds to the objects, one `Kind path` a line: it owns these fields, and people that compare see them.
const ADDED: &str = "tests/conformance/cluster/added.txt";

/// Reads every object back; notes in `seen` what the server adds.
pub fn keeps_what_was_emitted(cluster: &ControlPlane, install: &Install, seen: &mut BTreeSet<String>) -> String {
    let (mut added, mut changed, mut count) = (BTreeSet::new(), Vec::new(), 0);
    let stored = stored(cluster, install);
    assert_eq!(stored.len(), install.objects().count(), "all objects of {} are there", install.profile);
    for object in install.objects() {
        let kept = stored.iter().find(|stored| id(stored) == id(object)).expect("it is there");
        let mut difference = Difference::default();
        difference.compare("", object, &without_record(kept));
        let kind = object["kind"].as_str().unwrap();
        added.extend(difference.added.iter().map(|path| format!("{kind} {path}")));
        changed.extend(difference.changed.iter().map(|change| format!("{}: {change}", id(object))));
        count += 1;
    }
    assert!(changed.is_empty(), "the server keeps something else than was emitted:\n{}", changed.join("\n"));
    notices_a_change();
    let proved = format!(
        "{count} objects of {} read back as emitted, but for {} fields that the server adds",
        install.profile,
        added.len()
    );
    seen.extend(added);
    proved
}

/// Compares what the server added to the objects of all renders with the list of it.
pub fn only_what_is_known_was_added(seen: &BTreeSet<String>) {
    let known = known_additions();
    let lines = |paths: Vec<&String>| paths.iter().map(|path| format!("\n{path}")).collect::<String>();
    let (unknown, stale) = (lines(seen.difference(&known).collect()), lines(known.difference(seen).collect()));
    assert!(unknown.is_empty() && stale.is_empty(), "{ADDED} lacks:{unknown}\nand has what is not added:{stale}");
}

/// What the server is known to add: `Kind path`.
pub(super) fn known_additions() -> BTreeSet<String> {
    let known = support::read(ADDED.as_ref());
    known.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The object without what the server records about it.
pub(super) fn without_record(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("status");
    let metadata = object["metadata"].as_object_mut().unwrap();
    for recorded in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
        metadata.remove(recorded);
    }
    object
}

/// How a kept object differs from the emitted one.
#[derive(Default)]
pub(super) struct Difference {
    /// Paths that only the kept one has; places of lists as `[]`, keys of annotations and the like as they are.
    pub(super) added: BTreeSet<String>,
    /// What is missing or has another value.
    pub(super) changed: Vec<String>,
}

impl Difference {
    /// Compares two values that stand at `path`.
    pub(super) fn compare(&mut self, path: &str, emitted: &Value, kept: &Value) {
        match (emitted, kept) {
            (Value::Object(emitted), Value::Object(kept)) => self.compare_maps(path, emitted, kept),
            (Value::Array(emitted), Value::Array(kept)) if emitted.len() == kept.len() => {
                for (emitted, kept) in emitted.iter().zip(kept) {
                    self.compare(&format!("{path}[]"), emitted, kept);
                }
            }
            _ if emitted == kept => {}
            _ => self.changed.push(format!("{path} is {kept}, and was emitted as {emitted}")),
        }
    }

    fn compare_maps(&mut self, path: &str, emitted: &Map<String, Value>, kept: &Map<String, Value>) {
        let place = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        for (key, value) in emitted {
            self.compare(&place(key), value, kept.get(key).unwrap_or(&Value::Null));
        }
        self.added.extend(kept.keys().filter(|key| !emitted.contains_key(*key)).map(|key| place(key)));
    }
}

/// The comparison can fail: another value, a missing field, a longer list.
fn notices_a_change() {
    let emitted = json!({ "spec": { "replicas": 2, "image": "a", "ports": [1] } });
    let kept = json!({ "spec": { "replicas": 3, "ports": [1, 2], "paused": false } });
    let mut difference = Difference::default();
    difference.compare("", &emitted, &kept);
    let changed = [
        "spec.replicas is 3, and was emitted as 2",
        "spec.image is null, and was emitted as \"a\"",
        "spec.ports is [1,2], and was emitted as [1]",
    ];
    assert_eq!(difference.changed, changed);
    assert_eq!(difference.added, BTreeSet::from(["spec.paused".to_owned()]));
}
