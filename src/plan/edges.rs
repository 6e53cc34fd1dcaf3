//! Edges: each `uses` of a workload meets its endpoint, and collectors meet every endpoint that gives their signal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Edge, PlannedWorkload, WorkloadIndex};
use crate::catalog::component::{Endpoint, Signal, Use};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::resolve::Resolved;

/// What a collector of metrics may do at an endpoint: read it.
static READ: LazyLock<Value> = LazyLock::new(|| json!(["get"]));

/// Workloads by the name that `uses` call them, for each instance.
type Index<'i> = BTreeMap<(Option<usize>, &'i str), WorkloadIndex>;

/// All edges, ordered by caller.
pub(super) fn edges<'a>(
    resolved: &'a Resolved<'a>,
    workloads: &[PlannedWorkload<'a>],
    faults: &mut Diagnostics,
) -> Vec<Edge<'a>> {
    let index: Index<'_> = workloads
        .iter()
        .enumerate()
        .map(|(place, workload)| ((workload.instance, &*workload.name), WorkloadIndex(place)))
        .collect();
    let mut edges = Vec::new();
    for (place, workload) in workloads.iter().enumerate() {
        let from = WorkloadIndex(place);
        for used in &workload.workload.uses {
            match wanted(resolved, workload, used) {
                Ok(Some(ports)) => match connect(from, used, workloads, &index) {
                    Some(edge) => edges.push(Edge { ports, ..edge }),
                    None if used.optional => {}
                    None => faults.push(missing(workload, used)),
                },
                Ok(None) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
            }
        }
        if workload.workload.collects.as_ref().is_some_and(|collects| collects.signal == Signal::Metrics) {
            collect(from, workload, workloads, &mut edges);
        }
    }
    edges
}

/// The ports that a use names, none where it means all of the endpoint's; nothing where the use is not made.
fn wanted(resolved: &Resolved<'_>, workload: &PlannedWorkload<'_>, used: &Use) -> Result<Option<Vec<u16>>, String> {
    if !used.when.as_ref().map_or(Ok(true), |when| when.holds(&resolved.context))? {
        return Ok(None);
    }
    let Some(ports) = &used.ports else { return Ok(Some(Vec::new())) };
    let value = ports.evaluate(&resolved.context_of(workload.chosen))?;
    let fault = || format!("{}: the ports of `{}` are no list of ports: {value}", workload.name, used.name);
    let ports: BTreeSet<u16> = BTreeSet::deserialize(value.clone()).map_err(|_| fault())?;
    Ok((!ports.is_empty()).then(|| ports.into_iter().collect()))
}

/// The edge of a use, where its peer is in the plan: of the same instance first, then of the cluster.
fn connect<'a>(
    from: WorkloadIndex,
    used: &'a Use,
    workloads: &[PlannedWorkload<'a>],
    index: &Index<'_>,
) -> Option<Edge<'a>> {
    let (server, endpoint) = used.endpoint.split_once('/')?;
    let instance = workloads.get(from.0)?.instance;
    let instances = if instance.is_some() { [instance, None] } else { [None, Some(0)] };
    let to = instances.into_iter().find_map(|instance| index.get(&(instance, server)).copied())?;
    let endpoint = workloads.get(to.0)?.endpoints.iter().copied().find(|own| own.name == endpoint)?;
    let (role, credentials) = (used.role.as_ref(), used.credentials.as_ref());
    Some(Edge { from, to, endpoint, ports: Vec::new(), name: &used.name, role, credentials })
}

fn missing(caller: &PlannedWorkload<'_>, used: &Use) -> Diagnostic {
    let server = used.endpoint.split('/').next().unwrap_or_default();
    let message = format!("{} cannot do without {}, which is not in the plan", caller.name, used.endpoint);
    let help = format!("Enable `{server}`, or disable `{}` too.", caller.entry().name);
    Diagnostic::error(code::MISSING_PEER, message).help(help)
}

/// A collector reads every endpoint that gives metrics, its own too.
fn collect<'a>(
    from: WorkloadIndex,
    collector: &PlannedWorkload<'a>,
    workloads: &[PlannedWorkload<'a>],
    edges: &mut Vec<Edge<'a>>,
) {
    for (place, workload) in workloads.iter().enumerate() {
        if workload.instance.is_some() && workload.instance != collector.instance {
            continue;
        }
        let giving = |endpoint: &&&'a Endpoint| endpoint.metrics.is_some();
        for endpoint in workload.endpoints.iter().filter(giving) {
            let to = WorkloadIndex(place);
            edges.push(Edge { from, to, endpoint, ports: Vec::new(), name: "", role: Some(&READ), credentials: None });
        }
    }
}
