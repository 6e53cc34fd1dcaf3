//! Openings in the network that no edge needs, and edges with a closed end.

mod opening;

use std::collections::BTreeMap;

use serde_json::Value;

use super::findings::Findings;
use super::terms::{Edge, Peer};
use super::world::World;
use crate::diagnostic::code;
use crate::object::ObjectId;
use opening::{Direction, Opening};

/// Where a policy has an opening.
type Place<'w> = (&'w ObjectId, String);

/// What all network policies open together is exactly the edges, at both ends; the rest is closed in both directions.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    denied(world, findings);
    let opened = opened(world, findings);
    let needed = needed(world, findings);
    for (opening, edge) in &needed {
        if !opened.contains_key(opening) {
            let message = format!("{}: closed: {}", edge.purpose, opening.told(world));
            findings.add_general(code::WRONG_OPENING, message);
        }
    }
    for (opening, (policy, pointer)) in &opened {
        if !needed.contains_key(opening) {
            let message = format!("opens what no edge needs: {}", opening.told(world));
            findings.add(code::WRONG_OPENING, policy, pointer, &message);
        }
    }
}

/// In each namespace of ours a policy for all pods closes both directions.
fn denied(world: &World<'_>, findings: &mut Findings) {
    for namespace in world.of_kind("Namespace") {
        let closes = |direction: &str| {
            let mut policies = world.of_kind("NetworkPolicy");
            policies.any(|policy| {
                let spec = policy.body.get("spec");
                let field = |key: &str| spec.and_then(|spec| spec.get(key));
                let all = field("podSelector").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty);
                let types = field("policyTypes").and_then(Value::as_array);
                policy.id.namespace.as_deref() == Some(&namespace.id.name)
                    && all
                    && types.is_some_and(|types| types.iter().any(|it| it == direction))
            })
        };
        for direction in ["Ingress", "Egress"] {
            if !closes(direction) {
                let message = format!("no network policy denies {direction} to all pods of the namespace by default");
                findings.add(code::WRONG_OPENING, &namespace.id, "", &message);
            }
        }
    }
}

/// Everything that the policies open, with the place that opens it.
fn opened<'w>(world: &World<'w>, findings: &mut Findings) -> BTreeMap<Opening, Place<'w>> {
    let mut all = BTreeMap::new();
    for policy in world.of_kind("NetworkPolicy") {
        let Some(Value::Object(spec)) = policy.body.get("spec") else { continue };
        let namespace = policy.id.namespace.as_deref().unwrap_or_default();
        let Some(Value::Object(selector)) = spec.get("podSelector") else { continue };
        let near: Vec<usize> = world
            .places(|pod| pod.namespace() == namespace && crate::kubernetes::selector::selects(selector, &pod.labels));
        // What closes a namespace is for pods that others may bring, too.
        let closes_all = selector.is_empty() && !spec.contains_key("ingress") && !spec.contains_key("egress");
        if near.is_empty() && !closes_all {
            findings.add(code::BROKEN_REFERENCE, &policy.id, "/spec/podSelector", "selects no pods");
        }
        for direction in [Direction::In, Direction::Out] {
            let (field, peers) = direction.fields();
            let types = spec.get("policyTypes").and_then(Value::as_array);
            let listed = types.is_some_and(|types| types.iter().any(|it| it == direction.policy_type()));
            let rules = spec.get(field).and_then(Value::as_array).into_iter().flatten();
            for (place, rule) in rules.enumerate() {
                let pointer = format!("/spec/{field}/{place}");
                if !listed {
                    let message = format!("has no effect: policyTypes does not list {}", direction.policy_type());
                    findings.add(code::BAD_OBJECT, &policy.id, &pointer, &message);
                }
                let ports = opening::ports(rule.get("ports"));
                for far in opening::fars(world, namespace, rule.get(peers)) {
                    for near in &near {
                        for port in &ports {
                            let opening = Opening { near: *near, direction, far: far.clone(), port: port.clone() };
                            all.entry(opening).or_insert_with(|| (&policy.id, pointer.clone()));
                        }
                    }
                }
            }
        }
    }
    all
}

/// Everything that the edges need, with the edge that needs it.
fn needed<'w>(world: &World<'w>, findings: &mut Findings) -> BTreeMap<Opening, &'w Edge> {
    let mut all = BTreeMap::new();
    for edge in &world.terms.edges {
        for (near, direction, far) in [(&edge.from, Direction::Out, &edge.to), (&edge.to, Direction::In, &edge.from)] {
            let Peer::Ours { namespace, labels, .. } = near else { continue };
            let near = opening::ours(world, namespace, labels);
            if near.is_empty() {
                let message = format!("{}: no pods in {namespace} have the labels {labels:?}", edge.purpose);
                findings.add_general(code::WRONG_OPENING, message);
            }
            for far in opening::seen(world, far) {
                for near in &near {
                    let port = opening::Port::of(edge);
                    all.entry(Opening { near: *near, direction, far: far.clone(), port }).or_insert(edge);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
