//! What is left of a profile without what is wrong in it, so that what later stages have against the rest is told in the same run.

use serde_json::{Map, Value, json};

use super::gates::BUILT;
use super::settings::Settings;

/// The settings without the values at `faulty` JSON pointers, which stand for themselves as if they were not written. Nothing
/// where even that makes no profile.
pub(super) fn rest(json: &Value, faulty: &[String]) -> Option<Settings> {
    let exact = faulty.iter().filter(|pointer| !is_parameter(pointer)).cloned();
    let around = faulty.iter().map(|pointer| section(pointer).to_owned());
    without(json, exact.collect()).or_else(|| without(json, around.collect()))
}

/// Parameters are the component's own: the types of a profile take any.
fn is_parameter(pointer: &str) -> bool {
    let mut steps = pointer.split('/').skip(1);
    steps.next() == Some("backends") && steps.nth(1) == Some("parameters")
}

/// The backend, or else the setting at the top of the file, that a value belongs to.
fn section(pointer: &str) -> &str {
    let depth = if pointer.starts_with("/backends/") { 3 } else { 2 };
    pointer.match_indices('/').nth(depth - 1).map_or(pointer, |(end, _)| pointer.get(..end).unwrap_or(pointer))
}

fn without(json: &Value, mut pointers: Vec<String>) -> Option<Settings> {
    let mut json = json.clone();
    // The last item of a list first, so that the places of the others stay.
    pointers.sort_by_cached_key(|pointer| std::cmp::Reverse(steps(pointer)));
    pointers.dedup();
    for pointer in &pointers {
        remove(&mut json, pointer);
    }
    let map = json.as_object_mut()?;
    for (key, value) in required() {
        map.entry(key).or_insert(value);
    }
    serde_json::from_value(json).ok()
}

/// The steps of a pointer, numbers by their size.
fn steps(pointer: &str) -> Vec<(Option<usize>, String)> {
    pointer.split('/').map(|step| (step.parse().ok(), step.to_owned())).collect()
}

fn remove(json: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    match json.pointer_mut(parent) {
        Some(Value::Object(map)) => drop(map.shift_remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => {
            if let Some(place) = key.parse().ok().filter(|place| *place < items.len()) {
                items.remove(place);
            }
        }
        _ => {}
    }
}

/// What has no default.
fn required() -> Map<String, Value> {
    let newest = BUILT.iter().next_back().map(|milestone| milestone.name());
    let all = [("apiVersion", json!("skopos.dev/v1alpha1")), ("kind", json!("MonitoringProfile"))];
    let own = [("name", json!("profile")), ("milestone", json!(newest))];
    all.into_iter().chain(own).map(|(key, value)| (key.to_owned(), value)).collect()
}
