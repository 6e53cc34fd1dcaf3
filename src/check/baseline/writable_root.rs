//! Containers that can change their own image.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Containers whose root file system can be written.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let field = "readOnlyRootFilesystem";
    let writable = pod.pod.containers().filter(|it| it.security(field) != Some(&Value::Bool(true)));
    let message = "the container's root file system can be written; it must be true";
    writable.map(|it| Breach::of_container(&it, &format!("securityContext/{field}"), Level::Ours, message)).collect()
}
