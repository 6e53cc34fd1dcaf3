//! Completes a workload's object: identity, selector, ports, resources, volumes with their mounts, guards and restarts; and
//! notes which rule wrote what.

use serde_json::{Map, Value, json};

use super::guard::Guards;
use super::priority;
use super::volume::{Mounted, mounts};
use crate::catalog::component::{Authentication, Endpoint};
use crate::content::Produced;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, Origin};
use crate::plan::{Plan, PlannedWorkload, WorkloadIndex, selector};
use crate::pointer::escape;
use crate::render::{Context, RenderedConfig};

/// The annotation that changes with configuration which a program reads only when it starts.
const RESTART: &str = "skopos.dev/configuration";

/// What a pod is completed from.
pub(super) struct Parts<'p, 'a> {
    pub(super) plan: &'p Plan<'a>,
    pub(super) index: WorkloadIndex,
    pub(super) configs: &'p [RenderedConfig],
    pub(super) guards: &'p [Guards],
    pub(super) content: &'p Produced,
}

impl<'p, 'a> Parts<'p, 'a> {
    pub(super) fn workload(&self) -> &'p PlannedWorkload<'a> {
        self.plan.workload(self.index)
    }

    pub(super) fn guards(&self) -> Option<&'p Guards> {
        self.guards.iter().find(|guard| guard.workload == self.index)
    }

    pub(super) fn configs(&self) -> impl Iterator<Item = &'p RenderedConfig> + '_ {
        self.configs.iter().filter(|config| config.workload == self.index)
    }
}

/// Completes the object of a workload.
pub(super) fn complete(
    object: &mut Object,
    parts: &Parts<'_, '_>,
    context: Option<&Context>,
    faults: &mut Diagnostics,
) {
    let workload = parts.workload();
    let mounts = mounts(parts, context, faults);
    let operator = workload.has_operator_pods();
    let Some(spec) = object.body.get_mut("spec").and_then(Value::as_object_mut) else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: the template has no spec", workload.name)));
        return;
    };
    let mut trace = Trace { prefix: "/spec".to_owned(), origins: &mut object.origins };
    let pod = if operator {
        announce(spec, parts, &mut trace);
        Some(spec)
    } else {
        identify(spec, parts, &mut trace);
        trace.prefix.push_str("/template/spec");
        spec.get_mut("template").and_then(|template| template.get_mut("spec")?.as_object_mut())
    };
    let Some(pod) = pod else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: the template has no pod", workload.name)));
        return;
    };
    pod.insert("serviceAccountName".into(), (&*workload.name).into());
    trace.add("serviceAccountName", "service-account", &workload.name);
    pod.insert("automountServiceAccountToken".into(), false.into());
    trace.add("automountServiceAccountToken", "service-account", &workload.name);
    if priority::is_agent(workload) {
        pod.insert("priorityClassName".into(), priority::AGENTS.into());
        trace.add("priorityClassName", "priority", &workload.name);
    }
    if operator {
        add_mounts(pod, "", &mounts, &mut trace);
        insert_resources(pod, "", workload, &mut trace);
    } else if let Some((place, main)) = main_container(pod, workload) {
        let at = format!("containers/{place}/");
        add_mounts(main, &at, &mounts, &mut trace);
        add_ports(main, &at, workload, &mut trace);
        insert_resources(main, &at, workload, &mut trace);
    } else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: no container to complete", workload.name)));
    }
    for mounted in &mounts {
        let Some(volume) = &mounted.volume else { continue };
        let place = push(pod, "volumes", volume.clone());
        trace.add(&format!("volumes/{place}"), "volume", &mounted.from);
    }
    for container in parts.guards().into_iter().flat_map(|guards| &guards.containers) {
        let place = push(pod, "containers", container.clone());
        trace.add(&format!("containers/{place}"), "guard", &workload.name);
    }
    if !parts.plan.resolved.pull_secrets.is_empty() {
        let secrets: Vec<_> = parts.plan.resolved.pull_secrets.iter().map(|name| json!({ "name": name })).collect();
        pod.insert("imagePullSecrets".into(), secrets.into());
        trace.add("imagePullSecrets", "pull-secrets", "images.pullSecrets");
    }
}

/// Notes which rule wrote what.
struct Trace<'o> {
    /// The pointer of what is being completed.
    prefix: String,
    origins: &'o mut Vec<(String, Origin)>,
}

impl Trace<'_> {
    fn add(&mut self, field: &str, rule: &'static str, from: &str) {
        self.origins.push((format!("{}/{field}", self.prefix), Origin::Derived { rule, from: from.to_owned() }));
    }
}

fn push(map: &mut Map<String, Value>, key: &str, item: Value) -> usize {
    let list = map.entry(key).or_insert_with(|| json!([]));
    let Value::Array(list) = list else { return 0 };
    list.push(item);
    list.len() - 1
}

/// What an operator copies to the pods that it makes.
fn announce(spec: &mut Map<String, Value>, parts: &Parts<'_, '_>, trace: &mut Trace<'_>) {
    let Some(hash) = restart_hash(parts) else { return };
    let metadata = spec.entry("podMetadata").or_insert_with(|| json!({}));
    if let Value::Object(metadata) = metadata {
        metadata.insert("annotations".into(), json!({ RESTART: hash }));
        trace.add("podMetadata/annotations", "restart", "configuration that is read at the start");
    }
}

