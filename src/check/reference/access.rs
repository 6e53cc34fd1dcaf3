//! Bindings: the role that they bind and the accounts that they bind it to exist.

use serde_json::Value;

use crate::check::findings::Findings;
use crate::check::world::World;
use crate::diagnostic::code;
use crate::object::Object;

/// A binding's ends exist, and its names agree with their kinds.
pub(super) fn check(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let mut refuse = |pointer: &str, message: &str| findings.add(code::BROKEN_REFERENCE, &object.id, pointer, message);
    let field =
        |value: Option<&Value>, key: &str| value.and_then(|it| it.get(key)?.as_str()).unwrap_or_default().to_owned();
    let role = object.body.get("roleRef");
    let (kind, name) = (field(role, "kind"), field(role, "name"));
    let namespace = object.id.namespace.as_deref().filter(|_| kind == "Role");
    if kind == "Role" && object.id.kind == "ClusterRoleBinding" {
        refuse("/roleRef/kind", "must be ClusterRole: no Role holds in the whole cluster");
    } else if !world.exists(&kind, namespace, &name) {
        refuse("/roleRef", &format!("there is no {kind} `{name}`"));
    }
    let subjects = object.body.get("subjects").and_then(Value::as_array);
    if subjects.is_none() {
        refuse("/subjects", "is missing: the role is bound to nobody");
    }
    for (place, subject) in subjects.into_iter().flatten().enumerate() {
        let pointer = format!("/subjects/{place}");
        let (kind, name, namespace) =
            (field(Some(subject), "kind"), field(Some(subject), "name"), field(Some(subject), "namespace"));
        let group = field(Some(subject), "apiGroup");
        match &*kind {
            "ServiceAccount" if namespace.is_empty() => refuse(&pointer, "misses the namespace of the ServiceAccount"),
            "ServiceAccount" if !group.is_empty() => refuse(&pointer, "a ServiceAccount has no apiGroup"),
            "ServiceAccount" if !world.exists("ServiceAccount", Some(&namespace), &name) => {
                refuse(&pointer, &format!("there is no ServiceAccount `{name}` in {namespace}"));
            }
            "User" | "Group" if group != "rbac.authorization.k8s.io" => {
                refuse(&pointer, &format!("the apiGroup of a {kind} is rbac.authorization.k8s.io"));
            }
            "User" | "Group" if !namespace.is_empty() => refuse(&pointer, &format!("a {kind} has no namespace")),
            _ => {}
        }
    }
}
