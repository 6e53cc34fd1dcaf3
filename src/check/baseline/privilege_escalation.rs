//! Processes that may gain more rights than their parent.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Containers that do not refuse privilege escalation.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let field = "allowPrivilegeEscalation";
    let open = pod.pod.containers().filter(|it| it.security(field) != Some(&Value::Bool(false)));
    let message = "the container's processes may gain rights; it must be false";
    open.map(|it| Breach::of_container(&it, &format!("securityContext/{field}"), Level::Restricted, message)).collect()
}
