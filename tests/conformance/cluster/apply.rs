//! The waves are applied as the README of a render tells, without a warning; applying them again changes nothing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::install::{Install, PLATFORM, id};
use crate::control_plane::{ControlPlane, quiet};
use crate::process;

/// What every apply says.
const APPLY: [&str; 5] = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict", "--kustomize"];

/// Applies the Secrets and the waves to an empty cluster.
pub fn applies_as_told(cluster: &ControlPlane, install: &Install) -> String {
    prepare(cluster, install);
    refuses_a_misspelt_field(cluster, install);
    for (wave, objects) in &install.waves {
        let printed = cluster.ask(&[&APPLY[..], &[wave]].concat());
        let applied = printed.lines().filter(|line| line.ends_with(" serverside-applied")).count();
        assert_eq!(applied, objects.len(), "{wave}: all its objects are applied\n{printed}");
        if wave.ends_with("00-namespaces") {
            apply_secrets(cluster, install);
        }
        if wave.ends_with("10-crds") {
            let arguments = ["wait", "--for", "condition=Established", "--timeout", "60s", "crd", "--all"];
            cluster.ask(&arguments);
        }
    }
    let count = install.objects().count();
    format!(
        "{count} objects and {} Secrets of {} apply server-side under strict validation without a warning",
        install.secrets.len(),
        install.profile
    )
}

/// What other programs' owners have brought before: namespaces, and definitions of their objects.
fn prepare(cluster: &ControlPlane, install: &Install) {
    cluster.ask(&["apply", "--server-side", "--filename", PLATFORM]);
    cluster.ask(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]);
    let mut namespaces: Vec<&str> = install.objects().filter_map(|o| o["metadata"]["namespace"].as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        let is_ours = install.kind("Namespace").any(|ours| ours["metadata"]["name"] == namespace);
        if !is_ours && namespace != "kube-system" {
            cluster.ask(&["create", "namespace", namespace]);
        }
    }
}

fn apply_secrets(cluster: &ControlPlane, install: &Install) {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": install.secrets });
    let arguments = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict"];
    quiet("applying the Secrets", cluster.kubectl_on(&list, &arguments));
}

/// Strict validation is in force: the check can fail.
fn refuses_a_misspelt_field(cluster: &ControlPlane, install: &Install) {
    let mut object = install.kind("ClusterRole").next().unwrap().clone();
    object["rulez"] = json!([]);
    let refused = cluster.kubectl_on(&object, &["apply", "--server-side", "--validate=strict", "--dry-run=server"]);
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains(".rulez: field not declared in schema"), "{complaint}");
}

/// Applies all waves once more, now at once: each object stays as it is, and `kubectl diff` sees no difference.
pub fn applies_again_without_change(cluster: &ControlPlane, install: &Install) -> String {
    let root = install.root();
    let before = stored(cluster, install);
    cluster.ask(&[&APPLY[..], &[&root]].concat());
    let after = stored(cluster, install);
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(ours(before), ours(after), "{} changes when it is applied again", id(before));
    }
    let diff = diff(cluster, Path::new(&root));
    assert_eq!(diff, (Some(0), String::new()), "kubectl diff sees a difference in {root}");
    sees_a_difference(cluster, install);
    format!("applying {} again changes nothing, and kubectl diff is empty", install.profile)
}

/// The objects of all waves as the server keeps them, in a stable order.
pub fn stored(cluster: &ControlPlane, install: &Install) -> Vec<Value> {
    let list = cluster.ask_json(&["get", "--show-managed-fields", "--kustomize", &install.root()]);
    let mut objects = list["items"].as_array().unwrap().clone();
    objects.sort_by_key(id);
    objects
}

/// The object without what the server and its controllers write on their own.
fn ours(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("status");
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.remove("resourceVersion");
    metadata["managedFields"].as_array_mut().unwrap().retain(|entry| entry["manager"] == "skopos");
    assert!(!metadata["managedFields"].as_array().unwrap().is_empty(), "skopos owns fields of {metadata:?}");
    object
}

/// The exit code and the text of `kubectl diff`.
fn diff(cluster: &ControlPlane, folder: &Path) -> (Option<i32>, String) {
    let folder = folder.to_str().unwrap();
    let output = cluster.kubectl(&["diff", "--server-side", "--field-manager=skopos", "--kustomize", folder]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "kubectl diff warns about {folder}");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The comparison can fail: one changed value is a difference.
fn sees_a_difference(cluster: &ControlPlane, install: &Install) {
    let folder = process::folder("difference");
    let mut policy = install.kind("NetworkPolicy").next().unwrap().clone();
    policy["metadata"]["labels"]["app.kubernetes.io/part-of"] = json!("another");
    fs::write(folder.path().join("object.yaml"), skopos::emit::to_yaml(policy.as_object().unwrap())).unwrap();
    fs::write(folder.path().join("kustomization.yaml"), "resources: [object.yaml]\n").unwrap();
    let (code, text) = diff(cluster, folder.path());
    assert_eq!(code, Some(1));
    assert!(text.contains("part-of: another"), "{text}");
}
