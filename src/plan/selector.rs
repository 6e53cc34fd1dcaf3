//! What selects a workload's pods.

use std::collections::BTreeMap;

use super::{Plan, PlannedWorkload};

/// The labels that select a workload's pods, ours or an operator's.
#[must_use]
pub fn selector(plan: &Plan<'_>, workload: &PlannedWorkload<'_>) -> BTreeMap<String, String> {
    if let Some(pods) = &workload.workload.pods {
        let context = minijinja::context! { name => &*workload.name, ..plan.resolved.context.clone() };
        let labels = pods.labels.iter();
        return labels.filter_map(|(key, text)| Some((key.clone(), text.string(&context).ok()?))).collect();
    }
    if let Some(at) = &workload.workload.at {
        return at.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    }
    let component = ("app.kubernetes.io/component".to_owned(), workload.name.to_string());
    let name = ("app.kubernetes.io/name".to_owned(), workload.entry().name.to_string());
    [component, name].into()
}
