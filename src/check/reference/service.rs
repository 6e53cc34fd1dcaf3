//! Services, budgets and scalers: what they select or name is there.

use serde_json::Value;

use super::Reference;
use crate::check::findings::Findings;
use crate::check::world::{OwnPod, World};
use crate::diagnostic::code;
use crate::object::Object;

/// A Service selects pods, and each of its target ports is one of theirs.
pub(super) fn service(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let Some(Value::Object(spec)) = object.body.get("spec") else { return };
    // A Service without a selector is filled by a program.
    let Some(Value::Object(labels)) = spec.get("selector") else { return };
    let selected: Vec<_> = world.labelled(object.id.namespace.as_deref().unwrap_or_default(), labels).collect();
    if selected.is_empty() {
        findings.add(code::BROKEN_REFERENCE, &object.id, "/spec/selector", "selects no pods");
        return;
    }
    for (place, port) in spec.get("ports").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let target = port.get("targetPort").or_else(|| port.get("port"));
        let field = if port.get("targetPort").is_some() { "targetPort" } else { "port" };
        if let Some(target) = target
            && !selected.iter().any(|pod| has_port(pod, target))
        {
            let message = format!("the selected pods have no port {target}");
            findings.add(code::BROKEN_REFERENCE, &object.id, &format!("/spec/ports/{place}/{field}"), &message);
        }
    }
}

fn has_port(pod: &OwnPod<'_>, target: &Value) -> bool {
    match target {
        Value::String(name) => pod.port_named(name),
        // An operator's containers have ports that the resource does not list.
        _ => pod.is_operators() || target.as_i64().is_some_and(|number| pod.port_numbered(number)),
    }
}

/// The Service that gives a StatefulSet's pods their names exists, is headless and selects them.
pub(super) fn governing(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let Some(name) = object.body.get("spec").and_then(|spec| spec.get("serviceName")?.as_str()) else { return };
    let pointer = "/spec/serviceName";
    Reference { from: object, pointer: pointer.into(), kind: "Service", name, key: None }.check(world, findings);
    let Some(service) = world.find("Service", object.id.namespace.as_deref(), name) else { return };
    let spec = service.body.get("spec");
    if spec.and_then(|spec| spec.get("clusterIP")?.as_str()) != Some("None") {
        findings.add(code::BROKEN_REFERENCE, &object.id, pointer, &format!("the Service `{name}` is not headless"));
    }
    if let Some(Value::Object(labels)) = spec.and_then(|spec| spec.get("selector")) {
        let mut selected = world.labelled(object.id.namespace.as_deref().unwrap_or_default(), labels);
        if !selected.any(|pod| pod.object.id == object.id) {
            findings.add(
                code::BROKEN_REFERENCE,
                &object.id,
                pointer,
                &format!("the Service `{name}` selects other pods"),
            );
        }
    }
}

/// A budget selects pods.
pub(super) fn budget(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let selector = object.body.get("spec").and_then(|spec| spec.get("selector")?.as_object());
    let namespace = object.id.namespace.as_deref().unwrap_or_default();
    if selector.is_none_or(|selector| world.selected(namespace, selector).next().is_none()) {
        findings.add(code::BROKEN_REFERENCE, &object.id, "/spec/selector", "selects no pods");
    }
}

/// What a scaler scales exists.
pub(super) fn scaled(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let target = object.body.get("spec").and_then(|spec| spec.get("scaleTargetRef"));
    let field = |key: &str| target.and_then(|target| target.get(key)?.as_str()).unwrap_or_default();
    let (kind, name) = (field("kind"), field("name"));
    if world.find(kind, object.id.namespace.as_deref(), name).is_none() {
        let message = format!("there is no {kind} `{name}`");
        findings.add(code::BROKEN_REFERENCE, &object.id, "/spec/scaleTargetRef", &message);
    }
}
