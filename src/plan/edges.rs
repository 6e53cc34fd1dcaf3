//! Edges: each `uses` of a workload meets its endpoint, and collectors meet every endpoint that gives their signal.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
            match used.when.as_ref().map_or(Ok(true), |when| when.holds(&resolved.context)) {
                Ok(true) => connect(from, workload, used, workloads, &index, &mut edges, faults),
                Ok(false) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
            }
        }
        if workload.workload.collects.as_ref().is_some_and(|collects| collects.signal == Signal::Metrics) {
            collect(from, workload, workloads, &mut edges);
        }
    }
    edges
}

fn connect<'a>(
    from: WorkloadIndex,
    caller: &PlannedWorkload<'a>,
    used: &'a Use,
    workloads: &[PlannedWorkload<'a>],
    index: &Index<'_>,
    edges: &mut Vec<Edge<'a>>,
    faults: &mut Diagnostics,
) {
    let (server, endpoint) = used.endpoint.split_once('/').unwrap_or((&used.endpoint, ""));
    let instances = if caller.instance.is_some() { vec![caller.instance, None] } else { vec![None, Some(0)] };
    let to = instances.into_iter().find_map(|instance| index.get(&(instance, server)).copied());
    let found = to.and_then(|to| {
        let endpoints = &workloads.get(to.0)?.endpoints;
        endpoints.iter().copied().find(|candidate| candidate.name == endpoint).map(|endpoint| (to, endpoint))
    });
    match found {
        Some((to, endpoint)) => edges.push(Edge {
            from,
            to,
            endpoint,
            name: &used.name,
            role: used.role.as_ref(),
            credentials: used.credentials.as_ref(),
        }),
        None if used.optional => {}
        None => faults.push(
            Diagnostic::error(
                code::MISSING_PEER,
                format!("{} cannot do without {}, which is not in the plan", caller.name, used.endpoint),
            )
            .help(format!("Enable `{server}`, or disable `{}` too.", caller.entry().name)),
        ),
    }
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
            edges.push(Edge { from, to, endpoint, name: "", role: Some(&READ), credentials: None });
        }
    }
}
