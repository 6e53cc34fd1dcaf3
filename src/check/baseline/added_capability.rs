//! Capabilities of the kernel that a container has beyond none.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// What Pod Security `baseline` lets containers add.
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Added capabilities, but for the one to serve on a port below 1024.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for container in pod.pod.containers() {
        let added = container.security("capabilities").and_then(|it| it.get("add")?.as_array()).into_iter().flatten();
        for capability in added.filter_map(Value::as_str).filter(|it| *it != "NET_BIND_SERVICE") {
            let level = if BASELINE.contains(&capability) { Level::Restricted } else { Level::Baseline };
            let message = format!("the container adds the capability {capability}; NET_BIND_SERVICE alone is allowed");
            breaches.push(Breach::of_container(&container, "securityContext/capabilities/add", level, message));
        }
    }
    breaches
}

/// Capabilities that the runtime gives and the container does not drop.
pub(super) fn kept(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let drops = |value: Option<&Value>| {
        let dropped = value.and_then(|it| it.get("drop")?.as_array());
        dropped.is_some_and(|dropped| dropped.iter().any(|it| it == "ALL"))
    };
    let keeping = pod.pod.containers().filter(|container| !drops(container.security("capabilities")));
    let message = "the container does not drop ALL capabilities";
    keeping
        .map(|it| Breach::of_container(&it, "securityContext/capabilities/drop", Level::Restricted, message))
        .collect()
}
