//! Alerts, recording rules and dashboards: emitted only where each metric and label that they read has a producer in the plan.

mod dashboard;
mod pattern;
mod producers;
mod query;
mod rules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::catalog::component::{ConditionalFile, Content, Signal};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::Plan;

pub use producers::Producers;
pub use query::{Missing, check as check_query};

/// What a plan's content became.
#[derive(Debug, Default)]
pub struct Produced {
    /// PrometheusRules and the ConfigMaps of dashboards.
    pub objects: Vec<Object>,
    /// The names of those ConfigMaps, for the workload that shows them.
    pub dashboards: Vec<String>,
}

/// The content of all components of the plan, closed over what the plan produces: the series of its components, under the
/// `jobs` of its monitors.
pub fn content(plan: &Plan<'_>, jobs: BTreeSet<String>, faults: &mut Diagnostics) -> Produced {
    let mut producers = Producers::of(plan, jobs, faults);
    let mut produced = Produced::default();
    let is_collector = |workload: &&crate::plan::PlannedWorkload<'_>| {
        workload.workload.collects.as_ref().is_some_and(|collects| collects.signal == Signal::Metrics)
    };
    let collector = plan.workloads.iter().find(is_collector);
    let viewer = plan.workloads.iter().find(|workload| workload.workload.dashboards_path.is_some());
    if let Some(collector) = collector {
        let files = files(plan, faults, |content| &content.rules);
        let mut parsed = Vec::new();
        for (component, file, text) in files {
            match rules::parse(text) {
                Ok(groups) => parsed.push((component, file, groups)),
                Err(reason) => faults.push(Diagnostic::error(code::BAD_QUERY, format!("{component}/{file}: {reason}"))),
            }
        }
        // Recorded series are producers too, so rules are closed until nothing more falls away.
        rules::close(&mut parsed, &mut producers, faults);
        for (component, file, groups) in parsed {
            produced.objects.extend(rule_object(component, file, groups, collector.home()));
        }
    }
    if let (Some(viewer), true) = (viewer, collector.is_some()) {
        for (component, file, text) in files(plan, faults, |content| &content.dashboards) {
            match dashboard::close(text, &producers) {
                Ok(Some(dashboard)) => {
                    let object = dashboard_object(component, file, &dashboard, viewer.home());
                    produced.dashboards.push(object.id.name.clone());
                    produced.objects.push(object);
                }
                Ok(None) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_QUERY, format!("{component}/{file}: {reason}"))),
            }
        }
    }
    produced
}

/// The content files of the plan's components whose conditions hold: component, file, text.
fn files<'p>(
    plan: &'p Plan<'_>,
    faults: &mut Diagnostics,
    kind: impl Fn(&Content) -> &Vec<ConditionalFile>,
) -> Vec<(&'p str, &'p str, &'p str)> {
    let mut all = Vec::new();
    for chosen in &plan.resolved.components {
        for file in kind(&chosen.entry.component.content) {
            match file.when.as_ref().map_or(Ok(true), |when| when.holds(&plan.resolved.context)) {
                Ok(true) => {
                    all.push((&*chosen.entry.name, &*file.file, chosen.entry.text(&file.file).unwrap_or_default()));
                }
                Ok(false) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
            }
        }
    }
    all
}

fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn rule_object(component: &str, file: &str, groups: Vec<Value>, namespace: &str) -> Option<Object> {
    if groups.is_empty() {
        return None;
    }
    let topic = stem(file);
    let name = if topic == component { topic.to_owned() } else { format!("{component}-{topic}") };
    // Not through `json!`, which would copy every rule.
    let spec = Value::Object(Map::from_iter([("groups".to_owned(), Value::Array(groups))]));
    Some(object("monitoring.coreos.com/v1", "PrometheusRule", component, file, (namespace, name), ("spec", spec)))
}

fn dashboard_object(component: &str, file: &str, dashboard: &Value, namespace: &str) -> Object {
    let name = format!("dashboard-{}", stem(file));
    let mut data = Map::new();
    let text = serde_json::to_string_pretty(dashboard).unwrap_or_default();
    data.insert(format!("{}.json", stem(file)), format!("{text}\n").into());
    object("v1", "ConfigMap", component, file, (namespace, name), ("data", Value::Object(data)))
}

fn object(
    api_version: &str,
    kind: &str,
    component: &str,
    file: &str,
    (namespace, name): (&str, String),
    (key, value): (&str, Value),
) -> Object {
    let mut body = Map::new();
    body.insert("apiVersion".into(), api_version.into());
    body.insert("kind".into(), kind.into());
    body.insert("metadata".into(), json!({ "name": name, "namespace": namespace }));
    body.insert(key.into(), value);
    let id =
        ObjectId { api_version: api_version.into(), kind: kind.into(), namespace: Some(namespace.to_owned()), name };
    let origin = Origin::Template { file: format!("{component}/{file}").into() };
    Object { id, wave: Wave::Content, component: component.into(), body, origins: vec![(String::new(), origin)] }
}
