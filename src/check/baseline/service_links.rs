//! Pods whose environment holds every Service of the namespace.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Service links: some programs take the variables for settings of their own.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let linked = pod.pod.spec.get("enableServiceLinks") != Some(&Value::Bool(false));
    let message = "each Service of the namespace becomes a variable; it must be false";
    linked.then(|| Breach::of_pod(pod, "enableServiceLinks", Level::Ours, message)).into_iter().collect()
}
