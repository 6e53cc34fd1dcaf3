//! Roles that reach the Secrets of the whole cluster.

use serde_json::Value;

use super::Breach;
use super::wildcard_role::{holds, rules};
use crate::object::Object;

/// A ClusterRole for Secrets that are not named one by one.
pub(super) fn find(role: &Object) -> Vec<Breach> {
    if role.id.kind != "ClusterRole" {
        return Vec::new();
    }
    let reaching = rules(role).filter(|(_, rule)| {
        let named = rule.get("resourceNames").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        holds(rule, "resources", &["secrets"]) && !named
    });
    reaching.map(|(pointer, _)| Breach::of_role(pointer, "the role reaches the Secrets of the whole cluster")).collect()
}
