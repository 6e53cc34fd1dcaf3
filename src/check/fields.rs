//! Fields that do not fit their kind: unknown, missing, of a wrong type or form; and an identity that is not the body's.

use serde_json::Value;

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;
use crate::interface::Interfaces;
use crate::kubernetes::name::object_name_fault;
use crate::object::Object;

/// Holds each object to the interface of its kind.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for object in world.objects {
        let id = &object.id;
        let builtin = Interfaces::kubernetes().get(&id.api_version, &id.kind);
        let Some(interface) = builtin.or_else(|| world.terms.interfaces.get(&id.api_version, &id.kind)) else {
            let message = format!("{} {} is not a kind that skopos knows", id.api_version, id.kind);
            findings.add(code::BAD_OBJECT, id, "", &message);
            continue;
        };
        // What is the same in every profile is held to its kind by a test, once.
        let violations = if object.rest.is_none() { interface.check_fields(&object.body) } else { Vec::new() };
        for violation in violations {
            findings.add(code::BAD_OBJECT, id, &violation.pointer, &violation.message);
        }
        if builtin.is_none() {
            nulls(object, findings);
        }
        identity(object, interface.resource().scope == "Namespaced", findings);
    }
}

/// The identity that the object is known by is the one that its body has.
fn identity(object: &Object, namespaced: bool, findings: &mut Findings) {
    let id = &object.id;
    let metadata = |key: &str| object.body.get("metadata").and_then(|metadata| metadata.get(key)?.as_str());
    let mut refuse = |pointer: &str, message: &str| findings.add(code::BAD_OBJECT, id, pointer, message);
    if let Some(fault) = object_name_fault(&id.kind, &id.name) {
        refuse("/metadata/name", &fault);
    }
    if metadata("name") != Some(&*id.name) {
        refuse("/metadata/name", &format!("must be `{}`, the name that the object is known by", id.name));
    }
    match (namespaced, metadata("namespace")) {
        (true, None) => refuse("/metadata/namespace", &format!("is missing: a {} lies in a namespace", id.kind)),
        (false, Some(_)) => {
            refuse("/metadata/namespace", &format!("is not allowed: a {} lies in no namespace", id.kind));
        }
        (true, namespace) if namespace != id.namespace.as_deref() => {
            refuse("/metadata/namespace", "is not the namespace that the object is known by");
        }
        _ => {}
    }
}

/// A server leaves out nulls, even where a definition allows them.
fn nulls(object: &Object, findings: &mut Findings) {
    fn holds_null(value: &Value) -> bool {
        match value {
            Value::Object(map) => map.values().any(holds_null),
            Value::Array(list) => list.iter().any(holds_null),
            _ => value.is_null(),
        }
    }
    fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    walk(value, &format!("{pointer}/{key}"), found);
                }
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(place, value)| walk(value, &format!("{pointer}/{place}"), found));
            }
            Value::Null => found.push(pointer.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (key, value) in object.body.iter().filter(|(_, value)| holds_null(value)) {
        walk(value, &format!("/{key}"), &mut found);
    }
    for pointer in found {
        let message = "is null: an API server leaves it out, and so does a manifest";
        findings.add(code::BAD_OBJECT, &object.id, &pointer, message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, deployment, messages, object};
    use serde_json::json;

    #[test]
    fn nulls_are_told_also_where_a_definition_allows_them() {
        let monitor = json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor",
            "metadata": { "name": "a", "namespace": "b" },
            "spec": { "selector": {}, "podMetricsEndpoints": [{ "port": null }] },
        });
        let found = messages(&[object(&monitor)]);
        let expected = "PodMonitor b/a: /spec/podMetricsEndpoints/0/port: is null: an API server leaves it out, and so does a \
                        manifest";
        assert!(found.contains(&expected.to_owned()), "{found:#?}");
    }

    #[test]
    fn each_broken_field_is_told_with_its_place() {
        for (pointer, value, message) in [
            (
                "/spec/template/spec/containers/0/ports/0/containerPort",
                json!(99999),
                "/spec/template/spec/containers/0/ports/0/containerPort: 99999 is not a port (1 to 65535)",
            ),
            (
                "/spec/template/spec/containers/0/ports/0/protocol",
                json!("TPC"),
                "/spec/template/spec/containers/0/ports/0/protocol: `TPC` is none of `TCP`, `UDP`, `SCTP`; did you mean `TCP`?",
            ),
            (
                "/spec/template/spec/containers/0/resources/limits/memory",
                json!("1Gib"),
                "/spec/template/spec/containers/0/resources/limits/memory: \"1Gib\" is not a quantity such as 500m, 2, 512Mi \
                 or 10Gi",
            ),
            ("/spec/replicas", json!(2.0), "/spec/replicas: must be a whole number, not 2.0"),
            ("/spec/replicas", json!(null), "/spec/replicas: must be a whole number, not null"),
            ("/spec/replicas", json!(-1), "/spec/replicas: must be at least 0, not -1"),
            (
                "/spec/template/spec/tolerations",
                json!([]),
                "/spec/template/spec/tolerations: is empty: an API server leaves it out, and so does a manifest",
            ),
            (
                "/spec/template/spec/containers/0/imagePullPolicy",
                json!("Allways"),
                "/spec/template/spec/containers/0/imagePullPolicy: `Allways` is none of `Always`, `IfNotPresent`, `Never`; \
                 did you mean `Always`?",
            ),
            (
                "/metadata/labels",
                json!({ "a": "b c" }),
                "/metadata/labels: a: `b c` is not the value of a label: at most 63 letters, digits, `-`, `_` and `.`, at its \
                 ends a letter or digit",
            ),
            (
                "/metadata/name",
                json!("other"),
                "/metadata/name: must be `kibana`, the name that the object is known by",
            ),
            ("/metadata/uid", json!("1"), "/metadata/uid: unknown field `uid`"),
            ("/status", json!({}), "/status: unknown field `status`"),
        ] {
            let found = messages(&[broken(&deployment(), pointer, value)]);
            let expected = format!("Deployment monitoring/kibana: {message}");
            assert!(found.iter().any(|it| it.starts_with(&expected)), "{expected}\n{found:#?}");
        }
    }
}
