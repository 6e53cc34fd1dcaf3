//! The definitions that the interface tables give are upstream's, but for descriptions and ordering; docs/definitions.md has the
//! comparison as a table.
//!
//! Upstream's definitions come from Go modules, so that these tests need the `go` command. They fail without it.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads upstream's files")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use skopos::interface::Interfaces;

#[path = "crds/facts.rs"]
mod facts;
mod support;

use facts::{Aspect, Facts};
use support::upstream::{OPERATOR, documents, files, go_module};

/// The sources of definitions: name, module, folder in it.
const SOURCES: [(&str, &str, &str); 3] = [
    ("prometheus-operator", OPERATOR, "example/prometheus-operator-crd"),
    ("istio", "istio.io/api@v1.31.1", "kubernetes"),
    ("cert-manager", "github.com/cert-manager/cert-manager@v1.21.2", "deploy/crds"),
];

/// The largest definition that client-side apply can take, as compact JSON.
const LIMIT: usize = 262_144;

#[test]
fn prometheus_operator_is_upstreams() {
    let kinds = compare(SOURCES[0]);
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
    assert_eq!(compare(SOURCES[1]), ["DestinationRule", "Telemetry"]);
}

#[test]
fn cert_manager_is_upstreams() {
    let kinds = compare(SOURCES[2]);
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
    for path in files(&folder, "yaml") {
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

/// What is emitted is what was compared.
#[test]
fn the_emitted_definitions_are_those_of_the_tables() {
    let emitted = definitions(&support::root().join("golden/m4/10-crds"));
    let ours = Interfaces::builtin().crds_of("prometheus-operator");
    let ours: BTreeMap<String, Value> =
        ours.map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), it)).collect();
    assert_eq!(emitted.len(), 10);
    assert_eq!(emitted, ours);
}

/// docs/definitions.md says of every aspect how many facts were compared and how many differ.
#[test]
fn the_table_of_differences_is_what_was_compared() {
    let compared = SOURCES.map(pairs);
    let mut text = head(&compared);
    for (aspect, name) in Aspect::ALL {
        let of_aspect = |facts: &Facts| facts.values().filter(|(it, _)| *it == aspect).count();
        let (mut counts, mut differ) = (String::new(), BTreeSet::new());
        for pairs in &compared {
            let upstream: usize = pairs.values().map(|(_, theirs)| of_aspect(theirs)).sum();
            let _ = write!(counts, " {upstream} |");
            for (definition, (ours, theirs)) in pairs {
                let told = facts::differences(ours, theirs).into_iter();
                let told =
                    told.filter(|at| [ours, theirs].iter().any(|it| it.get(at).is_some_and(|it| it.0 == aspect)));
                differ.extend(told.map(|pointer| format!("{definition}{pointer}")));
            }
        }
        let differ = match (aspect, differ.len()) {
            (_, 0) => "none".to_owned(),
            (Aspect::Description, count) => format!("{count}: all are left out"),
            (_, count) => panic!("{count} {name} differ: {differ:#?}"),
        };
        let _ = writeln!(text, "| {name} |{counts} {differ} |");
    }
    let path = support::root().join("docs/definitions.md");
    if std::env::var_os("SKOPOS_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        text,
        "docs/definitions.md is stale: run `make bless`"
    );
}

/// The comparison can fail: one fact less, of each aspect that upstream's definitions have, is told as just this.
#[test]
fn a_difference_of_each_aspect_is_told() {
    let [(source, module, folder), ..] = SOURCES;
    let upstream = definitions(&go_module(module).join(folder));
    let mut seen = BTreeSet::new();
    for ours in Interfaces::builtin().crds_of(source) {
        let theirs = facts::of(&upstream[ours["metadata"]["name"].as_str().unwrap()]);
        for (pointer, (aspect, _)) in facts::of(&ours) {
            if !seen.insert(aspect) {
                continue;
            }
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut broken = ours.clone();
            match broken.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.shift_remove(&key.replace("~1", "/").replace("~0", "~"))),
                // Required fields, rules, columns.
                Value::Array(items) => items.clear(),
                other => panic!("{pointer}: {other}"),
            }
            let told = facts::differences(&facts::of(&broken), &theirs);
            assert!(told.contains(&pointer), "{aspect:?} {pointer} is missing unnoticed");
            assert!(!facts::differences(&facts::of(&ours), &theirs).contains(&pointer), "{pointer} differs anyway");
        }
    }
    let missing: Vec<&str> = Aspect::ALL.iter().filter(|(it, _)| !seen.contains(it)).map(|(_, name)| *name).collect();
    assert_eq!(missing, ["descriptions", "anything else"], "no definition of ours has these");
}

/// Our facts and upstream's of every definition of a source.
fn pairs((source, module, folder): (&str, &str, &str)) -> BTreeMap<String, (Facts, Facts)> {
    let upstream = definitions(&go_module(module).join(folder));
    let ours = Interfaces::builtin().crds_of(source);
    let ours = ours.map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), facts::of(&it)));
    ours.map(|(name, ours)| {
        let mut theirs = upstream[&name].clone();
        // The server's, and empty.
        theirs.as_object_mut().unwrap().shift_remove("status");
        (name, (ours, facts::of(&theirs)))
    })
    .collect()
}

fn head(compared: &[BTreeMap<String, (Facts, Facts)>]) -> String {
    let mut text = String::from(
        "# The definitions of custom resources\n\n\
         Made by comparing (`make bless`, `tests/crds.rs`). skopos writes the Prometheus Operator's definitions itself, without descriptions, so that each\n\
         fits into one object; Istio's and cert-manager's serve to check what it writes for them. Every fact of each definition is compared with\n\
         upstream's, taken from its Go module; an aspect in which one differs fails the test. The table has how many facts upstream's have.\n\n\
         | compared |",
    );
    for ((source, module, _), pairs) in SOURCES.iter().zip(compared) {
        let _ = write!(text, " {source} {}: {} definitions |", module.rsplit_once("@v").unwrap().1, pairs.len());
    }
    text.push_str(" differ |\n| --- | --- | --- | --- | --- |\n");
    text
}

/// Compares every definition of a source with the one in a folder of a Go module, and gives the kinds.
fn compare((source, module, folder): (&str, &str, &str)) -> Vec<String> {
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

/// The definitions in the YAML files of a folder, by name.
fn definitions(folder: &Path) -> BTreeMap<String, Value> {
    let documents = files(folder, "yaml").into_iter().flat_map(|path| documents(&path));
    documents
        .filter(|it| it["kind"] == "CustomResourceDefinition")
        .map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), it))
        .collect()
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
