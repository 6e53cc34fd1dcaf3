//! What the built-in profiles promise in their comments.

use serde_json::Value;

use crate::program::{documents, skopos};

fn rendered(profile: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["render", profile, "--crds", "exclude"]);
    assert_eq!(run.code, 0, "{}", run.err);
    documents(&run.out)
}

/// Every text of an object, at any depth.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|below| texts(below, found)),
        _ => {}
    }
}

#[test]
fn airgapped_reaches_no_registry_but_the_mirror_and_pins_every_image() {
    let objects = rendered("airgapped");
    let mut all = Vec::new();
    for object in &objects {
        texts(object, &mut all);
    }
    let is_upstream = |text: &&&str| {
        ["docker.elastic.co/", "docker.io/", "quay.io/", "registry.k8s.io/"].iter().any(|at| text.contains(at))
    };
    assert_eq!(all.iter().filter(is_upstream).collect::<Vec<_>>(), Vec::<&&str>::new());
    let mirrored: Vec<_> = all.iter().filter(|text| text.contains("registry.example/")).collect();
    assert!(mirrored.len() >= 14, "{mirrored:?}");
    let unpinned: Vec<_> = mirrored.iter().filter(|text| !text.contains("@sha256:")).collect();
    assert_eq!(unpinned, Vec::<&&&str>::new(), "profiles/airgapped.yaml has no digest of these");
}

#[test]
fn local_sets_four_gibibytes_of_memory_aside() {
    let mebibytes = |quantity: &str| match (quantity.strip_suffix("Mi"), quantity.strip_suffix("Gi")) {
        (Some(mebi), _) => mebi.parse::<u64>().unwrap(),
        (_, Some(gibi)) => gibi.parse::<u64>().unwrap() * 1024,
        _ => panic!("{quantity}"),
    };
    let mut sum = 0;
    for object in rendered("local") {
        let spec = match object["kind"].as_str().unwrap() {
            "Deployment" | "StatefulSet" | "DaemonSet" => &object["spec"]["template"]["spec"],
            "Prometheus" | "Alertmanager" => &object["spec"],
            _ => continue,
        };
        assert!(object["spec"]["replicas"].as_u64().unwrap_or(1) == 1, "{}", object["metadata"]["name"]);
        let containers = spec["containers"].as_array().into_iter().flatten().map(|container| &container["resources"]);
        let requests = containers.chain([&spec["resources"]]).filter_map(|it| it["requests"]["memory"].as_str());
        sum += requests.map(mebibytes).sum::<u64>();
    }
    assert!((3_000..=4_096).contains(&sum), "{sum} MiB");
}
