//! Labels: what every object carries.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Map, Value};

use crate::object::{Object, Origin};
use crate::plan::PlannedWorkload;
use crate::pointer::escape;

/// The labels of what belongs to no single component.
pub(super) fn shared() -> BTreeMap<String, String> {
    [("app.kubernetes.io/managed-by", "skopos"), ("app.kubernetes.io/part-of", "skopos")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// The labels of an object of a component. No version is among them: labels of selectors may never change.
fn of_component(component: &str) -> [(&'static str, String); 3] {
    [
        ("app.kubernetes.io/name", component.to_owned()),
        ("app.kubernetes.io/part-of", "skopos".into()),
        ("app.kubernetes.io/managed-by", "skopos".into()),
    ]
}

/// The metadata of an object that is derived for a workload.
pub(super) fn metadata(workload: &PlannedWorkload<'_>, name: String) -> ObjectMeta {
    let mut labels: BTreeMap<String, String> =
        of_component(&workload.entry().name).into_iter().map(|(key, value)| (key.into(), value)).collect();
    labels.insert("app.kubernetes.io/component".into(), workload.name.to_string());
    let namespace = Some(workload.home().to_owned());
    ObjectMeta { name: Some(name), namespace, labels: Some(labels), ..ObjectMeta::default() }
}

/// Adds the common labels to an object that came from a template; its own win.
pub(super) fn add(object: &mut Object, workload: Option<&PlannedWorkload<'_>>) {
    let Some(Value::Object(metadata)) = object.body.get_mut("metadata") else { return };
    let mut labels: Map<String, Value> =
        of_component(&object.component).into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    if let Some(workload) = workload {
        labels.insert("app.kubernetes.io/component".into(), (&*workload.name).into());
    }
    let own = match metadata.shift_remove("labels") {
        Some(Value::Object(own)) => own,
        _ => Map::new(),
    };
    for key in labels.keys().filter(|key| !own.contains_key(*key)) {
        let from = object.component.to_string();
        object.origins.push((format!("/metadata/labels/{}", escape(key)), Origin::Derived { rule: "labels", from }));
    }
    labels.extend(own);
    let place = metadata.keys().take_while(|key| *key == "name" || *key == "namespace").count();
    metadata.shift_insert(place, "labels".into(), Value::Object(labels));
}
