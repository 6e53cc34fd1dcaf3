//! Containers that may take all of a node.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Containers without requests and limits of CPU, memory and the node's disk.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    // The operator's own container takes what the resource says.
    if pod.is_operators() {
        let missing = missing(pod.pod.spec.get("resources"));
        breaches.extend(missing.map(|field| {
            let (part, resource) = field;
            Breach::of_pod(pod, &format!("resources/{part}/{resource}"), Level::Ours, message(field))
        }));
    }
    for container in pod.pod.containers().filter(|container| !container.is_patch()) {
        breaches.extend(missing(container.body.get("resources")).map(|field| {
            let (part, resource) = field;
            Breach::of_container(&container, &format!("resources/{part}/{resource}"), Level::Ours, message(field))
        }));
    }
    breaches
}

type Field = (&'static str, &'static str);

fn missing(resources: Option<&Value>) -> impl Iterator<Item = Field> {
    const ASKED: [Field; 6] = [
        ("requests", "cpu"),
        ("requests", "memory"),
        ("requests", "ephemeral-storage"),
        ("limits", "cpu"),
        ("limits", "memory"),
        ("limits", "ephemeral-storage"),
    ];
    ASKED
        .into_iter()
        .filter(move |(part, resource)| resources.and_then(|resources| resources.get(part)?.get(resource)).is_none())
}

fn message((part, resource): Field) -> String {
    format!("the container has no {} of {resource}", part.trim_end_matches('s'))
}
