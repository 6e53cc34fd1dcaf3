//! The steps of hardening: each adds one rule of the baseline and names the fields that it wrote.

use serde_json::{Map, Value, json};

use super::Pod;
use crate::catalog::component::{Scaling, Scope};
use crate::kubernetes::quantity::{Quantity, canonical};

type Step = fn(&mut Pod<'_, '_>) -> Vec<String>;

/// All steps, in order.
pub(super) const ALL: &[(&str, Step)] = &[
    ("non-root", non_root),
    ("seccomp", seccomp),
    ("confined-containers", confined_containers),
    ("no-service-links", no_service_links),
    ("spread", spread),
    ("every-node", every_node),
    ("bounded-disk", bounded_disk),
    ("linux-only", linux_only),
];

fn context(map: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    map.entry("securityContext").or_insert_with(|| json!({})).as_object_mut()
}

/// The pod runs as the numeric user and groups that its component declares.
fn non_root(pod: &mut Pod<'_, '_>) -> Vec<String> {
    let Some(runs_as) = pod.workload.workload.runs_as else { return Vec::new() };
    let root = pod.excepts("root-user");
    if let Some(context) = context(pod.spec) {
        context.insert("runAsNonRoot".into(), (!root).into());
        context.insert("runAsUser".into(), runs_as.user.into());
        context.insert("runAsGroup".into(), runs_as.group.into());
        context.insert("fsGroup".into(), runs_as.fs_group.into());
        // A volume whose owner is right already is not walked through again at each start.
        context.insert("fsGroupChangePolicy".into(), "OnRootMismatch".into());
    }
    vec!["securityContext".into()]
}

/// System calls that the runtime's default profile refuses stay refused.
fn seccomp(pod: &mut Pod<'_, '_>) -> Vec<String> {
    if let Some(context) = context(pod.spec) {
        context.insert("seccompProfile".into(), json!({ "type": "RuntimeDefault" }));
    }
    vec!["securityContext/seccompProfile".into()]
}

/// No container writes to its image, gains rights, or has any capability.
fn confined_containers(pod: &mut Pod<'_, '_>) -> Vec<String> {
    for container in pod.containers() {
        if let Some(context) = context(container) {
            context.insert("allowPrivilegeEscalation".into(), false.into());
            context.insert("readOnlyRootFilesystem".into(), true.into());
            context.insert("capabilities".into(), json!({ "drop": ["ALL"] }));
        }
    }
    let lists = pod.spec.keys().filter(|key| *key == "containers" || *key == "initContainers");
    lists.cloned().collect()
}

/// Services of the namespace do not become environment variables, which some programs read as settings.
fn no_service_links(pod: &mut Pod<'_, '_>) -> Vec<String> {
    pod.spec.insert("enableServiceLinks".into(), false.into());
    vec!["enableServiceLinks".into()]
}

/// Replicas keep to different nodes and zones where there are some.
fn spread(pod: &mut Pod<'_, '_>) -> Vec<String> {
    let several = pod.workload.replicas > 1 && pod.workload.workload.scaling != Scaling::PerNode;
    if !several {
        return Vec::new();
    }
    let constraint = |key: &str| {
        json!({
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": { "matchLabels": pod.selector },
        })
    };
    let constraints = json!([constraint("kubernetes.io/hostname"), constraint("topology.kubernetes.io/zone")]);
    pod.spec.insert("topologySpreadConstraints".into(), constraints);
    vec!["topologySpreadConstraints".into()]
}

/// A node agent runs on every node, whatever the node is reserved for.
fn every_node(pod: &mut Pod<'_, '_>) -> Vec<String> {
    if pod.workload.entry().component.scope != Scope::Node {
        return Vec::new();
    }
    pod.spec.insert("tolerations".into(), json!([{ "operator": "Exists" }]));
    vec!["tolerations".into()]
}

/// No container fills the node's disk, with what it prints or writes.
fn bounded_disk(pod: &mut Pod<'_, '_>) -> Vec<String> {
    let mut sizes = scratch_sizes(pod.spec);
    // The operator's own container takes what the resource says.
    if pod.workload.has_operator_pods() {
        bound_disk(pod.spec, &mut sizes);
    }
    for container in pod.containers() {
        bound_disk(container, &mut sizes);
    }
    let written = pod.spec.keys().filter(|key| ["resources", "containers", "initContainers"].contains(&key.as_str()));
    written.cloned().collect()
}

/// The sizes of the volumes that lie on the node's disk, in bytes; `None` where one has no limit.
fn scratch_sizes(spec: &Map<String, Value>) -> Vec<(String, Option<i64>)> {
    let volumes = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let on_disk = volumes.filter_map(|volume| {
        let empty = volume.get("emptyDir").filter(|empty| empty.get("medium").is_none())?;
        let size = empty.get("sizeLimit").and_then(Value::as_str).and_then(|size| Quantity::parse(size).ok());
        Some((volume.get("name")?.as_str()?.to_owned(), size.map(Quantity::units)))
    });
    on_disk.collect()
}

/// Bounds one container. A volume counts for the first container that mounts it: Kubernetes holds the sum against the pod.
fn bound_disk(container: &mut Map<String, Value>, sizes: &mut Vec<(String, Option<i64>)>) {
    let mounts = container.get("volumeMounts").and_then(Value::as_array).into_iter().flatten();
    let mounted: Vec<&str> = mounts.filter_map(|mount| mount.get("name")?.as_str()).collect();
    let own: Vec<_> = sizes.extract_if(.., |(name, _)| mounted.contains(&name.as_str())).collect();
    // Kubelets keep 50 MiB of messages unless they are told otherwise; those that keep more are thought of.
    let limit = own.into_iter().try_fold(1_i64 << 30, |sum, (_, size)| sum.checked_add(size?));
    // A container without resources is a patch of the operator's own.
    let Some(Value::Object(resources)) = container.get_mut("resources") else { return };
    let limit = limit.map(|bytes| canonical(&format!("{}Mi", (bytes + (1 << 20) - 1) >> 20)));
    for (part, amount) in [("requests", Some("64Mi".to_owned())), ("limits", limit)] {
        if let (Some(amount), Some(Value::Object(part))) = (amount, resources.get_mut(part)) {
            part.entry("ephemeral-storage").or_insert(amount.into());
        }
    }
}

/// All images are Linux images.
fn linux_only(pod: &mut Pod<'_, '_>) -> Vec<String> {
    let selector = pod.spec.entry("nodeSelector").or_insert_with(|| json!({}));
    if let Value::Object(selector) = selector {
        selector.insert("kubernetes.io/os".into(), "linux".into());
    }
    vec!["nodeSelector".into()]
}
