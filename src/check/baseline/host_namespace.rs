//! Pods that share the node's network, processes or memory.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// The node's network.
pub(super) fn network(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    shared(pod, "hostNetwork", "the pods share the node's network")
}

/// The node's processes.
pub(super) fn pid(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    shared(pod, "hostPID", "the pods share the node's processes")
}

/// The node's inter-process communication.
pub(super) fn ipc(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    shared(pod, "hostIPC", "the pods share the node's inter-process communication")
}

fn shared(pod: &OwnPod<'_>, field: &str, message: &str) -> Vec<Breach> {
    let shared = pod.pod.spec.get(field) == Some(&Value::Bool(true));
    shared.then(|| Breach::of_pod(pod, field, Level::Baseline, message)).into_iter().collect()
}
