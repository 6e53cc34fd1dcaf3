//! Services: one for a workload's endpoints, and a headless one where its members talk to each other.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::labels::metadata;
use super::object;
use crate::catalog::component::{Endpoint, Layer, Scaling};
use crate::object::{Object, Wave};
use crate::plan::{Plan, PlannedWorkload, selector};

/// The Services of all workloads of ours.
pub(super) fn services(plan: &Plan<'_>) -> Vec<Object> {
    let ours = plan.workloads.iter().filter(|workload| workload.is_ours());
    ours.flat_map(|workload| [serving(plan, workload), peers(plan, workload)]).flatten().collect()
}

/// The wave that a workload and its Services are applied in.
pub(super) fn wave(workload: &PlannedWorkload<'_>) -> Wave {
    match workload.workload.layer {
        Layer::Backend => Wave::Backends,
        Layer::Collector => Wave::Collection,
    }
}

fn serving(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> Option<Object> {
    let endpoints = workload
        .endpoints
        .iter()
        .filter(|endpoint| !endpoint.peers && !endpoint.probe_only && endpoint.service.is_none());
    let ports: Vec<_> = endpoints.map(|endpoint| port(endpoint)).collect();
    // The pods of a node agent are only ever reached one by one.
    let headless = workload.workload.scaling == Scaling::PerNode;
    let spec = ServiceSpec {
        cluster_ip: headless.then(|| "None".into()),
        type_: Some("ClusterIP".into()),
        ..spec(plan, workload, ports)?
    };
    let typed = Service { metadata: metadata(workload, workload.name.to_string()), spec: Some(spec), status: None };
    Some(object(&typed, wave(workload), &workload.entry().name, "service", format!("{} endpoints", workload.name)))
}

fn peers(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> Option<Object> {
    let endpoints = workload.endpoints.iter().filter(|endpoint| endpoint.peers && endpoint.service.is_none());
    let spec = ServiceSpec {
        cluster_ip: Some("None".into()),
        // Members find each other before they are ready; readiness waits for that.
        publish_not_ready_addresses: Some(true),
        ..spec(plan, workload, endpoints.map(|endpoint| port(endpoint)).collect())?
    };
    let typed = Service { metadata: metadata(workload, workload.peers_service()), spec: Some(spec), status: None };
    Some(object(&typed, wave(workload), &workload.entry().name, "service", format!("{} peers", workload.name)))
}

fn spec(plan: &Plan<'_>, workload: &PlannedWorkload<'_>, ports: Vec<ServicePort>) -> Option<ServiceSpec> {
    let selector = Some(selector(plan, workload));
    (!ports.is_empty()).then(|| ServiceSpec { ports: Some(ports), selector, ..ServiceSpec::default() })
}

/// Its target is a number: pods that an operator makes name their ports as it likes.
fn port(endpoint: &Endpoint) -> ServicePort {
    ServicePort {
        name: Some(endpoint.name.clone()),
        port: i32::from(endpoint.port),
        target_port: Some(IntOrString::Int(i32::from(endpoint.port))),
        protocol: Some("TCP".into()),
        ..ServicePort::default()
    }
}
