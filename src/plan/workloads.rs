//! Which workloads a plan has: each chosen component's, once in the cluster or once in each instance, with their sizes decided.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Instance, PlannedWorkload, Resources, Storage};
use crate::catalog::component::{Endpoint, Scaling, Scope, Size, Workload};
use crate::catalog::expression::{Condition, Text};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::kubernetes::quantity::{Quantity, canonical};
use crate::resolve::{Chosen, Resolved, ResourceSettings, Settings};

/// All workloads, in the catalog's order.
pub(super) fn workloads<'a>(
    resolved: &'a Resolved<'a>,
    instances: &[Instance],
    agents: &Arc<str>,
    faults: &mut Diagnostics,
) -> Vec<PlannedWorkload<'a>> {
    let mut planner = Planner { resolved, faults };
    let mut all = Vec::new();
    for chosen in &resolved.components {
        for workload in &chosen.entry.component.workloads {
            if !planner.holds(workload.when.as_ref()) {
                continue;
            }
            let homes: Vec<(Option<usize>, Option<Arc<str>>)> = match chosen.entry.component.scope {
                Scope::Cluster => vec![(None, instances.first().map(|instance| instance.namespace.clone()))],
                Scope::Node => vec![(None, Some(agents.clone()))],
                Scope::Instance => {
                    let homes = instances.iter().enumerate();
                    homes.map(|(place, instance)| (Some(place), Some(instance.namespace.clone()))).collect()
                }
                Scope::Platform => vec![(None, planner.location(workload))],
            };
            all.extend(homes.into_iter().map(|(instance, home)| planner.workload(chosen, workload, instance, home)));
        }
    }
    all
}

/// What a profile sets, and the size's amounts for the rest. A request above its limit cannot be scheduled: where the profile
/// sets one of them, the other gives way.
fn resources(own: &ResourceSettings, size: &Size) -> Resources {
    let [cpu_request, cpu_limit] =
        amounts([own.cpu_request.as_ref(), own.cpu_limit.as_ref()], [&size.cpu[0], &size.cpu[1]]);
    let [memory_request, memory_limit] =
        amounts([own.memory_request.as_ref(), own.memory_limit.as_ref()], [&size.memory, &size.memory]);
    Resources { cpu_request, cpu_limit, memory_request, memory_limit }
}

/// A request and its limit.
fn amounts([request, limit]: [Option<&String>; 2], [least, most]: [&String; 2]) -> [String; 2] {
    let pair = [request.unwrap_or(least), limit.unwrap_or(most)];
    let above = |pair: [&String; 2]| match pair.map(|text| Quantity::parse(text)) {
        [Ok(request), Ok(limit)] => request > limit,
        _ => false,
    };
    let pair = match (request, limit) {
        (Some(request), None) if above(pair) => [request, request],
        (None, Some(limit)) if above(pair) => [limit, limit],
        _ => pair,
    };
    pair.map(|text| canonical(text))
}

struct Planner<'a, 'f> {
    resolved: &'a Resolved<'a>,
    faults: &'f mut Diagnostics,
}

impl<'a> Planner<'a, '_> {
    fn holds(&mut self, when: Option<&Condition>) -> bool {
        let held = when.map_or(Ok(true), |when| when.holds(&self.resolved.context));
        held.unwrap_or_else(|reason| {
            self.faults.push(Diagnostic::error(code::BAD_COMPONENT, reason));
            false
        })
    }

    fn text(&mut self, text: &Text) -> Option<minijinja::Value> {
        text.evaluate(&self.resolved.context)
            .map_err(|reason| self.faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)))
            .ok()
    }

    fn location(&mut self, workload: &Workload) -> Option<Arc<str>> {
        let namespace = workload.at.as_ref()?.namespace.as_ref()?;
        self.text(namespace).map(|value| value.to_string().into())
    }

    fn workload(
        &mut self,
        chosen: &'a Chosen<'a>,
        workload: &'a Workload,
        instance: Option<usize>,
        namespace: Option<Arc<str>>,
    ) -> PlannedWorkload<'a> {
        let component = &chosen.entry.name;
        let name = workload.name.as_ref().map_or_else(|| component.clone(), |own| format!("{component}-{own}").into());
        let endpoints: Vec<&'a Endpoint> =
            workload.endpoints.iter().filter(|endpoint| self.holds(endpoint.when.as_ref())).collect();
        let size = workload.sizes.as_ref().map(|sizes| self.resolved.size.of(sizes));
        let unset = Settings::default();
        let settings = if workload.auxiliary { &unset } else { &chosen.settings };
        let replicas = match workload.scaling {
            Scaling::Single | Scaling::PerNode => 1,
            _ => settings.replicas.unwrap_or_else(|| size.map_or(1, |size| size.replicas)),
        };
        let own = &settings.resources;
        let resources = size.map(|size| resources(own, size));
        let storage = size.and_then(|size| size.storage.as_ref()).map(|default| Storage {
            size: canonical(settings.storage_size.as_ref().unwrap_or(default)),
            class: settings.storage_class.clone().or_else(|| self.resolved.storage_class.clone()),
        });
        let at = workload.at.as_ref();
        let cidrs = at.and_then(|at| at.cidrs.as_ref()).and_then(|cidrs| self.text(cidrs));
        let cidrs =
            cidrs.and_then(|cidrs| cidrs.try_iter().ok().map(|list| list.map(|cidr| cidr.to_string()).collect()));
        PlannedWorkload {
            image: workload.image.as_ref().map(|key| self.resolved.image(chosen, key)),
            images: self.images(chosen, workload),
            retention: settings.retention.clone().or_else(|| workload.retention.clone()),
            chosen,
            workload,
            name,
            namespace,
            instance,
            replicas,
            resources,
            storage,
            endpoints,
            cidrs: cidrs.unwrap_or_default(),
        }
    }

    fn images(&self, chosen: &'a Chosen<'a>, workload: &'a Workload) -> IndexMap<&'a str, String> {
        workload.images.iter().map(|key| (key.as_str(), self.resolved.image(chosen, key))).collect()
    }
}
