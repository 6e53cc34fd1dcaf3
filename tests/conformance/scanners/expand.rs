//! The objects that the Prometheus Operator makes of a resource, as far as the resource decides them.
//!
//! The operator's own configuration reloader is left out: nothing in the resource says what it looks like. What the operator adds to
//! its own container (a security context, the probes of a Prometheus on loopback) is written here as operator 0.93.1 does it.

use serde_json::{Map, Value, json};

/// The Service that governs the pods of a Prometheus or Alertmanager resource.
pub(super) fn service(resource: &Value) -> Option<Value> {
    let kind = resource["kind"].as_str().filter(|kind| ["Prometheus", "Alertmanager"].contains(kind))?;
    let program = kind.to_lowercase();
    Some(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": format!("{program}-operated"), "namespace": resource["metadata"]["namespace"] },
        "spec": { "clusterIP": "None", "selector": { "app.kubernetes.io/name": program } },
    }))
}

/// The StatefulSet of a Prometheus or Alertmanager resource.
pub(super) fn stateful_set(resource: &Value) -> Option<Value> {
    let kind = resource["kind"].as_str().filter(|kind| ["Prometheus", "Alertmanager"].contains(kind))?;
    let program = kind.to_lowercase();
    let name = resource["metadata"]["name"].as_str()?;
    let spec = resource["spec"].as_object()?;
    let labels = json!({
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": program,
        "operator.prometheus.io/name": name,
        program.as_str(): name,
    });
    let mut pod: Map<String, Value> =
        COPIED.iter().filter_map(|key| Some(((*key).to_owned(), spec.get(*key)?.clone()))).collect();
    pod.insert("containers".into(), containers(&program, spec).into());
    Some(json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": format!("{program}-{name}"),
            "namespace": resource["metadata"]["namespace"],
            "labels": labels,
        },
        "spec": {
            "replicas": spec.get("replicas"),
            "serviceName": format!("{program}-operated"),
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels, "annotations": resource.pointer("/spec/podMetadata/annotations") },
                "spec": pod,
            },
        },
    }))
}

/// The fields that the operator hands through to the pod.
const COPIED: &[&str] = &[
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostNetwork",
    "hostUsers",
    "imagePullSecrets",
    "initContainers",
    "nodeSelector",
    "priorityClassName",
    "securityContext",
    "serviceAccountName",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
];

/// The program's own container with what the resource patches into it, then the resource's other containers.
fn containers(program: &str, spec: &Map<String, Value>) -> Vec<Value> {
    let mut own = Map::from_iter([
        ("name".to_owned(), json!(program)),
        (
            "securityContext".to_owned(),
            json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } }),
        ),
    ]);
    for key in ["image", "imagePullPolicy", "resources", "volumeMounts"] {
        own.extend(spec.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    if program == "prometheus" && spec.get("listenLocal") == Some(&json!(true)) {
        own.insert("startupProbe".into(), probe("ready"));
        own.insert("readinessProbe".into(), probe("ready"));
        own.insert("livenessProbe".into(), probe("healthy"));
    }
    let declared = spec.get("containers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (patches, others): (Vec<_>, Vec<_>) = declared.iter().partition(|container| container["name"] == program);
    for patch in patches.iter().filter_map(|patch| patch.as_object()) {
        own.extend(patch.clone());
    }
    std::iter::once(own.into()).chain(others.into_iter().cloned()).collect()
}

/// A question to Prometheus on loopback.
fn probe(path: &str) -> Value {
    let address = format!("http://localhost:9090/-/{path}");
    json!({ "exec": { "command": ["sh", "-c", format!("exec wget -q -O /dev/null {address}")] } })
}
