//! Roles with `*`: rights that nobody has listed.

use serde_json::Value;

use super::Breach;
use crate::object::Object;

/// `*` among groups, resources, verbs or paths. A path that ends with it counts too.
pub(super) fn find(role: &Object) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (pointer, rule) in rules(role) {
        for field in ["apiGroups", "resources", "verbs", "nonResourceURLs"] {
            let list = rule.get(field).and_then(Value::as_array).into_iter().flatten();
            if list.filter_map(Value::as_str).any(|text| text.contains('*')) {
                breaches.push(Breach::of_role(
                    format!("{pointer}/{field}"),
                    "the role has a wildcard; each right is listed",
                ));
            }
        }
    }
    breaches
}

/// The rules of a role with their JSON pointers.
pub(super) fn rules(role: &Object) -> impl Iterator<Item = (String, &Value)> {
    let rules = role.body.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules.enumerate().map(|(place, rule)| (format!("/rules/{place}"), rule))
}

/// Whether a list of a rule holds one of some words.
pub(super) fn holds(rule: &Value, field: &str, words: &[&str]) -> bool {
    let list = rule.get(field).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).any(|text| words.contains(&text))
}
