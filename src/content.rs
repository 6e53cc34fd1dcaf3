//! Alerts, recording rules and dashboards: emitted only where each metric and label that they read has a producer in the plan.

mod dashboard;
mod labels;
mod producers;
mod rules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::catalog::Entry;
use crate::catalog::component::{ConditionalFile, Content, Signal};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::Plan;

use producers::Producers;

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
        let files: Vec<_> = files(plan, faults, |content| &content.rules)
            .filter_map(|(entry, file)| Some((&*entry.name, file, entry.rules(file)?)))
            .collect();
        // Recorded series are producers too, so rules are closed until nothing more falls away.
        let closed = rules::close(&files, &mut producers, faults);
        for ((component, file, _), groups) in files.into_iter().zip(closed) {
            produced.objects.extend(rule_object(component, file, groups, collector.home()));
        }
    }
    if let (Some(viewer), true) = (viewer, collector.is_some()) {
        for (entry, file) in files(plan, faults, |content| &content.dashboards) {
            let (component, Some(board)) = (&*entry.name, entry.dashboard(file)) else { continue };
            match dashboard::close(board, &producers) {
                Ok(Some(text)) => {
                    let object = dashboard_object(component, file, text, viewer.home());
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

/// The content files of the plan's components whose conditions hold.
fn files<'p>(
    plan: &'p Plan<'_>,
    faults: &mut Diagnostics,
    kind: impl Fn(&Content) -> &Vec<ConditionalFile>,
) -> std::vec::IntoIter<(&'p Entry, &'p str)> {
    let mut all = Vec::new();
    for chosen in &plan.resolved.components {
        for file in kind(&chosen.entry.component.content) {
            match file.when.as_ref().map_or(Ok(true), |when| when.holds(&plan.resolved.context)) {
                Ok(true) => all.push((chosen.entry, &*file.file)),
                Ok(false) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
            }
        }
    }
    all.into_iter()
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

fn dashboard_object(component: &str, file: &str, text: String, namespace: &str) -> Object {
    let name = format!("dashboard-{}", stem(file));
    let data = Map::from_iter([(format!("{}.json", stem(file)), text.into())]);
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
    let from = format!("{component}/{file}");
    let written = Origin::Template { file: from.as_str().into(), at: String::new() };
    let origins = vec![(String::new(), Origin::Derived { rule: "content", from }), (format!("/{key}"), written)];
    Object { id, wave: Wave::Content, component: component.into(), body, rest: None, origins }
}
