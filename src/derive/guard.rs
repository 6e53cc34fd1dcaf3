//! The guard: a sidecar in front of each endpoint that authenticates nobody, made by the component that declares itself the guard.

use serde_json::{Map, Value, json};

use super::access::GROUP;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::{Plan, WorkloadIndex};
use crate::render::Context;

/// The guards of one workload.
pub(super) struct Guards {
    /// Whose they are.
    pub(super) workload: WorkloadIndex,
    /// Their containers.
    pub(super) containers: Vec<Value>,
    /// Their configuration.
    pub(super) config: Object,
}

/// The volume of the guards' configuration.
pub(super) const VOLUME: &str = "guard";

/// The guards of every workload that needs one.
pub(super) fn guards(
    plan: &Plan<'_>,
    catalog: &Catalog,
    contexts: &[Context],
    faults: &mut Diagnostics,
) -> Vec<Guards> {
    let Some(chosen) = plan.guard else { return Vec::new() };
    let Some(guard) = &chosen.entry.component.guard else { return Vec::new() };
    let image = plan.resolved.image(chosen, &guard.image);
    let mut all = Vec::new();
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        let Some(context) = contexts.get(index.0) else { continue };
        let (mut containers, mut data) = (Vec::new(), Map::new());
        for endpoint in workload.guarded() {
            let file = format!("{}.yaml", endpoint.name);
            let context = context.with(json!({
                "guard": {
                    "image": image,
                    "endpoint": endpoint.name,
                    "port": endpoint.port,
                    "upstream": endpoint.upstream.map(|port| format!("http://127.0.0.1:{port}/")),
                    "paths": endpoint.paths,
                    "config": format!("/etc/skopos/guard/{file}"),
                    "user": guard.user,
                    "attributes": {
                        "group": GROUP,
                        "namespace": workload.home(),
                        "name": format!("{}-{}", workload.name, endpoint.name),
                    },
                }
            }));
            let container = chosen.entry.template(&guard.container).map(|template| template.evaluate(context.value()));
            match container {
                Some(Ok(container)) => containers.push(container),
                Some(Err(fault)) => faults.push(fault),
                None => faults.push(Diagnostic::error(code::BAD_COMPONENT, "the guard has no container template")),
            }
            match catalog.render(chosen.entry, &guard.config, context.value()) {
                Ok(text) => drop(data.insert(file, text.into())),
                Err(fault) => faults.push(fault),
            }
        }
        if !containers.is_empty() {
            let config = config(plan, index, Value::Object(data));
            all.push(Guards { workload: index, containers, config });
        }
    }
    all
}

fn config(plan: &Plan<'_>, index: WorkloadIndex, data: Value) -> Object {
    let workload = plan.workload(index);
    let name = format!("{}-guard", workload.name);
    let namespace = workload.home().to_owned();
    let body = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": namespace },
    });
    let mut body = crate::object::map(body);
    body.insert("data".into(), data);
    let origin = Origin::Derived { rule: "guard", from: format!("guarded endpoints of {}", workload.name) };
    let id = ObjectId { api_version: "v1".into(), kind: "ConfigMap".into(), namespace: Some(namespace), name };
    let component = workload.entry().name.clone();
    Object { id, wave: Wave::Config, component, body, rest: None, origins: vec![(String::new(), origin)] }
}
