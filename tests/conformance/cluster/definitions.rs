//! Our custom resource definitions are established, accept what upstream publishes to be copied and keep all of it, and refuse a field
//! that they do not have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use skopos::interface::Interfaces;

use super::drift::{Difference, without_record};
use super::install::{Install, id};
use crate::control_plane::{ControlPlane, quiet};
use crate::support::upstream;

/// Upstream's examples that are wrong, and what the server says of each.
const WRONG: [(&str, &str); 7] = [
    ("ServiceMonitor servicemonitor-example", "spec.selector: Required value"),
    ("ServiceMonitor servicemonitor-example", "spec.selector: Required value"),
    ("Prometheus prometheus", "spec.retentionSize: Invalid value: \"100Gi\""),
    ("Prometheus overwrite-failureThreshold", "metadata.name: Invalid value"),
    ("Prometheus example", "spec.remoteWrite[0].url: Invalid value: \"<remote write URL>\""),
    ("Prometheus example", "spec.remoteWrite[0].url: Invalid value: \"<remote write URL>\""),
    ("PodMonitor example-app", ".spec.endpoints: field not declared in schema"),
];

/// Looks at every definition and at one object of each kind that it defines.
pub fn hold(cluster: &ControlPlane, install: &Install) -> String {
    let emitted: Vec<&Value> = install.kind("CustomResourceDefinition").collect();
    let stored = cluster.ask_json(&["get", "crd"]);
    for definition in &emitted {
        let name = &definition["metadata"]["name"];
        let stored = stored["items"].as_array().unwrap().iter().find(|stored| stored["metadata"]["name"] == *name);
        let conditions = conditions(stored.unwrap_or_else(|| panic!("{name} is there")));
        assert_eq!(conditions.get("Established").map(String::as_str), Some("True"), "{name}: {conditions:?}");
        assert_eq!(conditions.get("NamesAccepted").map(String::as_str), Some("True"), "{name}: {conditions:?}");
        assert!(!conditions.contains_key("NonStructuralSchema"), "{name}: {conditions:?}");
        assert!(!conditions.contains_key("KubernetesAPIApprovalPolicyConformant"), "{name}: {conditions:?}");
    }
    let kinds: Vec<&str> =
        emitted.iter().filter_map(|definition| definition["spec"]["names"]["kind"].as_str()).collect();
    for definition in &emitted {
        refuses_an_unknown_field(cluster, install, definition);
    }
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    format!("{0} definitions are Established, and {0} kinds refuse a field that they do not have", emitted.len())
}

/// Applies what upstream's module has in `example/` and in the YAML blocks of its documentation, each in a namespace of its own, and
/// reads it back: everything is there, and beside it only defaults that the definitions name.
pub fn accept_what_upstream_publishes(cluster: &ControlPlane) -> String {
    let (shown, nameless) = shown();
    let (examples, wrong): (Vec<Value>, Vec<Value>) = shown.into_iter().partition(is_right);
    refuses_what_is_wrong(cluster, &wrong);
    on_all(cluster, "creating namespaces", examples.iter().map(namespace_of), &["create"]);
    let apply = ["apply", "--server-side", "--field-manager=person", "--validate=strict"];
    on_all(cluster, "applying upstream's examples", examples.iter().cloned(), &apply);
    let kept = on_all(cluster, "reading them back", examples.iter().cloned(), &["get", "--output=json"]);
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let mut defaults = 0;
    for example in &examples {
        let kept = kept["items"].as_array().unwrap().iter().find(|kept| id(kept) == id(example)).unwrap();
        let mut difference = Difference::default();
        difference.compare("", example, &without_record(kept));
        assert!(difference.changed.is_empty(), "{}: {:?}", id(example), difference.changed);
        for path in &difference.added {
            assert!(is_default(example, path), "{}: {path} is added, and no definition says so", id(example));
        }
        defaults += difference.added.len();
    }
    drops_what_is_unknown(cluster, &examples[0]);
    on_all(cluster, "removing the examples", examples.iter().cloned(), &["delete", "--wait=false"]);
    on_all(cluster, "removing namespaces", examples.iter().map(namespace_of), &["delete", "--wait=false"]);
    let kinds: BTreeSet<&str> = examples.iter().filter_map(|it| it["kind"].as_str()).collect();
    format!(
        "{} examples of upstream ({nameless} without a name aside) of {} kinds are accepted and kept whole, with {defaults} defaults",
        examples.len(),
        kinds.len()
    )
}

fn on_all(cluster: &ControlPlane, what: &str, items: impl Iterator<Item = Value>, arguments: &[&str]) -> String {
    quiet(what, cluster.kubectl_on(&list(items), arguments))
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items.collect::<Vec<Value>>() })
}

