//! Completes a workload's object: identity, selector, ports, resources, volumes with their mounts, guards and restarts.

use serde_json::{Map, Value, json};

use super::guard::{Guards, VOLUME as GUARD_VOLUME};
use super::network::needs_api;
use crate::catalog::component::{Authentication, Endpoint};
use crate::content::Produced;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::kubernetes::quantity::canonical;
use crate::object::{Object, Origin};
use crate::plan::{Plan, PlannedWorkload, WorkloadIndex, selector};
use crate::render::{Context, RenderedConfig};

/// The volume of the token for the Kubernetes API, and where client libraries look for it.
const TOKEN: (&str, &str) = ("kubernetes-api", "/var/run/secrets/kubernetes.io/serviceaccount");
/// How long a token lives, in seconds; the kubelet renews it in time. The value that Kubernetes' own admission uses.
const TOKEN_SECONDS: i64 = 3607;

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
    fn workload(&self) -> &'p PlannedWorkload<'a> {
        self.plan.workload(self.index)
    }

    fn guards(&self) -> Option<&'p Guards> {
        self.guards.iter().find(|guard| guard.workload == self.index)
    }

    fn configs(&self) -> impl Iterator<Item = &'p RenderedConfig> + '_ {
        self.configs.iter().filter(|config| config.workload == self.index)
    }
}

/// One volume and where the main container sees it.
struct Mounted {
    volume: Option<Value>,
    mount: Option<Value>,
    from: String,
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
    let claims = claims(workload);
    let operator = workload.has_operator_pods();
    let mut origins = Vec::new();
    let Some(spec) = object.body.get_mut("spec").and_then(Value::as_object_mut) else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: the template has no spec", workload.name)));
        return;
    };
    if !operator {
        identify(spec, parts, claims);
    }
    let prefix = if operator { "/spec" } else { "/spec/template/spec" };
    let pod =
        if operator { Some(spec) } else { spec.get_mut("template").and_then(|t| t.get_mut("spec")?.as_object_mut()) };
    let Some(pod) = pod else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: the template has no pod", workload.name)));
        return;
    };
    if operator && let Some(hash) = restart_hash(parts) {
        let metadata = pod.entry("podMetadata").or_insert_with(|| json!({}));
        if let Value::Object(metadata) = metadata {
            metadata.insert("annotations".into(), json!({ RESTART: hash }));
        }
    }
    pod.insert("serviceAccountName".into(), (&*workload.name).into());
    pod.insert("automountServiceAccountToken".into(), false.into());
    origins.push((format!("{prefix}/serviceAccountName"), derived("service-account", &workload.name)));
    if operator {
        add_mounts(pod, &mounts);
        insert_resources(pod, workload);
    } else if let Some(main) = main_container(pod, workload) {
        add_mounts(main, &mounts);
        add_ports(main, workload);
        insert_resources(main, workload);
    } else {
        faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{}: no container to complete", workload.name)));
    }
    for mounted in &mounts {
        let Some(volume) = &mounted.volume else { continue };
        let place = push(pod, "volumes", volume.clone());
        origins.push((format!("{prefix}/volumes/{place}"), derived("volume", &mounted.from)));
    }
    for container in parts.guards().into_iter().flat_map(|guards| &guards.containers) {
        let place = push(pod, "containers", container.clone());
        origins.push((format!("{prefix}/containers/{place}"), derived("guard", &workload.name)));
    }
    if !parts.plan.resolved.pull_secrets.is_empty() {
        let secrets: Vec<_> = parts.plan.resolved.pull_secrets.iter().map(|name| json!({ "name": name })).collect();
        pod.insert("imagePullSecrets".into(), secrets.into());
    }
    object.origins.extend(origins);
}

fn derived(rule: &'static str, from: &str) -> Origin {
    Origin::Derived { rule, from: from.to_owned() }
}

fn push(map: &mut Map<String, Value>, key: &str, item: Value) -> usize {
    let list = map.entry(key).or_insert_with(|| json!([]));
    let Value::Array(list) = list else { return 0 };
    list.push(item);
    list.len() - 1
}

