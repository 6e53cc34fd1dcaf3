//! Certificates by cert-manager, where the profile chooses it: an authority of the installation, and a certificate for each
//! workload that serves or calls over TLS.

use serde_json::{Value, json};

use super::labels;
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::{Plan, PlannedWorkload};
use crate::resolve::Certificates;
use crate::secret_specs::{common_name, dns_names};

const API: &str = "cert-manager.io/v1";
/// The authority's issuer and Secret.
const AUTHORITY: &str = "skopos-authority";

/// Issuers and Certificates; none where certificates come from elsewhere.
pub(super) fn certificates(plan: &Plan<'_>) -> Vec<Object> {
    if plan.resolved.certificates != Certificates::CertManager {
        return Vec::new();
    }
    // Secrets of an authority are read in its own namespace: so an issuer in each namespace, and one authority for all
    // can only be had through a cluster-wide issuer, which reads it in cert-manager's own namespace.
    let mut all = vec![
        object("ClusterIssuer", None, "skopos-self-signed", &json!({ "selfSigned": {} })),
        object("Certificate", Some("cert-manager"), AUTHORITY, &authority()),
        object("ClusterIssuer", None, AUTHORITY, &json!({ "ca": { "secretName": AUTHORITY } })),
    ];
    for (index, workload) in plan.indexed() {
        if plan.has_certificate(index) {
            let name = format!("{}-certificate", workload.name);
            let mut object = object("Certificate", Some(workload.home()), &name, &leaf(plan, workload, &name));
            object.component = workload.entry().name.clone();
            labels::add(&mut object, Some(workload));
            all.push(object);
        }
    }
    all
}

fn authority() -> Value {
    json!({
        "isCA": true,
        "commonName": "skopos",
        "secretName": AUTHORITY,
        "duration": "87600h0m0s",
        "privateKey": { "algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never" },
        "issuerRef": { "kind": "ClusterIssuer", "name": "skopos-self-signed", "group": "cert-manager.io" },
    })
}

fn leaf(plan: &Plan<'_>, workload: &PlannedWorkload<'_>, name: &str) -> Value {
    let mut spec = json!({
        "secretName": name,
        "commonName": common_name(workload),
        "dnsNames": dns_names(plan, workload),
        "duration": "2160h0m0s",
        "privateKey": { "algorithm": "ECDSA", "size": 256, "encoding": "PKCS8", "rotationPolicy": "Always" },
        "usages": ["digital signature", "server auth", "client auth"],
        "issuerRef": { "kind": "ClusterIssuer", "name": AUTHORITY, "group": "cert-manager.io" },
    });
    if workload.workload.certificate.truststore
        && let Value::Object(spec) = &mut spec
    {
        let password = json!({ "name": format!("{}-truststore", workload.name), "key": "password" });
        spec.insert("keystores".into(), json!({ "pkcs12": { "create": true, "passwordSecretRef": password } }));
    }
    spec
}

fn object(kind: &str, namespace: Option<&str>, name: &str, spec: &Value) -> Object {
    let mut metadata = json!({ "name": name });
    if let (Some(namespace), Value::Object(metadata)) = (namespace, &mut metadata) {
        metadata.insert("namespace".into(), namespace.into());
    }
    let body = json!({ "apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec });
    let body = crate::object::map(body);
    let id = ObjectId {
        api_version: API.into(),
        kind: kind.into(),
        namespace: namespace.map(str::to_owned),
        name: name.into(),
    };
    let origin = Origin::Derived { rule: "certificate", from: "security.certificates".into() };
    Object {
        id,
        wave: Wave::Config,
        component: "cluster".into(),
        body,
        rest: None,
        origins: vec![(String::new(), origin)],
    }
}
