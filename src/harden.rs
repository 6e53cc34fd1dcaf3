//! Adds the baseline to every pod; only a declared exception relaxes it.

mod step;

use serde_json::{Map, Value};

use crate::object::{Derived, Hardened, Manifest, Object, Origin};
use crate::plan::{Plan, PlannedWorkload, selector};

/// A pod, wherever its object keeps it, with the workload that it belongs to.
struct Pod<'o, 'p> {
    /// The pod's specification, or the resource's that an operator makes pods from.
    spec: &'o mut Map<String, Value>,
    /// Its workload.
    workload: &'p PlannedWorkload<'p>,
    /// Labels that select its siblings.
    selector: &'p Value,
}

impl Pod<'_, '_> {
    /// Whether the workload declares that it cannot keep a rule.
    fn excepts(&self, rule: &str) -> bool {
        self.workload.workload.exceptions.iter().any(|exception| exception.rule == rule)
    }

    /// Each container that stands in the object.
    fn containers(&mut self) -> impl Iterator<Item = &mut Map<String, Value>> {
        let lists = self.spec.iter_mut().filter(|(key, _)| *key == "containers" || *key == "initContainers");
        lists.filter_map(|(_, list)| list.as_array_mut()).flatten().filter_map(Value::as_object_mut)
    }
}

/// Hardens every pod of ours.
///
/// Guarantees: each pod keeps each rule of the baseline but for the exceptions that its component declares.
#[must_use]
pub fn harden(manifest: Manifest<Derived>, plan: &Plan<'_>) -> Manifest<Hardened> {
    let mut objects = manifest.into_objects();
    for object in &mut objects {
        let workload = plan.workloads.iter().find(|workload| is_of(object, workload));
        if let Some(workload) = workload {
            let labels = serde_json::json!(selector(plan, workload));
            pod(object, workload, &labels);
        }
    }
    Manifest::vouch(objects)
}

/// Whether an object is the pod-bearing object of a workload.
fn is_of(object: &Object, workload: &PlannedWorkload<'_>) -> bool {
    let same = object.id.name == *workload.name && object.id.namespace.as_deref() == workload.namespace.as_deref();
    let template = workload.workload.template.as_deref();
    same && object.origins.iter().any(|(pointer, origin)| match origin {
        Origin::Template { file, .. } => pointer.is_empty() && file.split_once('/').map(|(_, rest)| rest) == template,
        _ => false,
    })
}

fn pod(object: &mut Object, workload: &PlannedWorkload<'_>, selector: &Value) {
    let operator = workload.has_operator_pods();
    let prefix = if operator { "/spec" } else { "/spec/template/spec" };
    let spec = object.body.get_mut("spec").and_then(Value::as_object_mut);
    let spec =
        if operator { spec } else { spec.and_then(|spec| spec.get_mut("template")?.get_mut("spec")?.as_object_mut()) };
    let Some(spec) = spec else { return };
    let mut pod = Pod { spec, workload, selector };
    for (step, apply) in step::ALL {
        for field in apply(&mut pod) {
            object.origins.push((format!("{prefix}/{field}"), Origin::Hardened { step }));
        }
    }
}