fn namespace_of(example: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": example["metadata"]["namespace"] } })
}

/// The resources that upstream shows, and how many it shows without a name, which are no whole resources.
fn shown() -> (Vec<Value>, usize) {
    let module = upstream::go_module(upstream::OPERATOR);
    let mut shown: Vec<Value> =
        upstream::files(&module.join("example"), "yaml").iter().flat_map(|path| upstream::documents(path)).collect();
    let pages = upstream::files(&module.join("Documentation"), "md");
    // Proposals show what was never built.
    let pages = pages.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "proposals"));
    shown.extend(pages.flat_map(|path| upstream::documents_in_markdown(path)));
    let is_ours = |it: &Value| {
        Interfaces::builtin()
            .get(it["apiVersion"].as_str().unwrap_or_default(), it["kind"].as_str().unwrap_or_default())
            .is_some()
    };
    shown.retain(is_ours);
    let all = shown.len();
    shown.retain(|it| it["metadata"]["name"].is_string());
    let nameless = all - shown.len();
    for (n, example) in shown.iter_mut().enumerate() {
        example["metadata"]["namespace"] = json!(format!("upstream-{n}"));
    }
    (shown, nameless)
}

/// Does skopos' own check find nothing wrong with it?
fn is_right(example: &Value) -> bool {
    let text = |key: &str| example[key].as_str().unwrap();
    Interfaces::builtin().get(text("apiVersion"), text("kind")).unwrap().check(example).is_empty()
}

/// What skopos' own check refuses, the server refuses too, and for the reason that is written here.
fn refuses_what_is_wrong(cluster: &ControlPlane, wrong: &[Value]) {
    let name = |it: &Value| format!("{} {}", it["kind"].as_str().unwrap(), it["metadata"]["name"].as_str().unwrap());
    let names: Vec<String> = wrong.iter().map(name).collect();
    assert_eq!(names, WRONG.map(|(name, _)| name), "what skopos itself refuses of upstream's examples");
    for (example, (name, reason)) in wrong.iter().zip(WRONG) {
        let mut example = example.clone();
        example["metadata"]["namespace"] = json!("default");
        let output = cluster.kubectl_on(&example, &["apply", "--server-side", "--dry-run=server"]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && complaint.contains(reason), "{name}: {complaint}");
    }
}

/// Does the definition fill in what was added at a path?
fn is_default(object: &Value, path: &str) -> bool {
    let text = |key: &str| object[key].as_str().unwrap();
    let interface = Interfaces::builtin().get(text("apiVersion"), text("kind")).unwrap();
    interface.default_at(&format!("/{}", path.replace("[]", "/0").replace('.', "/"))).is_some()
}

/// The comparison can fail: an unknown field is dropped where the caller asks for no validation, and not for server-side apply, which
/// always refuses one.
fn drops_what_is_unknown(cluster: &ControlPlane, example: &Value) {
    let mut object = example.clone();
    object["spec"]["notAField"] = json!(true);
    let arguments = ["create", "--validate=ignore", "--dry-run=server", "--output=json"];
    object["metadata"]["name"] = json!("another");
    let kept = quiet("creating without validation", cluster.kubectl_on(&object, &arguments));
    let mut difference = Difference::default();
    difference.compare("", &object, &without_record(&serde_json::from_str(&kept).unwrap()));
    assert_eq!(difference.changed, ["spec.notAField is null, and was emitted as true"]);
}

fn conditions(object: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conditions = object["status"]["conditions"].as_array().unwrap();
    conditions.iter().map(|condition| (text(&condition["type"]), text(&condition["status"]))).collect()
}

/// Of the render's own object, or of an empty one where it has none.
fn refuses_an_unknown_field(cluster: &ControlPlane, install: &Install, definition: &Value) {
    let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
    let versions = definition["spec"]["versions"].as_array().unwrap();
    let version = versions.iter().find(|version| version["storage"] == true).unwrap()["name"].as_str().unwrap();
    let empty = json!({
        "apiVersion": format!("{}/{version}", definition["spec"]["group"].as_str().unwrap()),
        "kind": kind,
        "metadata": { "name": "unknown", "namespace": "default" },
        "spec": {},
    });
    let mut object = install.kind(kind).next().unwrap_or(&empty).clone();
    object["spec"]["notAField"] = json!(true);
    let arguments = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict", "--dry-run=server"];
    let output = cluster.kubectl_on(&object, &arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{} is accepted with an unknown field", id(&object));
    assert!(complaint.contains(".spec.notAField: field not declared in schema"), "{}: {complaint}", id(&object));
}
