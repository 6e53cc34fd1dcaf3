//! Names that refer to nothing, and selectors that select nothing.

mod access;
mod monitor;
mod pod;
mod resource;
mod service;

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;
use crate::object::Object;

/// Each name has its target, and each selector selects.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for pod in &world.pods {
        pod::check(pod, world, findings);
    }
    for object in world.objects {
        match &*object.id.kind {
            "Service" => service::service(object, world, findings),
            "StatefulSet" => service::governing(object, world, findings),
            "PodDisruptionBudget" => service::budget(object, world, findings),
            "HorizontalPodAutoscaler" => service::scaled(object, world, findings),
            "RoleBinding" | "ClusterRoleBinding" => access::check(object, world, findings),
            "ServiceMonitor" | "PodMonitor" => monitor::check(object, world, findings),
            _ => {}
        }
        if object.id.api_version.split('/').next().is_some_and(|group| group.contains('.') && !is_builtin(group)) {
            resource::check(object, world, findings);
        }
    }
}

/// Whether an API group is of Kubernetes itself.
fn is_builtin(group: &str) -> bool {
    group.ends_with(".k8s.io")
}

/// A reference to an object in the namespace of the one that refers.
struct Reference<'r> {
    from: &'r Object,
    pointer: String,
    kind: &'static str,
    name: &'r str,
    /// The key of its data.
    key: Option<&'r str>,
}

impl Reference<'_> {
    /// Its target exists, and has the key.
    fn check(&self, world: &World<'_>, findings: &mut Findings) {
        let namespace = self.from.id.namespace.as_deref();
        let (kind, name) = (self.kind, self.name);
        if !world.exists(kind, namespace, name) {
            let place = namespace.map(|namespace| format!(" in {namespace}")).unwrap_or_default();
            let message = format!("there is no {kind} `{name}`{place}");
            findings.add(code::BROKEN_REFERENCE, &self.from.id, &self.pointer, &message);
        } else if let Some(key) = self.key
            && !world.has_key(kind, namespace.unwrap_or_default(), name, key)
        {
            let message = format!("the {kind} `{name}` has no key `{key}`");
            findings.add(code::BROKEN_REFERENCE, &self.from.id, &self.pointer, &message);
        }
    }
}

#[cfg(test)]
mod tests;
