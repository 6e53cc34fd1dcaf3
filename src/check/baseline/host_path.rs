//! Volumes that are paths of the node.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Paths of the node.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let of_node = pod.pod.volumes().filter_map(|(volume, pointer)| Some((volume.get("hostPath")?, pointer)));
    of_node
        .map(|(source, pointer)| {
            let path = source.get("path").and_then(Value::as_str).unwrap_or_default();
            let message = format!("the volume is the node's path {path}");
            Breach { container: None, pointer: format!("{pointer}/hostPath"), message, level: Level::Baseline }
        })
        .collect()
}

/// Mounts through which the node's paths can be written.
pub(super) fn written(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let of_node = pod.pod.volumes().filter(|(volume, _)| volume.contains_key("hostPath"));
    let names: BTreeSet<_> = of_node.filter_map(|(volume, _)| volume.get("name")?.as_str()).collect();
    let mut breaches = Vec::new();
    if names.is_empty() {
        return breaches;
    }
    for container in pod.pod.containers() {
        let mounts = container.body.get("volumeMounts").and_then(Value::as_array).into_iter().flatten();
        for (place, mount) in mounts.enumerate() {
            let of_node = mount.get("name").and_then(Value::as_str).is_some_and(|name| names.contains(name));
            if of_node && mount.get("readOnly") != Some(&Value::Bool(true)) {
                let message = "a path of the node is mounted to be written; readOnly is allowed";
                let field = format!("volumeMounts/{place}");
                breaches.push(Breach::of_container(&container, &field, Level::Ours, message));
            }
        }
    }
    breaches
}
