//! The definitions that the interface tables give are upstream's, but for descriptions and ordering.
//!
//! Upstream's definitions come from Go modules, so that these tests need the `go` command. They fail without it.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads upstream's files")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use skopos::interface::Interfaces;

const OPERATOR: &str = "github.com/prometheus-operator/prometheus-operator@v0.93.1";

/// The largest definition that client-side apply can take, as compact JSON.
const LIMIT: usize = 262_144;

#[test]
fn prometheus_operator_is_upstreams() {
    let kinds = compare("prometheus-operator", OPERATOR, "example/prometheus-operator-crd");
    assert_eq!(
        kinds,
        [
            "Alertmanager",
            "AlertmanagerConfig",
            "PodMonitor",
            "Probe",
            "Prometheus",
            "PrometheusAgent",
            "PrometheusRule",
            "ScrapeConfig",
            "ServiceMonitor",
            "ThanosRuler",
        ]
    );
}

#[test]
fn istio_is_upstreams() {
    assert_eq!(compare("istio", "istio.io/api@v1.31.1", "kubernetes"), ["DestinationRule", "Telemetry"]);
}

#[test]
fn cert_manager_is_upstreams() {
    let kinds = compare("cert-manager", "github.com/cert-manager/cert-manager@v1.21.2", "deploy/crds");
    assert_eq!(kinds, ["Certificate", "ClusterIssuer", "Issuer"]);
}

#[test]
fn tables_say_where_they_come_from() {
    let sources: Vec<_> =
        Interfaces::builtin().tables().map(|it| format!("{} {} {}", it.source, it.version, it.module)).collect();
    assert_eq!(
        sources,
        [
            "cert-manager 1.21.2 github.com/cert-manager/cert-manager@v1.21.2",
            "istio 1.31.1 istio.io/api@v1.31.1",
            "prometheus-operator 0.93.1 github.com/prometheus-operator/prometheus-operator@v0.93.1",
        ]
    );
}

/// The check is not too strict: of the resources that upstream publishes to be copied, only fragments do not pass.
#[test]
fn resources_that_upstream_publishes_are_right() {
    let folder = go_module(OPERATOR).join("example");
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in yaml_files(&folder) {
        for object in documents(&path) {
            let api_version = object["apiVersion"].as_str().unwrap_or_default();
            let kind = object["kind"].as_str().unwrap_or_default();
            let Some(interface) = Interfaces::builtin().get(api_version, kind) else { continue };
            checked += 1;
            let violations = interface.check(&object);
            wrong.extend(violations.iter().map(|it| format!("{kind}{}: {}", it.pointer, it.message)));
        }
    }
    wrong.sort();
    assert_eq!(checked, 29);
    assert_eq!(
        wrong,
        [
            "PodMonitor/spec: misses the required field `selector`",
            "PodMonitor: misses the required field `metadata`",
            "Prometheus: misses the required field `metadata`",
            "ServiceMonitor/spec: misses the required field `selector`",
        ]
    );
}

/// Compares every definition of a source with the one in a folder of a Go module, and gives the kinds.
fn compare(source: &str, module: &str, folder: &str) -> Vec<String> {
    let upstream = definitions(&go_module(module).join(folder));
    let mut kinds = Vec::new();
    for ours in Interfaces::builtin().crds_of(source) {
        let name = ours["metadata"]["name"].as_str().unwrap().to_owned();
        let mut theirs = upstream.get(&name).unwrap_or_else(|| panic!("upstream has no {name}")).clone();
        theirs.as_object_mut().unwrap().shift_remove("status");
        without_descriptions(&mut theirs);
        let mut sorted = ours.clone();
        sort_required(&mut sorted);
        sort_required(&mut theirs);
        if let Some(pointer) = difference(&sorted, &theirs, "") {
            panic!(
                "{name} differs at {pointer}:\n{:?}\nupstream:\n{:?}",
                sorted.pointer(&pointer),
                theirs.pointer(&pointer)
            );
        }
        assert_eq!(sorted, theirs, "{name}");
        let size = ours.to_string().len();
        assert!(size <= LIMIT, "{name} has {size} bytes");
        kinds.push(ours["spec"]["names"]["kind"].as_str().unwrap().to_owned());
    }
    kinds
}

/// The folder of a Go module, which `go` downloads where it is not there yet.
fn go_module(module: &str) -> PathBuf {
    let output = Command::new("go")
        .args(["mod", "download", "-json", module])
        .current_dir(std::env::temp_dir())
        .output()
        .expect("these tests need the `go` command");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("go answers in JSON");
    let folder = answer["Dir"].as_str().unwrap_or_else(|| panic!("go cannot download {module}: {answer}"));
    PathBuf::from(folder)
}

/// The definitions in the YAML files of a folder, by name.
fn definitions(folder: &Path) -> BTreeMap<String, Value> {
    let documents = yaml_files(folder).into_iter().flat_map(|path| documents(&path));
    documents
        .filter(|it| it["kind"] == "CustomResourceDefinition")
        .map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), it))
        .collect()
}

/// The YAML files below a folder.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { yaml_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|it| it == "yaml"))
        .collect()
}

/// The documents of a YAML file.
fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Removes descriptions, but not fields that have this name.
fn without_descriptions(definition: &mut Value) {
    for version in definition["spec"]["versions"].as_array_mut().unwrap() {
        for column in version.get_mut("additionalPrinterColumns").and_then(Value::as_array_mut).into_iter().flatten() {
            column.as_object_mut().unwrap().shift_remove("description");
        }
        schema_without_descriptions(&mut version["schema"]["openAPIV3Schema"]);
    }
}

fn schema_without_descriptions(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.shift_remove("description");
    for contained in ["items", "additionalProperties"] {
        schema.get_mut(contained).into_iter().for_each(schema_without_descriptions);
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(|it| it.values_mut()).for_each(schema_without_descriptions);
}

/// Puts lists of required fields in order: theirs says nothing.
fn sort_required(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_required),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Array(names) if name == "required" => names.sort_by_key(ToString::to_string),
                    _ => sort_required(field),
                }
            }
        }
        _ => {}
    }
}

/// The pointer of the first value in which two differ.
fn difference(ours: &Value, theirs: &Value, pointer: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let missing =
                a.keys().find(|key| !b.contains_key(*key)).or_else(|| b.keys().find(|key| !a.contains_key(*key)));
            missing
                .map(|key| format!("{pointer}/{key}"))
                .or_else(|| a.iter().find_map(|(key, value)| difference(value, &b[key], &format!("{pointer}/{key}"))))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| difference(a, b, &format!("{pointer}/{at}")))
        }
        _ => (ours != theirs).then(|| pointer.to_owned()),
    }
}
