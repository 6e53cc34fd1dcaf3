//! A pod's volumes, with where its main container sees them: what it writes, reads and presents.

use serde_json::{Value, json};

use super::guard::VOLUME as GUARD_VOLUME;
use super::network::needs_api;
use super::pod::Parts;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::kubernetes::quantity::canonical;
use crate::plan::PlannedWorkload;
use crate::render::Context;

/// The volume of the token for the Kubernetes API, and where client libraries look for it.
const TOKEN: (&str, &str) = ("kubernetes-api", "/var/run/secrets/kubernetes.io/serviceaccount");
/// How long a token lives, in seconds; the kubelet renews it in time. The value that Kubernetes' own admission uses.
const TOKEN_SECONDS: i64 = 3607;

/// One volume and where the main container sees it.
pub(super) struct Mounted {
    pub(super) volume: Option<Value>,
    pub(super) mount: Option<Value>,
    /// What it was derived from.
    pub(super) from: String,
}

fn mount(name: &str, path: &str) -> Value {
    json!({ "name": name, "mountPath": path, "readOnly": true })
}

fn secret_volume(name: &str, secret: &str) -> Value {
    json!({ "name": name, "secret": { "secretName": secret, "defaultMode": 0o440 } })
}

/// All volumes of a pod of ours.
pub(super) fn mounts(parts: &Parts<'_, '_>, context: Option<&Context>, faults: &mut Diagnostics) -> Vec<Mounted> {
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
