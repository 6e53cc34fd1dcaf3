//! One profile, one result: whatever the machine, the person and the order of keys.

use std::fs;

use serde_json::{Map, Value};

use crate::program::{finish, folder_with, program, skopos, skopos_with};

/// The same settings, each map from back to front. JSON is YAML.
fn reversed(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(reversed).collect()),
        other => other,
    }
}

#[test]
fn two_runs_and_shuffled_keys_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["m3", "m4", "local", "airgapped", "legacy-mesh"] {
        let first = skopos(folder.path(), &["render", name]);
        assert_eq!(first.code, 0, "{}", first.err);
        assert!(first.out == skopos(folder.path(), &["render", name]).out, "{name}: two runs differ");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles");
        let text = fs::read_to_string(format!("{path}/{name}.yaml")).unwrap();
        let shuffled = reversed(serde_saphyr::from_str(&text).unwrap()).to_string();
        assert_ne!(shuffled.find("apiVersion"), Some(2), "{name}: the order of keys is another");
        let second = skopos_with(folder.path(), &["render", "-"], shuffled.as_bytes());
        assert_eq!(second.code, 0, "{}", second.err);
        assert!(first.out == second.out, "{name}: shuffled keys make a difference");
    }
}

#[test]
fn locale_time_zone_folder_and_user_make_no_difference() {
    let profile = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/m4.yaml")).unwrap();
    let (here, there) = (folder_with(&profile), folder_with(&profile));
    let first = finish(program(here.path()).arg("render").envs([("LANG", "C"), ("TZ", "UTC")]), b"");
    assert_eq!((first.code, first.err.as_str()), (0, ""));
    let mut other = program(there.path());
    other.arg("render").env_clear();
    other.envs([
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("HOME", "/nonexistent"),
    ]);
    other.envs([("USER", "other"), ("SOURCE_DATE_EPOCH", "1"), ("KUBECONFIG", "/nonexistent"), ("COLUMNS", "20")]);
    assert!(first.out == finish(&mut other, b"").out, "the environment makes a difference");

    let path = here.path().join("skopos.yaml");
    let absolute = skopos(there.path(), &["render", path.to_str().unwrap()]);
    assert!(first.out == absolute.out, "where the profile lies makes a difference");
}

#[test]
fn the_folder_holds_what_the_stream_says() {
    let folder = tempfile::tempdir().unwrap();
    let stream = skopos(folder.path(), &["render", "m4"]).out;
    assert_eq!(skopos(folder.path(), &["render", "m4", "--out", "out"]).code, 0);
    let files = crate::program::tree(&folder.path().join("out"));
    let is_object =
        |path: &str| path.contains('/') && !path.starts_with("notes/") && !path.ends_with("kustomization.yaml");
    let mut objects: Vec<String> = files
        .iter()
        .filter(|(path, _)| is_object(path))
        .map(|(_, text)| String::from_utf8(text.clone()).unwrap())
        .collect();
    let stream = format!("\n{}", stream.trim_end());
    let mut streamed: Vec<String> = stream.split("\n---\n").skip(1).map(|text| format!("{text}\n")).collect();
    objects.sort();
    streamed.sort();
    assert!(objects == streamed, "{} files, {} documents", objects.len(), streamed.len());
}
