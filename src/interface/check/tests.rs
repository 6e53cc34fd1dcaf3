use serde_json::{Value, json};

use crate::interface::Interfaces;
use crate::interface::keyword::Keyword;
use crate::interface::model::{Kind, Schema};

/// The violations of an object, one a line: pointer, colon, message.
fn violations(object: &Value) -> Vec<String> {
    let api_version = object["apiVersion"].as_str().unwrap();
    let kind = object["kind"].as_str().unwrap();
    let interface = Interfaces::builtin().get(api_version, kind).unwrap();
    interface.check(object).into_iter().map(|it| format!("{}: {}", it.pointer, it.message)).collect()
}

fn service_monitor() -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": { "name": "grafana", "namespace": "monitoring", "labels": { "app.kubernetes.io/name": "grafana" } },
        "spec": {
            "selector": { "matchLabels": { "app.kubernetes.io/name": "grafana" } },
            "endpoints": [{
                "port": "metrics",
                "scheme": "https",
                "interval": "30s",
                "tlsConfig": { "ca": { "secret": { "name": "ca", "key": "ca.crt" } }, "serverName": "grafana" },
                "relabelings": [{ "action": "replace", "sourceLabels": ["a"], "targetLabel": "b" }]
            }],
            "sampleLimit": 10000
        }
    })
}

fn prometheus() -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": { "name": "main" },
        "spec": {
            "replicas": 2,
            "retention": "15d",
            "resources": { "limits": { "cpu": 1, "memory": "2Gi" } },
            "containers": [{ "name": "guard", "env": [{ "name": "A", "value": "1" }],
                "ports": [{ "containerPort": 9091, "name": "https" }] }]
        }
    })
}

fn telemetry() -> Value {
    json!({
        "apiVersion": "telemetry.istio.io/v1",
        "kind": "Telemetry",
        "metadata": { "name": "mesh", "namespace": "istio-system" },
        "spec": { "tracing": [{
            "providers": [{ "name": "zipkin" }],
            "randomSamplingPercentage": 10,
            "customTags": { "cluster": { "literal": { "value": "prod" } } }
        }] }
    })
}

/// Sets one value of an object, or removes it, and expects exactly these violations.
#[track_caller]
fn broken(mut object: Value, pointer: &str, value: impl Into<Option<Value>>, expected: &[&str]) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap();
    match (parent, value.into()) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.to_owned(), value)),
        (Value::Object(fields), None) => drop(fields.shift_remove(name)),
        (Value::Array(items), Some(value)) => items.push(value),
        _ => panic!("{pointer} is nowhere"),
    }
    assert_eq!(violations(&object), expected);
}

#[test]
fn right_objects_have_no_violations() {
    for object in [service_monitor(), prometheus(), telemetry()] {
        assert_eq!(violations(&object), [""; 0]);
    }
}

#[test]
fn a_misspelt_field_is_named_with_the_nearest() {
    broken(
        service_monitor(),
        "/spec/endpoints/0/intervall",
        json!("30s"),
        &["/spec/endpoints/0/intervall: unknown field `intervall`; did you mean `interval`?"],
    );
    broken(
        service_monitor(),
        "/spec/endpoints/0/tlsConfig/servername",
        json!("x"),
        &["/spec/endpoints/0/tlsConfig/servername: unknown field `servername`; did you mean `serverName`?"],
    );
    broken(service_monitor(), "/spec/frobnicate", json!(1), &["/spec/frobnicate: unknown field `frobnicate`"]);
    broken(service_monitor(), "/specs", json!({}), &["/specs: unknown field `specs`; did you mean `spec`?"]);
    broken(
        service_monitor(),
        "/metadata/label",
        json!({}),
        &["/metadata/label: unknown field `label`; did you mean `labels`?"],
    );
}

#[test]
fn a_missing_field_is_named_at_its_object() {
    broken(service_monitor(), "/spec/selector", None, &["/spec: misses the required field `selector`"]);
    broken(service_monitor(), "/spec", None, &[": misses the required field `spec`"]);
    broken(service_monitor(), "/metadata/name", None, &[": misses the required field `metadata.name`"]);
    broken(
        service_monitor(),
        "/spec/endpoints/0/tlsConfig/ca/secret/key",
        None,
        &["/spec/endpoints/0/tlsConfig/ca/secret: misses the required field `key`"],
    );
}

#[test]
fn a_wrong_type_is_named() {
    broken(prometheus(), "/spec/replicas", json!("2"), &["/spec/replicas: must be a whole number, not a string"]);
    broken(prometheus(), "/spec/replicas", json!(2.5), &["/spec/replicas: must be a whole number, not 2.5"]);
    broken(prometheus(), "/spec/paused", json!("no"), &["/spec/paused: must be a boolean, not a string"]);
    broken(prometheus(), "/spec/paused", Value::Null, &["/spec/paused: must be a boolean, not null"]);
    broken(prometheus(), "/spec/containers", json!({}), &["/spec/containers: must be a list, not an object"]);
    broken(prometheus(), "/spec", json!([]), &["/spec: must be an object, not a list"]);
    broken(prometheus(), "/metadata/labels", json!({"a": 1}), &["/metadata/labels/a: must be a string, not 1"]);
}

#[test]
fn a_value_that_is_not_allowed_is_named_with_the_nearest() {
    broken(
        service_monitor(),
        "/spec/endpoints/0/scheme",
        json!("htps"),
        &["/spec/endpoints/0/scheme: `htps` is none of `http`, `https`, `HTTP`, `HTTPS`; did you mean `https`?"],
    );
}

