//! Which Secrets a plan needs: certificates, credentials of edges, and what components declare; `skopos secrets` makes them.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::catalog::component::{CredentialKind, SecretFiles};
use crate::kubernetes::key_selector;
use crate::plan::{Plan, PlannedWorkload, Purpose, WorkloadIndex, identity, service_host};
use crate::render::{credentials_secret, edge_user};
use crate::resolve::Certificates;
use crate::secrets::{AuthoritySpec, CertificateSpec, GeneratedSpec, Import, Random, SecretId, SecretKind, SecretSpec};

/// Who a workload's certificate is for.
#[must_use]
pub fn common_name(workload: &PlannedWorkload<'_>) -> String {
    identity(workload)
}

/// The names that a workload's certificate is valid for: its Services, and its members where they talk to each other.
#[must_use]
pub fn dns_names(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> Vec<String> {
    let domain = plan.resolved.context.get_attr("cluster").and_then(|cluster| cluster.get_attr("domain"));
    let domain = domain.map(|domain| domain.to_string()).unwrap_or_default();
    let host = service_host(&workload.name, workload.home());
    let mut names = vec![host.clone(), format!("{host}.{domain}"), workload.name.to_string(), "localhost".into()];
    if workload.endpoints.iter().any(|endpoint| endpoint.peers) {
        let peers = service_host(&workload.peers_service(), workload.home());
        names.extend([peers.clone(), format!("*.{peers}"), format!("*.{peers}.{domain}")]);
    }
    names
}

/// The Secrets that the profile names and its owner makes: those that images are pulled with, and those of components'
/// parameters, each a `{name, key}`.
#[must_use]
pub fn named_secrets(plan: &Plan<'_>) -> BTreeSet<SecretId> {
    let id = |namespace: &str, name: &str| SecretId::new(namespace, name);
    let mut all = BTreeSet::new();
    for namespace in plan.namespaces.iter().filter(|namespace| namespace.purpose != Purpose::Authority) {
        all.extend(plan.resolved.pull_secrets.iter().map(|name| id(&namespace.name, name)));
    }
    for workload in plan.workloads.iter().filter(|workload| workload.is_ours()) {
        let mut named = BTreeSet::new();
        key_selector::each(&workload.chosen.parameters, "", &mut |_, selector| {
            named.insert(selector.name);
        });
        all.extend(named.into_iter().map(|name| id(workload.home(), name)));
    }
    all
}

/// All Secrets of a plan, in the order in which they are made.
#[must_use]
pub fn secret_specs(plan: &Plan<'_>) -> Vec<SecretSpec> {
    let mut all = Vec::new();
    let generated = plan.resolved.certificates == Certificates::Generated;
    if let Some(home) = plan.namespaces.iter().find(|namespace| namespace.purpose == Purpose::Authority) {
        all.push(SecretSpec {
            namespace: home.name.to_string(),
            name: "skopos-authority".into(),
            labels: labels("skopos"),
            kind: SecretKind::Authority(AuthoritySpec { common_name: authority_name(plan) }),
        });
    }
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        if generated && plan.has_certificate(index) {
            all.push(spec(workload, "certificate", certificate(plan, workload)));
        } else if plan.has_certificate(index) && workload.workload.certificate.truststore {
            all.push(spec(workload, "truststore", random("password")));
        }
        for endpoint in &workload.endpoints {
            all.extend(
                endpoint
                    .logins
                    .iter()
                    .map(|login| spec(workload, &login.user, credentials(&login.user, &IndexMap::new()))),
            );
        }
        for edge in plan.edges_from(index) {
            let Some(declared) = edge.credentials else { continue };
            let kind = credentials(&edge_user(workload, edge), &declared.files);
            all.push(SecretSpec { name: credentials_secret(workload, edge), ..spec(workload, "", kind) });
        }
    }
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        let declared = workload.workload.secrets.iter();
        all.extend(declared.map(|secret| spec(workload, &secret.name, files(plan, index, workload, secret))));
    }
    all
}

