//! Containers that are as good as processes of the node.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Privileged containers, and processes of a Windows host.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let on = |value: Option<&Value>| value == Some(&Value::Bool(true));
    let host = |options: Option<&Value>| on(options.and_then(|options| options.get("hostProcess")));
    let mut breaches = Vec::new();
    if host(pod.pod.security("windowsOptions")) {
        let field = "securityContext/windowsOptions/hostProcess";
        breaches.push(Breach::of_pod(pod, field, Level::Baseline, "the pods are processes of the host"));
    }
    for container in pod.pod.containers() {
        if on(container.security("privileged")) || host(container.security("windowsOptions")) {
            let message = "the container is privileged";
            breaches.push(Breach::of_container(&container, "securityContext/privileged", Level::Baseline, message));
        }
    }
    breaches
}
