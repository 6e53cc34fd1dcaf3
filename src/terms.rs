//! What a plan promises of its objects, in the words of the stage that verifies it.
//!
//! It is told from the plan alone, so that a mistake of what derives objects from the plan does not repeat itself here.

use std::collections::BTreeSet;

use crate::catalog::component::{Authentication, Endpoint, Protocol};
use crate::check::{Edge, Exception, External, OpenEndpoint, OperatorPods, Peer, Serving, Terms, WorkloadName};
use crate::interface::Interfaces;
use crate::plan::{Plan, PlannedWorkload, selector};
use crate::secret_specs::{named_secrets, secret_specs};
use crate::secrets::{SecretKind, SecretSpec};

/// Where a node's own cache of names listens, where there is one.
const NODE_LOCAL_DNS: &str = "169.254.20.10/32";

/// The terms of a plan.
#[must_use]
pub fn terms(plan: &Plan<'_>) -> Terms<'static> {
    let ours = || plan.workloads.iter().filter(|workload| workload.is_ours());
    let serves = |workload: &&PlannedWorkload<'_>| !workload.endpoints.is_empty() && !workload.has_operator_pods();
    let serving = ours().filter(serves);
    let made = ours().filter(|workload| workload.has_operator_pods());
    Terms {
        interfaces: Interfaces::builtin(),
        exceptions: ours().flat_map(|workload| exceptions(plan, workload)).collect(),
        external: externals(plan),
        edges: edges(plan),
        open: ours().flat_map(open_endpoints).collect(),
        operator_pods: made
            .map(|workload| OperatorPods { workload: name(workload), labels: selector(plan, workload) })
            .collect(),
        serving: serving
            .map(|workload| Serving { workload: name(workload), container: workload.workload.container.clone() })
            .collect(),
    }
}

fn name(workload: &PlannedWorkload<'_>) -> WorkloadName {
    WorkloadName { namespace: workload.home().to_owned(), name: workload.name.to_string() }
}

/// The endpoints of a workload that speak HTTP to anybody.
fn open_endpoints(workload: &PlannedWorkload<'_>) -> Vec<OpenEndpoint> {
    let http = |endpoint: &&&Endpoint| matches!(endpoint.protocol, Protocol::Http | Protocol::Https);
    let open = workload
        .endpoints
        .iter()
        .filter(http)
        .filter(|endpoint| endpoint.authentication == Authentication::None && !endpoint.probe_only);
    open.map(|endpoint| OpenEndpoint { workload: name(workload), endpoint: endpoint.name.clone() }).collect()
}

fn exceptions(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> Vec<Exception> {
    let declared = workload.workload.exceptions.iter();
    let holding = declared
        .filter(|exception| exception.when.as_ref().is_none_or(|when| when.holds(&plan.resolved.context) == Ok(true)));
    holding
        .map(|exception| Exception {
            workload: name(workload),
            container: None,
            rule: exception.rule.clone(),
            reason: exception.reason.clone(),
        })
        .collect()
}

/// What `skopos secrets`, the cluster and the profile's owner make.
fn externals(plan: &Plan<'_>) -> Vec<External> {
    let external = |kind: &str, namespace: &str, name: &str| External {
        kind: kind.into(),
        namespace: Some(namespace.into()),
        name: name.into(),
        keys: None,
    };
    let mut all: Vec<External> = secret_specs(plan).iter().map(secret).collect();
    for namespace in &plan.namespaces {
        let root = external("ConfigMap", &namespace.name, "kube-root-ca.crt");
        all.push(External { keys: Some(["ca.crt".to_owned()].into()), ..root });
    }
    all.extend(named_secrets(plan).iter().map(|secret| external("Secret", &secret.namespace, &secret.name)));
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        if plan.has_certificate(index) {
            all.push(external("Secret", workload.home(), &format!("{}-certificate", workload.name)));
        }
    }
    all
}

/// A Secret with its keys, where its specification lists them.
fn secret(spec: &SecretSpec) -> External {
    let keys: Vec<String> = match &spec.kind {
        SecretKind::Authority(_) => vec!["tls.crt".into(), "tls.key".into()],
        SecretKind::Certificate(certificate) => {
            let store: &[&str] = if certificate.trust_store { &["truststore.p12", "truststore.password"] } else { &[] };
            ["tls.crt", "tls.key", "ca.crt"].iter().chain(store).map(|key| (*key).to_owned()).collect()
        }
        SecretKind::Generated(generated) => generated.values.keys().chain(generated.files.keys()).cloned().collect(),
    };
    External {
        kind: "Secret".into(),
        namespace: Some(spec.namespace.clone()),
        name: spec.name.clone(),
        keys: Some(keys.into_iter().collect()),
    }
}

/// The plan's edges, and what each workload needs beside them: names, the Kubernetes API, and people.
fn edges(plan: &Plan<'_>) -> Vec<Edge> {
    let mut all = Vec::new();
    for edge in &plan.edges {
        let (caller, server) = (plan.workload(edge.from), plan.workload(edge.to));
        let purpose = format!("{} -> {}/{}", caller.name, server.name, edge.endpoint.name);
        let (from, to) = (peer(plan, caller), peer(plan, server));
        for ports in edge.ports() {
            open(&mut all, &from, &to, ports, &purpose);
        }
    }
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        let here = peer(plan, workload);
        let by_name = plan.edges_from(index).any(|edge| plan.workload(edge.to).cidrs.is_empty());
        if by_name {
            let servers = Peer::Others {
                namespace: Some("kube-system".into()),
                labels: [("k8s-app".to_owned(), "kube-dns".to_owned())].into(),
                carried: BTreeSet::new(),
            };
            for to in [servers, Peer::Addresses(vec![NODE_LOCAL_DNS.into()])] {
                let purpose = format!("{} -> names", workload.name);
                all.extend(["TCP", "UDP"].map(|protocol| {
                    let (from, to, purpose) = (here.clone(), to.clone(), purpose.clone());
                    Edge { from, to, port: 53, last_port: None, protocol, purpose }
                }));
            }
        }
        let guarded = plan.guard.is_some() && workload.guarded().next().is_some();
        if guarded || !workload.workload.kubernetes.is_empty() {
            let servers = Peer::Addresses(plan.resolved.api_server.clone());
            for port in [443, 6443] {
                open(&mut all, &here, &servers, (port, None), &format!("{} -> the Kubernetes API", workload.name));
            }
        }
        for endpoint in workload.endpoints.iter().filter(|endpoint| endpoint.people) {
            for people in &plan.resolved.people {
                let from = Peer::Others {
                    namespace: Some(people.namespace.clone()),
                    labels: people.pod_labels.clone(),
                    carried: BTreeSet::new(),
                };
                let purpose = format!("people -> {}/{}", workload.name, endpoint.name);
                open(&mut all, &from, &here, (endpoint.port, endpoint.last_port), &purpose);
            }
        }
    }
    all
}

fn open(all: &mut Vec<Edge>, from: &Peer, to: &Peer, (port, last_port): (u16, Option<u16>), purpose: &str) {
    let (from, to, purpose) = (from.clone(), to.clone(), purpose.to_owned());
    all.push(Edge { from, to, port, last_port, protocol: "TCP", purpose });
}

fn peer(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> Peer {
    let labels = selector(plan, workload);
    let nodes = if workload.workload.host_network { plan.resolved.nodes.clone() } else { Vec::new() };
    if workload.is_ours() {
        Peer::Ours { namespace: workload.home().to_owned(), labels, addresses: nodes }
    } else if !nodes.is_empty() {
        Peer::Addresses(nodes)
    } else if !workload.cidrs.is_empty() {
        Peer::Addresses(workload.cidrs.clone())
    } else {
        let carried = workload.workload.at.iter().flat_map(|at| &at.carries).cloned().collect();
        Peer::Others { namespace: workload.namespace.as_deref().map(str::to_owned), labels, carried }
    }
}
