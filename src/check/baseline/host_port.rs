//! Ports of the node, and probes that reach elsewhere than the pod.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Ports that a container takes on the node.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for container in pod.pod.containers() {
        let ports = container.body.get("ports").and_then(Value::as_array).into_iter().flatten();
        for (place, port) in ports.enumerate() {
            if let Some(number) = port.get("hostPort").and_then(Value::as_i64).filter(|number| *number != 0) {
                let message = format!("the container takes the node's port {number}");
                let field = format!("ports/{place}/hostPort");
                breaches.push(Breach::of_container(&container, &field, Level::Baseline, message));
            }
        }
    }
    breaches
}

/// Probes and hooks that name a host: the kubelet would call it with the node's rights in the network.
pub(super) fn probed(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    const HANDLERS: [(&str, &str); 5] = [
        ("startupProbe", ""),
        ("readinessProbe", ""),
        ("livenessProbe", ""),
        ("lifecycle", "postStart"),
        ("lifecycle", "preStop"),
    ];
    let mut breaches = Vec::new();
    for container in pod.pod.containers() {
        for (field, hook) in HANDLERS {
            let handler = container.body.get(field);
            let handler = if hook.is_empty() { handler } else { handler.and_then(|it| it.get(hook)) };
            let hosts =
                ["httpGet", "tcpSocket"].iter().filter_map(|action| handler?.get(*action)?.get("host")?.as_str());
            for host in hosts.filter(|host| !host.is_empty()) {
                let message = format!("the kubelet is sent to the host {host}; only the pod itself is allowed");
                breaches.push(Breach::of_container(&container, field, Level::Baseline, message));
            }
        }
    }
    breaches
}
