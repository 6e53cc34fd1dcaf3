//! Pods that are given a token for the Kubernetes API whether they need it or not.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Tokens that are mounted by themselves; a projected volume for the container that needs one is allowed.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let field = "automountServiceAccountToken";
    let mounted = pod.pod.spec.get(field) != Some(&Value::Bool(false));
    let message = "each container is given a token for the Kubernetes API; it must be false";
    mounted.then(|| Breach::of_pod(pod, field, Level::Ours, message)).into_iter().collect()
}
