//! What custom resources refer to: keys of Secrets and ConfigMaps, wherever they stand, and lists of them to mount.

use serde_json::{Map, Value};

use super::Reference;
use crate::check::findings::Findings;
use crate::check::world::World;
use crate::object::Object;

/// Everything that a custom resource names by the forms that operators share exists.
pub(super) fn check(object: &Object, world: &World<'_>, findings: &mut Findings) {
    let Some(Value::Object(spec)) = object.body.get("spec") else { return };
    for (field, kind) in [("secrets", "Secret"), ("configMaps", "ConfigMap")] {
        for (place, name) in spec.get(field).and_then(Value::as_array).into_iter().flatten().enumerate() {
            if let Some(name) = name.as_str() {
                let pointer = format!("/spec/{field}/{place}");
                Reference { from: object, pointer, kind, name, key: None }.check(world, findings);
            }
        }
    }
    if let Some(name) = spec.get("configSecret").and_then(Value::as_str) {
        let pointer = "/spec/configSecret".to_owned();
        Reference { from: object, pointer, kind: "Secret", name, key: None }.check(world, findings);
    }
    for (key, value) in spec {
        // Containers and volumes are judged as parts of a pod.
        if !matches!(key.as_str(), "containers" | "initContainers" | "volumes") {
            walk(object, key, value, &mut format!("/spec/{key}"), &mut |reference| reference.check(world, findings));
        }
    }
}

/// Visits each `{name, key}`: of a ConfigMap where the field is called so, of a Secret everywhere else.
fn walk<'o>(
    object: &'o Object,
    called: &str,
    value: &'o Value,
    pointer: &mut String,
    visit: &mut dyn FnMut(Reference<'o>),
) {
    match value {
        Value::Object(map) => {
            if let Some((name, key)) = key_selector(map) {
                let kind = if called == "configMap" { "ConfigMap" } else { "Secret" };
                visit(Reference { from: object, pointer: pointer.clone(), kind, name, key: Some(key) });
            }
            for (key, value) in map {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                walk(object, key, value, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                let length = pointer.len();
                pointer.push_str(&format!("/{place}"));
                walk(object, called, value, pointer, visit);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// The name and key of an object that has just these, and is not optional.
fn key_selector(map: &Map<String, Value>) -> Option<(&str, &str)> {
    let only = map.keys().all(|key| matches!(key.as_str(), "name" | "key" | "optional"));
    let required = map.get("optional") != Some(&Value::Bool(true));
    (only && required).then_some(())?;
    Some((map.get("name")?.as_str()?, map.get("key")?.as_str()?))
}
