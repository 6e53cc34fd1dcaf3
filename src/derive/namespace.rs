//! Namespaces of skopos' own with their Pod Security levels, and the default deny of each.

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::labels::shared;
use super::object;
use crate::object::{Object, Wave};
use crate::plan::{OwnNamespace, Plan, Purpose};

/// The namespaces, each closed in both directions until an edge opens something.
pub(super) fn namespaces(plan: &Plan<'_>) -> Vec<Object> {
    plan.namespaces.iter().flat_map(|namespace| [labelled(namespace), closed(namespace)]).collect()
}

fn labelled(namespace: &OwnNamespace) -> Object {
    // Node agents mount paths of the node, which only the privileged level admits; what they do beyond it still warns.
    let (enforce, warn) =
        if namespace.purpose == Purpose::Agents { ("privileged", "privileged") } else { ("restricted", "restricted") };
    let mut labels = shared();
    for (mode, level) in [("enforce", enforce), ("warn", warn), ("audit", warn)] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), level.into());
        labels.insert(format!("pod-security.kubernetes.io/{mode}-version"), "latest".into());
    }
    let metadata = ObjectMeta { name: Some(namespace.name.to_string()), labels: Some(labels), ..ObjectMeta::default() };
    let typed = Namespace { metadata, ..Namespace::default() };
    object(&typed, Wave::Namespaces, "cluster", "namespace", namespace.name.to_string())
}

fn closed(namespace: &OwnNamespace) -> Object {
    let typed = NetworkPolicy {
        metadata: ObjectMeta {
            name: Some("default-deny".into()),
            namespace: Some(namespace.name.to_string()),
            labels: Some(shared()),
            ..ObjectMeta::default()
        },
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector::default()),
            policy_types: Some(vec!["Ingress".into(), "Egress".into()]),
            ..NetworkPolicySpec::default()
        }),
    };
    object(&typed, Wave::Access, "cluster", "default-deny", namespace.name.to_string())
}
