//! Adds all that the plan implies: services, identities, network policies, budgets, monitors, and each pod's volumes and ports.

mod access;
mod availability;
mod certificate;
mod guard;
mod labels;
mod monitor;
mod namespace;
mod network;
mod pod;
mod priority;
mod service;
mod volume;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Catalog;
use crate::content;
use crate::diagnostic::{Diagnostics, Warned};
use crate::interface::{Definition, definitions_of};
use crate::object::{Derived, Manifest, Object, ObjectId, Origin, Wave};
use crate::plan::Plan;
use crate::render::{Rendered, is_cluster_scoped};

/// Completes what templates gave.
///
/// # Errors
/// A guard template that fails, and content that reads what nothing produces.
pub fn derive(
    rendered: Rendered,
    plan: &Plan<'_>,
    catalog: &Catalog,
) -> Result<Warned<Manifest<Derived>>, Diagnostics> {
    let mut faults = Diagnostics::default();
    let Rendered { workloads, configs, objects, contexts, notes: _ } = rendered;
    let mut all = namespace::namespaces(plan);
    all.extend(definitions(plan));
    all.extend(access::access(plan, &contexts, &mut faults));
    all.extend(service::services(plan));
    all.extend(network::policies(plan));
    all.extend(availability::budgets(plan));
    all.extend(priority::classes(plan));
    all.extend(certificate::certificates(plan));
    all.extend(monitor::monitors(plan));
    let guards = guard::guards(plan, catalog, &contexts, &mut faults);
    let content = content::content(plan, jobs(&all, &objects), &mut faults);
    for (index, mut object) in workloads {
        let parts = pod::Parts { plan, index, configs: &configs, guards: &guards, content: &content };
        pod::complete(&mut object, &parts, contexts.get(index.0), &mut faults);
        labels::add(&mut object, Some(plan.workload(index)));
        all.push(object);
    }
    let configs = configs.into_iter().map(|config| (config.workload, config.object));
    for (index, mut object) in configs.chain(guards.into_iter().map(|guard| (guard.workload, guard.config))) {
        labels::add(&mut object, Some(plan.workload(index)));
        all.push(object);
    }
    for mut object in objects.into_iter().chain(content.objects) {
        labels::add(&mut object, None);
        all.push(object);
    }
    faults.or(Manifest::vouch(all))
}

/// The jobs of all monitors: what they write into the label `job` of their targets.
fn jobs(derived: &[Object], rendered: &[Object]) -> BTreeSet<String> {
    let monitors = derived.iter().chain(rendered).filter(|object| object.id.kind.ends_with("Monitor"));
    let endpoints = monitors.flat_map(|monitor| {
        let spec = monitor.body.get("spec");
        let lists = ["endpoints", "podMetricsEndpoints"].map(|key| spec.and_then(|spec| spec.get(key)?.as_array()));
        lists.into_iter().flatten().flatten()
    });
    let relabelings = endpoints.filter_map(|endpoint| endpoint.get("relabelings")?.as_array()).flatten();
    let of_job = relabelings.filter(|relabeling| relabeling.get("targetLabel").is_some_and(|label| label == "job"));
    of_job.filter_map(|relabeling| Some(relabeling.get("replacement")?.as_str()?.to_owned())).collect()
}

/// The resource definitions that components of the plan bring.
fn definitions(plan: &Plan<'_>) -> Vec<Object> {
    let mut all = Vec::new();
    for chosen in plan.resolved.components.iter().filter(|_| plan.resolved.definitions_included) {
        for source in &chosen.entry.component.definitions {
            all.extend(definitions_of(source).into_iter().map(|Definition { head, rest }| {
                let rule = "custom-resource-definition";
                let object = made(Value::Object(head), Wave::Crds, &chosen.entry.name, rule, source.clone());
                Object { rest: Some(rest), ..object }
            }));
        }
    }
    all
}

/// An object made of a typed value, with the rule that made it.
fn object<T: Serialize>(typed: &T, wave: Wave, component: &str, rule: &'static str, from: String) -> Object {
    made(serde_json::to_value(typed).unwrap_or_default(), wave, component, rule, from)
}

/// An object that is already a value.
fn made(body: Value, wave: Wave, component: &str, rule: &'static str, from: String) -> Object {
    let mut body = crate::object::map(body);
    // A name is read before labels.
    if let Some(Value::Object(metadata)) = body.get_mut("metadata")
        && let Some(labels) = metadata.shift_remove("labels")
    {
        metadata.insert("labels".into(), labels);
    }
    let own = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let metadata = |key: &str| body.get("metadata").and_then(|metadata| metadata.get(key)?.as_str()).map(str::to_owned);
    let kind = own("kind").unwrap_or_default();
    let id = ObjectId {
        api_version: own("apiVersion").unwrap_or_default(),
        namespace: if is_cluster_scoped(&kind) { None } else { metadata("namespace") },
        kind,
        name: metadata("name").unwrap_or_default(),
    };
    let origins = vec![(String::new(), Origin::Derived { rule, from })];
    Object { id, wave, component: component.into(), body, rest: None, origins }
}
