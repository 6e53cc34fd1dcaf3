//! Processes of the user root.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Pods and containers that may run as root: no `runAsNonRoot`, the user 0, or no numeric user at all.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let (of_pod, user_of_pod) = (pod.pod.security("runAsNonRoot"), pod.pod.security("runAsUser"));
    if user_of_pod == Some(&Value::from(0)) {
        breaches.push(Breach::of_pod(pod, "securityContext/runAsUser", Level::Restricted, "the pods run as root"));
    }
    for container in pod.pod.containers() {
        let user = container.security("runAsUser");
        if user == Some(&Value::from(0)) {
            let field = "securityContext/runAsUser";
            breaches.push(Breach::of_container(&container, field, Level::Restricted, "the container runs as root"));
        }
        if container.security("runAsNonRoot").or(of_pod) != Some(&Value::Bool(true)) {
            let field = "securityContext/runAsNonRoot";
            let message = "the container may run as root; runAsNonRoot must be true";
            breaches.push(Breach::of_container(&container, field, Level::Restricted, message));
        }
        if user.or(user_of_pod).is_none() {
            let message = "no numeric user is set; an image's user may be a name, which the kubelet cannot judge";
            breaches.push(Breach::of_container(&container, "securityContext/runAsUser", Level::Ours, message));
        }
    }
    breaches
}
