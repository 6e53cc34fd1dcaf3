//! The steps of hardening: each adds one rule of the baseline and names the fields that it wrote.

use serde_json::{Map, Value, json};

use super::Pod;
use crate::catalog::component::{Scaling, Scope};

type Step = fn(&mut Pod<'_, '_>) -> Vec<String>;

/// All steps, in order.
pub(super) const ALL: &[(&str, Step)] = &[
    ("non-root", non_root),
    ("seccomp", seccomp),
    ("confined-containers", confined_containers),
    ("no-service-links", no_service_links),
    ("spread", spread),
    ("every-node", every_node),
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

/// All images are Linux images.
fn linux_only(pod: &mut Pod<'_, '_>) -> Vec<String> {
    let selector = pod.spec.entry("nodeSelector").or_insert_with(|| json!({}));
    if let Value::Object(selector) = selector {
        selector.insert("kubernetes.io/os".into(), "linux".into());
    }
    vec!["nodeSelector".into()]
}