#[test]
fn a_text_must_match_its_pattern() {
    broken(
        service_monitor(),
        "/spec/endpoints/0/interval",
        json!("30 s"),
        &["/spec/endpoints/0/interval: `30 s` does not match `^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?\
           (([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$`"],
    );
}

#[test]
fn an_int_or_string_is_either_and_still_has_a_pattern() {
    for good in [json!(1), json!("1"), json!("500m"), json!("1Gi")] {
        broken(prometheus(), "/spec/resources/limits/cpu", good, &[]);
    }
    broken(
        prometheus(),
        "/spec/resources/limits/cpu",
        json!(true),
        &["/spec/resources/limits/cpu: must be a whole number or a string, not a boolean"],
    );
    broken(
        prometheus(),
        "/spec/resources/limits/memory",
        json!("1Gib"),
        &[
            r"/spec/resources/limits/memory: `1Gib` does not match `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`",
        ],
    );
}

#[test]
fn numbers_and_sizes_have_limits() {
    broken(
        telemetry(),
        "/spec/tracing/0/randomSamplingPercentage",
        json!(101),
        &["/spec/tracing/0/randomSamplingPercentage: must be at most 100, not 101"],
    );
    broken(
        prometheus(),
        "/spec/replicas",
        json!(3_000_000_000_u32),
        &["/spec/replicas: `3000000000` does not fit the format `int32`"],
    );
    broken(
        telemetry(),
        "/spec/tracing/0/providers/0/name",
        json!(""),
        &["/spec/tracing/0/providers/0/name: must not be empty"],
    );
}

#[test]
fn an_item_may_not_repeat_the_keys_of_another() {
    broken(
        prometheus(),
        "/spec/containers/0/env/-",
        json!({ "name": "A" }),
        &["/spec/containers/0/env/1: repeats an earlier item: name \"A\""],
    );
    // The protocol is a key too, and its default counts.
    broken(
        prometheus(),
        "/spec/containers/0/ports/-",
        json!({ "containerPort": 9091, "protocol": "TCP" }),
        &["/spec/containers/0/ports/1: repeats an earlier item: containerPort 9091, protocol \"TCP\""],
    );
    broken(prometheus(), "/spec/containers/0/ports/-", json!({ "containerPort": 9091, "protocol": "UDP" }), &[]);
}

#[test]
fn only_one_alternative_may_be_there() {
    broken(
        telemetry(),
        "/spec/tracing/0/customTags/cluster/header",
        json!({ "name": "x" }),
        &["/spec/tracing/0/customTags/cluster: may have only one of `literal`, `environment`, `header`, `formatter`"],
    );
}

#[test]
fn another_kind_or_version_is_refused() {
    let interface = Interfaces::builtin().get("monitoring.coreos.com/v1", "Prometheus").unwrap();
    let messages: Vec<_> = interface.check(&service_monitor()).into_iter().map(|it| it.message).collect();
    assert!(messages.contains(&"must be `Prometheus`, not \"ServiceMonitor\"".to_owned()), "{messages:?}");
    assert!(Interfaces::builtin().get("monitoring.coreos.com/v2", "Prometheus").is_none());
    assert!(Interfaces::builtin().get("v1", "Pod").is_none());
}

#[test]
fn defaults_are_known() {
    let interface = Interfaces::builtin().get("monitoring.coreos.com/v1", "Prometheus").unwrap();
    assert_eq!(interface.default_at("/spec/scrapeInterval"), Some(&json!("30s")));
    assert_eq!(interface.default_at("/spec/containers/0/ports/1/protocol"), Some(&json!("TCP")));
    assert_eq!(interface.default_at("/spec/replicas"), None);
    assert_eq!(interface.default_at("/spec/nowhere"), None);
}

#[test]
fn each_pattern_is_a_regular_expression() {
    fn patterns<'t>(schema: &'t Schema, found: &mut Vec<&'t str>) {
        found.extend(schema.attribute(Keyword::Pattern).and_then(Value::as_str));
        match &schema.kind {
            Kind::Object(properties) => properties.values().for_each(|it| patterns(&it.schema, found)),
            Kind::List(element) | Kind::Map(element) => patterns(element, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for table in Interfaces::builtin().tables() {
        let versions = table.resources.iter().flat_map(|it| &it.versions).map(|it| &it.schema);
        versions.chain(table.shapes.values()).for_each(|schema| patterns(schema, &mut found));
    }
    assert!(found.len() > 50, "{}", found.len());
    for pattern in found {
        regex::Regex::new(pattern).unwrap();
    }
}

#[test]
fn a_table_that_is_not_understood_names_the_line() {
    for (text, expected) in [
        ("nonsense", "line 1: expected a source, resource or shape"),
        ("\n# note\nshape A: strng", "line 3: `strng` is no type"),
        ("shape A: string minimal=1", "line 1: `minimal` is no keyword"),
        ("shape A: object\n  b: string\n      c: string", "line 3: this line is indented too far"),
        ("shape A: object\n  b: @C", "line 0: there is no shape `C`"),
        ("shape A: string pattern=`a", "line 1: a backtick is missing"),
    ] {
        assert_eq!(Interfaces::read(&[text]).unwrap_err().to_string(), expected);
    }
}