fn labels(component: &str) -> IndexMap<String, String> {
    [
        ("app.kubernetes.io/name".to_owned(), component.to_owned()),
        ("app.kubernetes.io/part-of".to_owned(), "skopos".to_owned()),
    ]
    .into()
}

fn spec(workload: &PlannedWorkload<'_>, suffix: &str, kind: SecretKind) -> SecretSpec {
    SecretSpec {
        namespace: workload.home().to_owned(),
        name: format!("{}-{suffix}", workload.name),
        labels: labels(&workload.entry().name),
        kind,
    }
}

fn certificate(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> SecretKind {
    SecretKind::Certificate(CertificateSpec {
        common_name: common_name(workload),
        dns_names: dns_names(plan, workload),
        ip_addresses: vec!["127.0.0.1".into()],
        server: true,
        client: true,
        trust_store: workload.workload.certificate.truststore,
    })
}

fn random(key: &str) -> SecretKind {
    let values = [(key.to_owned(), Random::default())].into();
    SecretKind::Generated(GeneratedSpec { values, context: json!({}), ..GeneratedSpec::default() })
}

/// A user's name and password, and the files that a client wants of them.
fn credentials(user: &str, files: &IndexMap<String, String>) -> SecretKind {
    let mut all: IndexMap<String, String> = [("username".to_owned(), "{{ user }}".to_owned())].into();
    all.extend(files.iter().map(|(key, text)| (key.clone(), text.clone())));
    let values = [("password".to_owned(), Random::default())].into();
    SecretKind::Generated(GeneratedSpec {
        values,
        files: all,
        context: json!({ "user": user }),
        ..GeneratedSpec::default()
    })
}

fn files(plan: &Plan<'_>, index: WorkloadIndex, workload: &PlannedWorkload<'_>, secret: &SecretFiles) -> SecretKind {
    let values = secret.values.iter();
    let values = values.map(|(key, value)| (key.clone(), value.clone()));
    let text = |file: &String| workload.entry().text(file).unwrap_or_default().to_owned();
    let mut imports = IndexMap::new();
    if let Some(endpoint) = &secret.clients {
        imports.insert("clients".to_owned(), clients(plan, index, endpoint));
    }
    SecretKind::Generated(GeneratedSpec {
        values: values.collect(),
        files: secret.files.iter().map(|(key, file)| (key.clone(), text(file))).collect(),
        imports,
        context: json!({ "parameters": workload.chosen.parameters, "name": &*workload.name }),
    })
}

/// The credentials of everybody who calls an endpoint.
fn clients(plan: &Plan<'_>, server: WorkloadIndex, endpoint: &str) -> Vec<Import> {
    let import = |user: String, kind: CredentialKind, secret: SecretId| Import {
        attributes: [("user".to_owned(), Value::from(user)), ("kind".to_owned(), json!(kind))].into(),
        secret,
        key: "password".into(),
    };
    let mut all = Vec::new();
    let workload = plan.workload(server);
    for login in workload.endpoints.iter().filter(|own| own.name == endpoint).flat_map(|own| &own.logins) {
        let secret = SecretId::new(workload.home(), format!("{}-{}", workload.name, login.user));
        all.push(import(login.user.clone(), CredentialKind::Password, secret));
    }
    for edge in plan.edges_to(server).filter(|edge| edge.endpoint.name == endpoint) {
        let Some(credentials) = edge.credentials else { continue };
        let caller = plan.workload(edge.from);
        let secret = SecretId::new(caller.home(), credentials_secret(caller, edge));
        all.push(import(edge_user(caller, edge), credentials.kind, secret));
    }
    all
}

/// The authority is named after the cluster, cut to what a certificate holds.
fn authority_name(plan: &Plan<'_>) -> String {
    let cluster = plan.resolved.context.get_attr("cluster").and_then(|cluster| cluster.get_attr("name"));
    let name = format!("skopos {}", cluster.map(|name| name.to_string()).unwrap_or_default());
    name.chars().take(64).collect()
}