/// Selector, labels, the governing Service and volume claims of what is not an operator's resource.
fn identify(spec: &mut Map<String, Value>, parts: &Parts<'_, '_>, claims: Vec<Value>) {
    let workload = parts.workload();
    let labels = selector(parts.plan, workload);
    let mut pod_labels = json!(labels);
    if let Value::Object(pod_labels) = &mut pod_labels {
        pod_labels.insert("app.kubernetes.io/part-of".into(), "skopos".into());
    }
    let mut identified = Map::new();
    identified.extend(spec.shift_remove("replicas").map(|replicas| ("replicas".into(), replicas)));
    identified.insert("selector".into(), json!({ "matchLabels": labels }));
    if workload.endpoints.iter().any(|endpoint| endpoint.peers) {
        identified.insert("serviceName".into(), workload.peers_service().into());
    }
    identified.append(spec);
    if let Some(Value::Object(template)) = identified.get_mut("template") {
        let mut metadata = match template.shift_remove("metadata") {
            Some(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        metadata.insert("labels".into(), pod_labels);
        let mut annotations = match metadata.shift_remove("annotations") {
            Some(Value::Object(annotations)) => annotations,
            _ => Map::new(),
        };
        if let Some(hash) = restart_hash(parts) {
            annotations.insert(RESTART.into(), hash.into());
        }
        if !annotations.is_empty() {
            metadata.insert("annotations".into(), annotations.into());
        }
        template.shift_insert(0, "metadata".into(), metadata.into());
    }
    if !claims.is_empty() {
        identified.insert("volumeClaimTemplates".into(), claims.into());
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
) -> Option<&'p mut Map<String, Value>> {
    let containers = pod.get_mut("containers")?.as_array_mut()?;
    let wanted = workload.workload.container.as_deref();
    let place = wanted.map_or(Some(0), |name| {
        containers.iter().position(|container| container.get("name").and_then(Value::as_str) == Some(name))
    })?;
    containers.get_mut(place)?.as_object_mut()
}

fn insert_resources(container: &mut Map<String, Value>, workload: &PlannedWorkload<'_>) {
    if let Some(resources) = &workload.resources {
        let value = json!({
            "requests": { "cpu": resources.cpu_request, "memory": resources.memory_request },
            "limits": { "cpu": resources.cpu_limit, "memory": resources.memory_limit },
        });
        container.insert("resources".into(), value);
    }
}

/// Ports of the main container: what is on loopback behind the guard is not a port of the pod.
fn add_ports(container: &mut Map<String, Value>, workload: &PlannedWorkload<'_>) {
    let own = |endpoint: &&&Endpoint| endpoint.authentication != Authentication::Guard;
    let host = workload.workload.host_network;
    let mut ports = Vec::new();
    for endpoint in workload.endpoints.iter().filter(own) {
        let mut port = json!({ "name": endpoint.name, "containerPort": endpoint.port, "protocol": "TCP" });
        if let (true, Value::Object(port)) = (host, &mut port) {
            port.insert("hostPort".into(), endpoint.port.into());
        }
        ports.push(port);
        if endpoint.also_udp {
            ports.push(
                json!({ "name": format!("{}-udp", endpoint.name), "containerPort": endpoint.port, "protocol": "UDP" }),
            );
        }
    }
    if !ports.is_empty() {
        container.insert("ports".into(), ports.into());
    }
}

fn add_mounts(container: &mut Map<String, Value>, mounts: &[Mounted]) {
    for mount in mounts.iter().filter_map(|mounted| mounted.mount.as_ref()) {
        push(container, "volumeMounts", mount.clone());
    }
}

fn mount(name: &str, path: &str) -> Value {
    json!({ "name": name, "mountPath": path, "readOnly": true })
}

fn secret_volume(name: &str, secret: &str) -> Value {
    json!({ "name": name, "secret": { "secretName": secret, "defaultMode": 0o440 } })
}

fn mounts(parts: &Parts<'_, '_>, context: Option<&Context>, faults: &mut Diagnostics) -> Vec<Mounted> {
    let (plan, workload) = (parts.plan, parts.workload());
    let mut all = written(workload, context, faults);
    for host in &workload.workload.host_paths {
        let mut mount = json!({ "name": host.name, "mountPath": host.mount_path, "readOnly": !host.writable });
        if let (true, Value::Object(mount)) = (host.propagated, &mut mount) {
            mount.insert("mountPropagation".into(), "HostToContainer".into());
        }
        let volume = json!({ "name": host.name, "hostPath": { "path": host.path, "type": "Directory" } });
        all.push(Mounted { volume: Some(volume), mount: Some(mount), from: format!("host path {}", host.path) });
    }
    for config in parts.configs() {
        if let Some(path) = &config.mount_path {
            let volume =
                json!({ "name": config.volume, "configMap": { "name": config.object.id.name, "defaultMode": 0o444 } });
            let from = format!("configuration {}", config.object.id.name);
            all.push(Mounted { volume: Some(volume), mount: Some(mount(&config.volume, path)), from });
        }
    }
    for secret in &workload.workload.secrets {
        if let Some(path) = &secret.mount_path {
            let volume = secret_volume(&secret.name, &format!("{}-{}", workload.name, secret.name));
            all.push(Mounted {
                volume: Some(volume),
                mount: Some(mount(&secret.name, path)),
                from: format!("secret {}", secret.name),
            });
        }
    }
    for edge in plan.edges_from(parts.index).filter(|edge| edge.credentials.is_some()) {
        let secret = crate::render::credentials_secret(workload, edge);
        let path = format!("/etc/skopos/{}", edge.name);
        let from = format!("{} -> {}", workload.name, plan.workload(edge.to).name);
        let volume = secret_volume(edge.name, &secret);
        all.push(Mounted { volume: Some(volume), mount: Some(mount(edge.name, &path)), from });
    }
    all.extend(certificate(parts));
    all.extend(token(parts));
    if parts.guards().is_some() {
        let config = format!("{}-guard", workload.name);
        let volume = json!({ "name": GUARD_VOLUME, "configMap": { "name": config, "defaultMode": 0o444 } });
        all.push(Mounted { volume: Some(volume), mount: None, from: "guarded endpoints".into() });
    }
    if let Some(path) = &workload.workload.dashboards_path {
        all.extend(dashboards(parts, path));
    }
    all
}

fn written(workload: &PlannedWorkload<'_>, context: Option<&Context>, faults: &mut Diagnostics) -> Vec<Mounted> {
    let mut all = Vec::new();
    for write in &workload.workload.writes {
        let mount = json!({ "name": write.name, "mountPath": write.path });
        let mut empty = json!({});
        if let (Some(size), Some(context), Value::Object(empty)) = (&write.size, context, &mut empty) {
            match size.string(context.value()) {
                Ok(size) => drop(empty.insert("sizeLimit".into(), canonical(&size).into())),
                Err(reason) => faults.push(Diagnostic::error(code::TEMPLATE_FAILED, reason)),
            }
        }
        let kept = write.claim && workload.storage.is_some();
        let volume = (!kept).then(|| json!({ "name": write.name, "emptyDir": empty }));
        // What an operator's resource keeps is mounted by the operator.
        let mount = (!(kept && workload.has_operator_pods())).then_some(mount);
        all.push(Mounted { volume, mount, from: format!("written path {}", write.path) });
    }
    all
}

fn certificate(parts: &Parts<'_, '_>) -> Option<Mounted> {
    let workload = parts.workload();
    let declared = &workload.workload.certificate;
    if !parts.plan.has_certificate(parts.index) {
        return None;
    }
    let path = declared.mount_path.as_deref().unwrap_or("/etc/skopos/certificate");
    let volume = secret_volume("certificate", &format!("{}-certificate", workload.name));
    let mount = (!declared.unmounted).then(|| mount("certificate", path));
    Some(Mounted { volume: Some(volume), mount, from: format!("identity of {}", workload.name) })
}

/// The token, for the container that declares rules; guards mount the same volume for themselves.
fn token(parts: &Parts<'_, '_>) -> Option<Mounted> {
    let workload = parts.workload();
    if !needs_api(parts.plan, workload) {
        return None;
    }
    let volume = json!({
        "name": TOKEN.0,
        "projected": {
            "defaultMode": 0o444,
            "sources": [
                { "serviceAccountToken": { "path": "token", "expirationSeconds": TOKEN_SECONDS } },
                { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
                { "downwardAPI": { "items": [
                    { "path": "namespace", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } },
                ] } },
            ],
        },
    });
    let own = !workload.workload.kubernetes.is_empty();
    Some(Mounted { volume: Some(volume), mount: own.then(|| mount(TOKEN.0, TOKEN.1)), from: "Kubernetes API".into() })
}

/// All dashboards as files of one folder, each from its own ConfigMap.
fn dashboards(parts: &Parts<'_, '_>, path: &str) -> Option<Mounted> {
    let names = &parts.content.dashboards;
    let sources: Vec<_> = names.iter().map(|name| json!({ "configMap": { "name": name } })).collect();
    let volume = json!({ "name": "dashboards", "projected": { "defaultMode": 0o444, "sources": sources } });
    let mounted = Mounted { volume: Some(volume), mount: Some(mount("dashboards", path)), from: "dashboards".into() };
    (!names.is_empty()).then_some(mounted)
}
