//! Network policies: for each workload exactly the plan's edges, at both ends; everything else stays closed.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::labels::metadata;
use super::object;
use crate::object::{Object, Wave};
use crate::plan::{Edge, Plan, PlannedWorkload, WorkloadIndex, selector};

/// The label that Kubernetes itself puts on each namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Where the node-local DNS cache listens on clusters that have it: an address that never leaves the node.
const NODE_LOCAL_DNS: &str = "169.254.20.10/32";

/// One policy for each workload of ours.
pub(super) fn policies(plan: &Plan<'_>) -> Vec<Object> {
    let ours = plan.indexed().filter(|(_, workload)| workload.is_ours());
    ours.map(|(index, workload)| policy(plan, index, workload)).collect()
}

fn policy(plan: &Plan<'_>, index: WorkloadIndex, workload: &PlannedWorkload<'_>) -> Object {
    let typed = NetworkPolicy {
        metadata: metadata(workload, workload.name.to_string()),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector {
                match_labels: Some(selector(plan, workload)),
                ..LabelSelector::default()
            }),
            policy_types: Some(vec!["Ingress".into(), "Egress".into()]),
            ingress: some(ingress(plan, index, workload)),
            egress: some(egress(plan, index, workload)),
        }),
    };
    object(&typed, Wave::Access, &workload.entry().name, "network-policy", format!("edges of {}", workload.name))
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// Callers by port: one rule for each endpoint.
fn ingress(plan: &Plan<'_>, index: WorkloadIndex, workload: &PlannedWorkload<'_>) -> Vec<NetworkPolicyIngressRule> {
    let mut rules = Vec::new();
    for endpoint in &workload.endpoints {
        let (mut from, mut open) = (Vec::new(), Vec::new());
        for edge in plan.edges_to(index).filter(|edge| std::ptr::eq(edge.endpoint, *endpoint)) {
            add(&mut from, peers(plan, workload, plan.workload(edge.from)));
            add(&mut open, called(edge));
        }
        if endpoint.people {
            add(&mut from, people(plan));
            add(&mut open, vec![range(endpoint.port, endpoint.last_port)]);
        }
        if !from.is_empty() {
            rules.push(NetworkPolicyIngressRule { from: Some(from), ports: Some(open) });
        }
    }
    rules
}

/// Servers by port, then the API server and name resolution where they are needed.
fn egress(plan: &Plan<'_>, index: WorkloadIndex, workload: &PlannedWorkload<'_>) -> Vec<NetworkPolicyEgressRule> {
    let mut rules: Vec<NetworkPolicyEgressRule> = Vec::new();
    let mut names = false;
    for edge in plan.edges_from(index) {
        let server = plan.workload(edge.to);
        names |= server.cidrs.is_empty();
        let (to, ports) = (peers(plan, workload, server), called(edge));
        match rules.iter_mut().find(|rule| rule.to.as_ref() == Some(&to)) {
            Some(rule) => add(rule.ports.get_or_insert_default(), ports),
            None => rules.push(NetworkPolicyEgressRule { to: Some(to), ports: Some(ports) }),
        }
    }
    if needs_api(plan, workload) {
        let to = plan.resolved.api_server.iter().map(|cidr| block(cidr)).collect();
        rules.push(NetworkPolicyEgressRule { to: Some(to), ports: Some(vec![port(443, "TCP"), port(6443, "TCP")]) });
    }
    if names {
        let dns = [("k8s-app".to_owned(), "kube-dns".to_owned())].into();
        let servers = in_namespace("kube-system", with_labels(dns));
        let to = vec![servers, block(NODE_LOCAL_DNS)];
        rules.push(NetworkPolicyEgressRule { to: Some(to), ports: Some(vec![port(53, "UDP"), port(53, "TCP")]) });
    }
    rules
}

/// Whether a workload talks to the Kubernetes API: for itself, or for its guard.
pub(super) fn needs_api(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> bool {
    !workload.workload.kubernetes.is_empty() || (plan.guard.is_some() && workload.guarded().next().is_some())
}

fn add<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Where another workload's pods are, seen from a workload.
fn peers(plan: &Plan<'_>, here: &PlannedWorkload<'_>, there: &PlannedWorkload<'_>) -> Vec<NetworkPolicyPeer> {
    if there.workload.host_network {
        return plan.resolved.nodes.iter().map(|cidr| block(cidr)).collect();
    }
    if !there.cidrs.is_empty() {
        return there.cidrs.iter().map(|cidr| block(cidr)).collect();
    }
    let pods = pods(plan, there);
    match &there.namespace {
        Some(namespace) if here.namespace.as_ref() == Some(namespace) => {
            vec![NetworkPolicyPeer { pod_selector: Some(pods.unwrap_or_default()), ..NetworkPolicyPeer::default() }]
        }
        Some(namespace) => vec![in_namespace(namespace, pods)],
        None => vec![NetworkPolicyPeer {
            namespace_selector: Some(LabelSelector::default()),
            pod_selector: pods,
            ip_block: None,
        }],
    }
}

/// What selects another workload's pods in their namespace; nothing where all are meant.
fn pods(plan: &Plan<'_>, there: &PlannedWorkload<'_>) -> Option<LabelSelector> {
    let exists = |key: &String| LabelSelectorRequirement {
        key: key.clone(),
        operator: "Exists".into(),
        ..LabelSelectorRequirement::default()
    };
    let carried: Vec<_> = there.workload.at.iter().flat_map(|at| &at.carries).map(exists).collect();
    match with_labels(selector(plan, there)) {
        None if carried.is_empty() => None,
        equal => Some(LabelSelector { match_expressions: some(carried), ..equal.unwrap_or_default() }),
    }
}

fn with_labels(labels: BTreeMap<String, String>) -> Option<LabelSelector> {
    (!labels.is_empty()).then(|| LabelSelector { match_labels: Some(labels), ..LabelSelector::default() })
}

fn in_namespace(namespace: &str, pods: Option<LabelSelector>) -> NetworkPolicyPeer {
    let name = [(NAMESPACE_NAME.to_owned(), namespace.to_owned())].into();
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector { match_labels: Some(name), ..LabelSelector::default() }),
        pod_selector: pods,
        ip_block: None,
    }
}

fn people(plan: &Plan<'_>) -> Vec<NetworkPolicyPeer> {
    let from = plan.resolved.people.iter();
    from.map(|from| in_namespace(&from.namespace, with_labels(from.pod_labels.clone()))).collect()
}

fn block(cidr: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer { ip_block: Some(IPBlock { cidr: cidr.into(), except: None }), ..NetworkPolicyPeer::default() }
}

/// The ports of an endpoint that an edge calls.
fn called(edge: &Edge<'_>) -> Vec<NetworkPolicyPort> {
    edge.ports().into_iter().map(|(first, last)| range(first, last)).collect()
}

fn range(first: u16, last: Option<u16>) -> NetworkPolicyPort {
    NetworkPolicyPort { end_port: last.map(i32::from), ..port(first, "TCP") }
}

fn port(number: u16, protocol: &str) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(i32::from(number))),
        protocol: Some(protocol.into()),
        end_port: None,
    }
}
