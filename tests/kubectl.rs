//! Other programs read what skopos writes as skopos reads it: kubectl, and PyYAML as the YAML 1.1 reader that most know.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads goldens and drives programs")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]
#![allow(clippy::print_stdout, reason = "a test says how much it read")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Deserializer, Value, json};

mod support;

/// How many files one call of a program gets.
const BATCH: usize = 200;

#[test]
fn kubectl_reads_every_golden_as_skopos_does() {
    let files = goldens();
    let mut differing = Vec::new();
    for batch in files.chunks(BATCH) {
        for (file, seen) in batch.iter().zip(kubectl(batch)) {
            if seen != annotated(support::yaml(file)) {
                differing.push(file);
            }
        }
    }
    println!("kubectl read {} goldens", files.len());
    assert!(differing.is_empty(), "kubectl sees another object than skopos in {differing:#?}");
}

#[test]
fn a_yaml_1_1_reader_reads_every_golden_as_skopos_does() {
    let files = goldens();
    let mut differing = Vec::new();
    for batch in files.chunks(BATCH) {
        for (file, seen) in batch.iter().zip(pyyaml(batch)) {
            if seen != support::yaml(file) {
                differing.push(file);
            }
        }
    }
    println!("PyYAML read {} goldens", files.len());
    assert!(differing.is_empty(), "PyYAML sees another object than skopos in {differing:#?}");
}

#[test]
fn every_string_survives_as_a_value_and_as_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let strings = support::strings::NASTY;
    let as_values = strings.iter().enumerate().map(|(n, string)| (format!("key-{n}"), (*string).to_owned()));
    let as_keys = strings.iter().map(|string| ((*string).to_owned(), "value".to_owned()));
    let mut files = vec![
        write(folder.path(), "values.yaml", &as_values.collect()),
        write(folder.path(), "keys.yaml", &as_keys.collect()),
    ];
    // Each alone too: how a text is written may depend on its neighbors.
    files.extend(strings.iter().enumerate().map(|(n, string)| {
        write(folder.path(), &format!("{n}.yaml"), &BTreeMap::from([("key".to_owned(), (*string).to_owned())]))
    }));
    let skopos = files.iter().map(|file| support::yaml(file)).collect();
    for (reader, seen) in [("skopos", skopos), ("PyYAML", pyyaml(&files)), ("kubectl", kubectl(&files))] {
        for (n, string) in strings.iter().enumerate() {
            assert_eq!(seen[0]["data"][format!("key-{n}")], json!(string), "{reader} reads another value");
            assert_eq!(
                seen[1]["data"].get(string),
                Some(&json!("value")),
                "{reader} reads another key than {string:?}"
            );
        }
        assert_eq!(seen[1]["data"].as_object().unwrap().len(), strings.len(), "{reader} reads keys that are not there");
        for (alone, string) in seen[2..].iter().zip(strings) {
            assert_eq!(alone["data"], json!({ "key": string }), "{reader} reads another value");
        }
    }
}

#[test]
fn kubectl_sees_what_plain_yaml_would_have_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lost.yaml");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: strings}\ndata: {a: yes, b: 1_000, c: \"yes\"}\n";
    std::fs::write(&file, text).unwrap();
    // The comparison above can fail: this is what a writer without quotes gives.
    assert_eq!(kubectl(std::slice::from_ref(&file))[0]["data"], json!({ "a": true, "b": 1000, "c": "yes" }));
    assert_eq!(pyyaml(&[file])[0]["data"], json!({ "a": true, "b": 1000, "c": "yes" }));
}

/// The goldens that are objects: kustomizations are for kustomize, and notes for the owners of other programs.
fn goldens() -> Vec<PathBuf> {
    let mut files = support::yaml_files("golden");
    files.retain(|file| file.file_name().is_some_and(|name| name != "kustomization.yaml"));
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "notes"));
    files
}

/// What kubectl reads from each file, with the annotation that it was asked to add. It may not warn.
fn kubectl(files: &[PathBuf]) -> Vec<Value> {
    let mut command = support::tool("kubectl");
    command.args(["annotate", "--local", "--output=json", "skopos.dev/read=yes"]);
    for file in files {
        command.arg("--filename").arg(file);
    }
    let output = support::run(&mut command);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "kubectl warns");
    let objects: Vec<Value> = Deserializer::from_slice(&output.stdout).into_iter().map(Result::unwrap).collect();
    assert_eq!(objects.len(), files.len(), "kubectl reads one object from each file");
    objects
}

/// The object with the annotation that kubectl was asked to add.
fn annotated(mut object: Value) -> Value {
    object["metadata"]["annotations"]["skopos.dev/read"] = json!("yes");
    object
}

/// What PyYAML reads from each file.
fn pyyaml(files: &[PathBuf]) -> Vec<Value> {
    let output = support::run(support::tool("python").arg("tests/support/yaml_to_json.py").args(files));
    Deserializer::from_slice(&output.stdout).into_iter().map(Result::unwrap).collect()
}

/// Writes a ConfigMap with this data, as skopos writes objects.
fn write(folder: &Path, name: &str, data: &BTreeMap<String, String>) -> PathBuf {
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "strings" }, "data": data });
    let path = folder.join(name);
    std::fs::write(&path, skopos::emit::to_yaml(object.as_object().unwrap())).unwrap();
    path
}
