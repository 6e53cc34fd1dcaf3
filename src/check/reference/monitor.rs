//! Monitors of the Prometheus Operator: where they look only among objects of ours, they find something with their ports.

use serde_json::{Map, Value};

use crate::check::findings::Findings;
use crate::check::world::World;
use crate::diagnostic::code;
use crate::kubernetes::selector;
use crate::object::Object;

/// A monitor selects a Service or pods of ours, and each endpoint's port is one of theirs.
pub(super) fn check(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let Some(Value::Object(spec)) = object.body.get("spec") else { return };
    let Some(namespaces) = namespaces(object, spec) else { return };
    if !namespaces.iter().all(|namespace| world.owns_namespace(namespace)) {
        return;
    }
    let nothing = Map::new();
    let selector = spec.get("selector").and_then(Value::as_object).unwrap_or(&nothing);
    let (endpoints, selected) = if object.id.kind == "ServiceMonitor" {
        ("endpoints", services(&namespaces, selector, world))
    } else {
        ("podMetricsEndpoints", pods(&namespaces, selector, world))
    };
    if selected.is_empty() {
        let message = format!("selects nothing in {}", namespaces.join(", "));
        findings.add(code::BROKEN_REFERENCE, &object.id, "/spec/selector", &message);
        return;
    }
    for (place, endpoint) in spec.get(endpoints).and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(port) = endpoint.get("port").and_then(Value::as_str) else { continue };
        if !selected.iter().flatten().any(|name| name == port) {
            let message = format!("nothing that is selected has a port `{port}`");
            findings.add(code::BROKEN_REFERENCE, &object.id, &format!("/spec/{endpoints}/{place}/port"), &message);
        }
    }
}

/// The namespaces that a monitor looks in; nothing where it looks in all.
fn namespaces<'o>(object: &'o Object, spec: &'o Map<String, Value>) -> Option<Vec<&'o str>> {
    let Some(selector) = spec.get("namespaceSelector") else {
        return Some(object.id.namespace.as_deref().into_iter().collect());
    };
    if selector.get("any") == Some(&Value::Bool(true)) {
        return None;
    }
    match selector.get("matchNames").and_then(Value::as_array) {
        Some(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        None => Some(object.id.namespace.as_deref().into_iter().collect()),
    }
}

/// The port names of each selected Service.
fn services(namespaces: &[&str], selector: &Map<String, Value>, world: &World<'_>) -> Vec<Vec<String>> {
    let nothing = Map::new();
    let selected = world.of_kind("Service").filter(|service| {
        let labels = service.body.get("metadata").and_then(|metadata| metadata.get("labels")?.as_object());
        let inside = service.id.namespace.as_deref().is_some_and(|namespace| namespaces.contains(&namespace));
        inside && selector::selects(selector, labels.unwrap_or(&nothing))
    });
    let ports = |service: &Object| {
        let ports = service.body.get("spec").and_then(|spec| spec.get("ports")?.as_array()).into_iter().flatten();
        ports.filter_map(|port| port.get("name")?.as_str().map(str::to_owned)).collect()
    };
    selected.map(ports).collect()
}

/// The port names of each selected pod.
fn pods(namespaces: &[&str], selector: &Map<String, Value>, world: &World<'_>) -> Vec<Vec<String>> {
    let selected = namespaces.iter().flat_map(|namespace| world.selected(namespace, selector));
    let ports = selected.map(|pod| {
        let all = pod.pod.containers().filter_map(|it| it.body.get("ports")?.as_array()).flatten();
        all.filter_map(|port| port.get("name")?.as_str().map(str::to_owned)).collect()
    });
    ports.collect()
}
