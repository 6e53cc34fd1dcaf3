//! A good object of each kind for the tests of the checks, and what they find when one thing in it is broken.

use serde_json::{Value, json};

use super::{Terms, check};
use crate::interface::Interfaces;
use crate::object::{Manifest, Object, ObjectId, Wave};

/// What is found under terms that promise nothing but what the good objects need.
pub(super) fn messages(objects: &[Object]) -> Vec<String> {
    messages_under(objects, &Terms::none(Interfaces::builtin()))
}

/// What is found under terms. Objects that the good ones refer to are added where they are missing.
pub(super) fn messages_under(objects: &[Object], terms: &Terms<'_>) -> Vec<String> {
    let mut all = objects.to_vec();
    let has = |kind: &str| objects.iter().any(|object| object.id.kind == kind);
    let needs = objects.iter().any(|object| object.id.kind == "Deployment");
    for (kind, body) in [("Namespace", namespace()), ("ConfigMap", config_map()), ("ServiceAccount", account())] {
        if needs && !has(kind) {
            all.push(object(&body));
        }
    }
    if needs && !has("NetworkPolicy") {
        all.push(object(&json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": "default-deny", "namespace": "monitoring" },
            "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
        })));
    }
    match check(Manifest::vouch(all), terms) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(|diagnostic| diagnostic.message.clone()).collect(),
    }
}

/// An object with the identity that its body has.
pub(super) fn object(body: &Value) -> Object {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let id = ObjectId {
        api_version: text("/apiVersion").unwrap(),
        kind: text("/kind").unwrap(),
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name").unwrap(),
    };
    let body = body.as_object().unwrap().clone();
    Object { id, wave: Wave::Access, component: "kibana".into(), body, rest: None, origins: Vec::new() }
}

/// The object with one value put where a JSON pointer leads; the identity stays.
pub(super) fn broken(body: &Value, pointer: &str, value: Value) -> Object {
    let mut object = object(body);
    let mut whole = Value::Object(object.body);
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/");
    match whole.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.insert(last, value)),
        Value::Array(list) => {
            let place: usize = last.parse().unwrap();
            if place < list.len() { list[place] = value } else { list.push(value) }
        }
        _ => panic!("{parent} holds nothing"),
    }
    object.body = whole.as_object().unwrap().clone();
    object
}

/// The object without what a JSON pointer leads to.
pub(super) fn without(body: &Value, pointer: &str) -> Object {
    let mut object = object(body);
    let mut whole = Value::Object(object.body);
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    assert!(whole.pointer_mut(parent).unwrap().as_object_mut().unwrap().shift_remove(last).is_some(), "{pointer}");
    object.body = whole.as_object().unwrap().clone();
    object
}

pub(super) fn namespace() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": "monitoring", "labels": { "pod-security.kubernetes.io/enforce": "restricted" } },
    })
}

pub(super) fn config_map() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "kibana", "namespace": "monitoring" },
        "data": { "kibana.yml": "server.port: 5601\n" },
    })
}

fn account() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "kibana", "namespace": "monitoring" },
        "automountServiceAccountToken": false,
    })
}

pub(super) fn deployment() -> Value {
    let probe = json!({ "httpGet": { "path": "/api/status", "port": "https", "scheme": "HTTPS" } });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "kibana", "namespace": "monitoring" },
        "spec": {
            "replicas": 1,
            "selector": { "matchLabels": { "app": "kibana" } },
            "template": {
                "metadata": { "labels": { "app": "kibana" } },
                "spec": {
                    "serviceAccountName": "kibana",
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": 1000,
                        "seccompProfile": { "type": "RuntimeDefault" },
                    },
                    "containers": [{
                        "name": "kibana",
                        "image": "docker.elastic.co/kibana/kibana:8.19.0",
                        "ports": [{ "name": "https", "containerPort": 5601, "protocol": "TCP" }],
                        "resources": {
                            "requests": { "cpu": "200m", "memory": "1Gi", "ephemeral-storage": "64Mi" },
                            "limits": { "cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi" },
                        },
                        "startupProbe": probe,
                        "readinessProbe": probe,
                        "livenessProbe": probe,
                        "securityContext": {
                            "allowPrivilegeEscalation": false,
                            "readOnlyRootFilesystem": true,
                            "capabilities": { "drop": ["ALL"] },
                        },
                        "volumeMounts": [{ "name": "settings", "mountPath": "/etc/kibana", "readOnly": true }],
                    }],
                    "volumes": [{ "name": "settings", "configMap": { "name": "kibana" } }],
                },
            },
        },
    })
}

#[test]
fn good_objects_pass() {
    assert_eq!(messages(&[object(&deployment())]), [""; 0]);
}
