//! File settings: the lifecycle policy and the index templates that every node reads from `settings.json`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::elasticsearch::{Caller, Node};
use crate::cluster::install::Install;

const RESERVED: &str = "/_cluster/state/metadata?filter_path=metadata.reserved_state,metadata.index_lifecycle";

/// What the file says is what the cluster has.
pub fn is_taken(admin: &Caller, install: &Install) -> String {
    let settings = emitted(install);
    let found = admin.get(RESERVED);
    let taken = &found["metadata"]["reserved_state"]["file_settings"];
    assert_eq!(taken["errors"], Value::Null, "{taken:#}");
    assert_eq!(taken["version"].to_string(), settings["metadata"]["version"].as_str().unwrap());
    let templates = &settings["state"]["index_templates"]["composable_index_templates"];
    let names: BTreeSet<&str> = templates.as_object().unwrap().keys().map(String::as_str).collect();
    let expected: Vec<&str> = vec!["skopos-autocomplete", "skopos-dependencies", "skopos-logs", "skopos-spans"];
    assert!(names.iter().eq(expected.iter()), "{names:?}");
    let there = admin.get("/_index_template/skopos-*");
    let there: BTreeSet<&str> =
        there["index_templates"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(there, names, "the index templates of the cluster");
    let policy = &found["metadata"]["index_lifecycle"]["policies"]["skopos"]["policy"]["phases"];
    let expected = json!({ "min_age": "14d", "actions": { "delete": { "delete_searchable_snapshot": true } } });
    assert_eq!(policy["delete"], expected, "the policy deletes after the retention: {found:#}");
    // What the file brought, nobody changes by hand.
    let answer = admin.ask("DELETE", "/_index_template/skopos-logs", None);
    assert!(answer.status == 400 && answer.body.contains("file_settings"), "{answer:?}");
    format!(
        "settings.json is taken without an error: a policy and {} index templates, which nobody can change by hand",
        names.len()
    )
}

/// A change of the file is taken up while the node runs; one that is wrong is told, and changes nothing.
pub fn tells_what_is_broken(admin: &Caller, nodes: &mut [Node]) -> String {
    let files: Vec<_> = nodes.iter().map(|node| node.state.join("settings.json")).collect();
    let mut settings: Value = serde_json::from_str(&fs::read_to_string(&files[0]).unwrap()).unwrap();
    let version: u64 = settings["metadata"]["version"].as_str().unwrap().parse().unwrap();
    let write = |settings: &mut Value, later: u64| {
        settings["metadata"]["version"] = json!((version + later).to_string());
        for file in &files {
            // Written beside it and moved, as the kubelet swaps the files of a volume.
            let new = file.with_extension("new");
            fs::write(&new, settings.to_string()).unwrap();
            fs::rename(&new, file).unwrap();
        }
    };
    settings["state"]["ilm"]["skopos"]["phases"]["delete"]["min_age"] = json!("7d");
    write(&mut settings, 1);
    let age = |admin: &Caller| {
        admin.get(RESERVED)["metadata"]["index_lifecycle"]["policies"]["skopos"]["policy"]["phases"]["delete"]["min_age"].clone()
    };
    nodes[0].wait_until("told of another retention", || age(admin) == "7d");
    let breakages = [
        ("/state/ilm/skopos/phases/delete/actions", json!({ "rollovr": {} }), "rollovr"),
        (
            "/state/ilm/skopos/phases/delete/actions",
            json!({ "rollover": { "max_docs": 5 } }),
            "invalid action [rollover]",
        ),
        (
            "/state/index_templates/composable_index_templates/skopos-logs/template/mappings/properties/message/type",
            json!("txt"),
            "txt",
        ),
        (
            "/state/index_templates/composable_index_templates/skopos-logs/template/settings/index.number_of_shards",
            json!("many"),
            "number_of_shards",
        ),
        ("/state/index_templates/composable_index_templates/skopos-logs/priority", json!("high"), "priority"),
    ];
    for (n, (pointer, value, word)) in breakages.iter().enumerate() {
        let mut broken = settings.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("settings.json has no {pointer}")) = value.clone();
        write(&mut broken, 2 + u64::try_from(n).unwrap());
        nodes[0].wait_until(&format!("told of {word}"), || {
            let errors = &admin.get(RESERVED)["metadata"]["reserved_state"]["file_settings"]["errors"];
            errors.to_string().contains(word)
        });
        assert_eq!(age(admin), "7d");
    }
    format!(
        "a changed settings.json is taken up at once; {} faults in it are told, and change nothing",
        breakages.len()
    )
}

fn emitted(install: &Install) -> Value {
    let text = &install.one("ConfigMap", "elasticsearch-state")["data"]["settings.json"];
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}
