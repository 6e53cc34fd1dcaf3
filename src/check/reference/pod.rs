//! What pods refer to: ConfigMaps, Secrets, volume claims, their ServiceAccount and their priority.

use serde_json::{Map, Value};

use super::Reference;
use crate::check::findings::Findings;
use crate::check::world::{OwnPod, World};
use crate::kubernetes::pod::Container;

/// Everything that a pod names exists.
pub(super) fn check(pod: &OwnPod<'_>, world: &World<'_>, findings: &mut Findings) {
    let mut named = Named { pod, world, findings };
    named.accounts();
    for (volume, pointer) in pod.pod.volumes() {
        named.source(volume, &pointer);
        let sources = volume.get("projected").and_then(|it| it.get("sources")?.as_array()).into_iter().flatten();
        for (place, source) in sources.enumerate() {
            if let Value::Object(source) = source {
                named.source(source, &format!("{pointer}/projected/sources/{place}"));
            }
        }
        if let Some(name) = text(volume.get("persistentVolumeClaim"), "claimName") {
            named.refer("PersistentVolumeClaim", name, None, format!("{pointer}/persistentVolumeClaim/claimName"));
        }
    }
    for container in pod.pod.containers() {
        named.environment(&container);
    }
}

struct Named<'n, 'w> {
    pod: &'n OwnPod<'w>,
    world: &'n World<'w>,
    findings: &'n mut Findings,
}

impl Named<'_, '_> {
    fn refer(&mut self, kind: &'static str, name: &str, key: Option<&str>, pointer: String) {
        Reference { from: self.pod.object, pointer, kind, name, key }.check(self.world, self.findings);
    }

    fn accounts(&mut self) {
        let (spec, at) = (self.pod.pod.spec, &self.pod.pod.pointer);
        if let Some(name) = spec.get("serviceAccountName").and_then(Value::as_str) {
            self.refer("ServiceAccount", name, None, format!("{at}/serviceAccountName"));
        }
        let secrets = spec.get("imagePullSecrets").and_then(Value::as_array).into_iter().flatten();
        for (place, secret) in secrets.enumerate() {
            if let Some(name) = secret.get("name").and_then(Value::as_str) {
                self.refer("Secret", name, None, format!("{at}/imagePullSecrets/{place}"));
            }
        }
        let class = spec.get("priorityClassName").and_then(Value::as_str);
        if let Some(name) = class.filter(|name| !name.starts_with("system-"))
            && !self.world.exists("PriorityClass", None, name)
        {
            let message = format!("there is no PriorityClass `{name}`");
            let pointer = format!("{at}/priorityClassName");
            self.findings.add(crate::diagnostic::code::BROKEN_REFERENCE, &self.pod.object.id, &pointer, &message);
        }
    }

    /// A volume, or one source of a projected one.
    fn source(&mut self, source: &Map<String, Value>, pointer: &str) {
        for (field, kind, called) in
            [("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"), ("secret", "Secret", "name")]
        {
            let Some(part) = source.get(field).filter(|part| !is_optional(part)) else { continue };
            let Some(name) = part.get(called).and_then(Value::as_str) else { continue };
            self.refer(kind, name, None, format!("{pointer}/{field}/{called}"));
            let items = part.get("items").and_then(Value::as_array).into_iter().flatten();
            for (place, item) in items.enumerate() {
                if self.world.exists(kind, self.pod.object.id.namespace.as_deref(), name) {
                    let key = item.get("key").and_then(Value::as_str);
                    self.refer(kind, name, key, format!("{pointer}/{field}/items/{place}/key"));
                }
            }
        }
    }

    fn environment(&mut self, container: &Container<'_>) {
        let at = &container.pointer;
        let variables = container.body.get("env").and_then(Value::as_array).into_iter().flatten();
        for (place, variable) in variables.enumerate() {
            for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                let Some(from) = variable.get("valueFrom").and_then(|from| from.get(field)) else { continue };
                if let Some(name) = text(Some(from), "name").filter(|_| !is_optional(from)) {
                    let key = text(Some(from), "key");
                    self.refer(kind, name, key, format!("{at}/env/{place}/valueFrom/{field}"));
                }
            }
        }
        let all = container.body.get("envFrom").and_then(Value::as_array).into_iter().flatten();
        for (place, from) in all.enumerate() {
            for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                let Some(part) = from.get(field).filter(|part| !is_optional(part)) else { continue };
                if let Some(name) = text(Some(part), "name") {
                    self.refer(kind, name, None, format!("{at}/envFrom/{place}/{field}"));
                }
            }
        }
    }
}

fn text<'v>(value: Option<&'v Value>, key: &str) -> Option<&'v str> {
    value?.get(key)?.as_str()
}

fn is_optional(value: &Value) -> bool {
    value.get("optional") == Some(&Value::Bool(true))
}