/// Selector, labels, the governing Service and volume claims of what is not an operator's resource.
fn identify(spec: &mut Map<String, Value>, parts: &Parts<'_, '_>, trace: &mut Trace<'_>) {
    let workload = parts.workload();
    let labels = selector(parts.plan, workload);
    let mut pod_labels = json!(labels);
    if let Value::Object(pod_labels) = &mut pod_labels {
        pod_labels.insert("app.kubernetes.io/part-of".into(), "skopos".into());
    }
    let mut identified = Map::new();
    identified.extend(spec.shift_remove("replicas").map(|replicas| ("replicas".into(), replicas)));
    identified.insert("selector".into(), json!({ "matchLabels": labels }));
    trace.add("selector", "selector", &workload.name);
    if workload.endpoints.iter().any(|endpoint| endpoint.peers) {
        identified.insert("serviceName".into(), workload.peers_service().into());
        trace.add("serviceName", "governing-service", &workload.name);
    }
    identified.append(spec);
    if let Some(Value::Object(template)) = identified.get_mut("template") {
        let mut metadata = match template.shift_remove("metadata") {
            Some(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        metadata.insert("labels".into(), pod_labels);
        trace.add("template/metadata/labels", "selector", &workload.name);
        let mut annotations = match metadata.shift_remove("annotations") {
            Some(Value::Object(annotations)) => annotations,
            _ => Map::new(),
        };
        if let Some(hash) = restart_hash(parts) {
            annotations.insert(RESTART.into(), hash.into());
            let annotation = format!("template/metadata/annotations/{}", escape(RESTART));
            trace.add(&annotation, "restart", "configuration that is read at the start");
        }
        if !annotations.is_empty() {
            metadata.insert("annotations".into(), annotations.into());
        }
        template.shift_insert(0, "metadata".into(), metadata.into());
    }
    let claims = claims(workload);
    if !claims.is_empty() {
        identified.insert("volumeClaimTemplates".into(), claims.into());
        trace.add("volumeClaimTemplates", "volume-claim", &format!("storage of {}", workload.name));
    }
    *spec = identified;
}

/// A short hash of the configuration that a program reads only when it starts: a change replaces the pods.
fn restart_hash(parts: &Parts<'_, '_>) -> Option<String> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let mut any = false;
    for config in parts.configs().filter(|config| !config.reloads) {
        any = true;
        hash.update(serde_json::to_vec(config.object.body.get("data").unwrap_or(&Value::Null)).unwrap_or_default());
    }
    if let Some(guards) = parts.guards() {
        any = true;
        hash.update(serde_json::to_vec(guards.config.body.get("data").unwrap_or(&Value::Null)).unwrap_or_default());
    }
    any.then(|| hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn claims(workload: &PlannedWorkload<'_>) -> Vec<Value> {
    let Some(storage) = &workload.storage else { return Vec::new() };
    let claimed = workload.workload.writes.iter().filter(|write| write.claim);
    claimed
        .map(|write| {
            let mut spec = json!({ "accessModes": ["ReadWriteOnce"] });
            if let (Some(class), Value::Object(spec)) = (&storage.class, &mut spec) {
                spec.insert("storageClassName".into(), class.as_str().into());
            }
            if let Value::Object(spec) = &mut spec {
                spec.insert("resources".into(), json!({ "requests": { "storage": storage.size } }));
                // The API server's own default, written out so that nothing differs when it is read back.
                spec.insert("volumeMode".into(), "Filesystem".into());
            }
            json!({
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": { "name": write.name },
                "spec": spec,
            })
        })
        .collect()
}

fn main_container<'p>(
    pod: &'p mut Map<String, Value>,
    workload: &PlannedWorkload<'_>,
) -> Option<(usize, &'p mut Map<String, Value>)> {
    let containers = pod.get_mut("containers")?.as_array_mut()?;
    let wanted = workload.workload.container.as_deref();
    let place = wanted.map_or(Some(0), |name| {
        containers.iter().position(|container| container.get("name").and_then(Value::as_str) == Some(name))
    })?;
    Some((place, containers.get_mut(place)?.as_object_mut()?))
}

fn insert_resources(
    container: &mut Map<String, Value>,
    at: &str,
    workload: &PlannedWorkload<'_>,
    trace: &mut Trace<'_>,
) {
    if let Some(resources) = &workload.resources {
        let value = json!({
            "requests": { "cpu": resources.cpu_request, "memory": resources.memory_request },
            "limits": { "cpu": resources.cpu_limit, "memory": resources.memory_limit },
        });
        container.insert("resources".into(), value);
        trace.add(&format!("{at}resources"), "resources", &format!("size of {}", workload.name));
    }
}

/// Ports of the main container: what is on loopback behind the guard is not a port of the pod.
fn add_ports(container: &mut Map<String, Value>, at: &str, workload: &PlannedWorkload<'_>, trace: &mut Trace<'_>) {
    let own = |endpoint: &&&Endpoint| endpoint.authentication != Authentication::Guard;
    let host = workload.workload.host_network;
    let mut ports = Vec::new();
    for endpoint in workload.endpoints.iter().filter(own) {
        let mut port = json!({ "name": endpoint.name, "containerPort": endpoint.port, "protocol": "TCP" });
        if let (true, Value::Object(port)) = (host, &mut port) {
            port.insert("hostPort".into(), endpoint.port.into());
        }
        ports.push(port);
    }
    if !ports.is_empty() {
        container.insert("ports".into(), ports.into());
        trace.add(&format!("{at}ports"), "ports", &format!("endpoints of {}", workload.name));
    }
}

fn add_mounts(container: &mut Map<String, Value>, at: &str, mounts: &[Mounted], trace: &mut Trace<'_>) {
    for mounted in mounts {
        let Some(mount) = &mounted.mount else { continue };
        let place = push(container, "volumeMounts", mount.clone());
        trace.add(&format!("{at}volumeMounts/{place}"), "volume", &mounted.from);
    }
}
