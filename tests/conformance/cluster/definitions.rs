//! Our custom resource definitions are established, and refuse a field that they do not have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::install::{Install, id};
use crate::control_plane::ControlPlane;

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
    let mut refused = 0;
    for kind in &kinds {
        if let Some(object) = install.kind(kind).next() {
            refuses_an_unknown_field(cluster, object);
            refused += 1;
        }
    }
    assert!(refused >= 6, "of most kinds there is an object, of {refused} now");
    format!("{} definitions are Established, and {refused} kinds refuse a field that they do not have", emitted.len())
}

fn conditions(object: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conditions = object["status"]["conditions"].as_array().unwrap();
    conditions.iter().map(|condition| (text(&condition["type"]), text(&condition["status"]))).collect()
}

fn refuses_an_unknown_field(cluster: &ControlPlane, object: &Value) {
    let mut object = object.clone();
    object["spec"]["notAField"] = json!(true);
    let arguments = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict", "--dry-run=server"];
    let output = cluster.kubectl_on(&object, &arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{} is accepted with an unknown field", id(&object));
    assert!(complaint.contains(".spec.notAField: field not declared in schema"), "{}: {complaint}", id(&object));
}
