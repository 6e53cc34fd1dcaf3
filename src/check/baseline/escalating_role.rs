//! Roles whose holder can get more rights than the role says.

use super::Breach;
use super::wildcard_role::{holds, rules};
use crate::object::Object;

/// Resources through which a caller acts with others' rights.
const OTHERS: &[&str] =
    &["nodes/proxy", "pods/attach", "pods/exec", "pods/ephemeralcontainers", "serviceaccounts/token"];

/// Verbs that give rights away or take others', and resources that do.
pub(super) fn find(role: &Object) -> Vec<Breach> {
    let escalating = rules(role).filter(|(_, rule)| {
        holds(rule, "verbs", &["escalate", "bind", "impersonate"]) || holds(rule, "resources", OTHERS)
    });
    let message = "the role's holder can get rights that the role does not say";
    escalating.map(|(pointer, _)| Breach::of_role(pointer, message)).collect()
}
