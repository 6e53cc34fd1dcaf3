//! Lines of a container as its runtime writes them, and what becomes of them: the record that docs/contracts/logging.md promises.

use std::path::Path;

use serde_json::{Value, json};

use super::grammar::Element;
use super::route::Route;
use crate::support;

const FILE: &str = "/var/log/containers/shop-5d9f_payments_server-0123456789abcdef.log";

/// Each line with the time of its place.
const LINES: &[&str] = &[
    "stdout F a plain line",
    "stdout P the first half ",
    "stderr F between",
    "stdout F and the second",
    "stderr F java.lang.IllegalStateException: closed",
    "stderr F \tat shop.Cart.add(Cart.java:42)",
    "stderr F \tat shop.Main.main(Main.java:7)",
    "stdout F after the trace",
    "stdout F []",
    "stdout F [1, 2]",
    "stdout F {not JSON",
    "stdout F {\"message\": \"no time\", \"time\": null}",
    "stdout F {\"message\": \"paid\", \"level\": \"ERROR\", \"logger\": \"till\", \"caller\": \"till.go:9\", \"traceId\": \"4bf9\", \
     \"spanId\": \"00f0\", \"httpRequest\": {\"status\": 500}, \"order\": {\"id\": 42}}",
];

/// The documents of the sample lines, with their indices.
pub(super) fn documents(root: &Element) -> Vec<(String, Value)> {
    let lines = lines();
    Route::documents(root, FILE, &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn lines() -> Vec<String> {
    LINES.iter().enumerate().map(|(place, line)| format!("2026-03-01T12:00:{place:02}.5Z {line}")).collect()
}

/// What is wrong with the documents of the sample lines.
pub(super) fn faults(root: &Element) -> Vec<String> {
    let lines = lines();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let documents = Route::documents(root, FILE, &lines);
    let mut faults = Vec::new();
    let expected = [
        ("a plain line", "stdout"),
        ("between", "stderr"),
        ("the first half and the second", "stdout"),
        (
            "java.lang.IllegalStateException: closed\n\tat shop.Cart.add(Cart.java:42)\n\tat shop.Main.main(Main.java:7)",
            "stderr",
        ),
        ("after the trace", "stdout"),
        ("[]", "stdout"),
        ("[1, 2]", "stdout"),
        ("{not JSON", "stdout"),
        ("no time", "stdout"),
        ("paid", "stdout"),
    ];
    for (message, stream) in expected {
        let mine =
            documents.iter().filter(|(_, document)| document["message"] == message && document["stream"] == stream);
        if mine.count() != 1 {
            faults.push(format!("not one document of {stream} has the message {message:?}"));
        }
    }
    if documents.len() != expected.len() {
        faults.push(format!("{} documents instead of {}", documents.len(), expected.len()));
    }
    if let Some((index, document)) = documents.iter().find(|(_, document)| document["message"] == "paid") {
        faults.extend(differences(index, document));
        faults.extend(missing_fields(document));
    }
    // Read a second time, each line gets the id that it had.
    let twice: Vec<&str> = lines.iter().chain(&lines).copied().collect();
    if Route::documents(root, FILE, &twice).len() != documents.len() {
        faults.push("a second reading makes documents again".into());
    }
    faults
}

/// How the document of the JSON line differs from what the contract says.
fn differences(index: &str, document: &Value) -> Vec<String> {
    let mut found = document.clone();
    let known = found.as_object_mut().unwrap();
    known.shift_remove("_hash");
    let expected = json!({
        "@timestamp": "2026-03-01T12:00:12.5Z",
        "time": "2026-03-01T12:00:12.5Z",
        "message": "paid",
        "stream": "stdout",
        "severity": "ERROR",
        "logger": "till",
        "caller": "till.go:9",
        "traceId": "4bf9",
        "spanId": "00f0",
        "httpRequest": { "status": 500 },
        "json": {
            "message": "paid",
            "level": "ERROR",
            "logger": "till",
            "caller": "till.go:9",
            "traceId": "4bf9",
            "spanId": "00f0",
            "httpRequest": { "status": 500 },
            "order": { "id": 42 },
        },
        "docker": { "container_id": "0123456789abcdef" },
        "kubernetes": {
            "container_name": "server",
            "namespace_name": "payments",
            "pod_name": "shop-5d9f",
            "container_image": "example.org/shop:1",
            "host": "node-1",
            "labels": { "app": "shop", "app_kubernetes_io/name": "shop", "serving_knative_dev/revision": "shop-00001" },
            "namespace_labels": { "kubernetes_io/metadata_name": "payments" },
        },
        "tag": "kubernetes.var.log.containers.shop-5d9f_payments_server-0123456789abcdef.log",
    });
    let mut faults = Vec::new();
    if index != "logstash-2026.03.01" {
        faults.push(format!("the document is in {index}"));
    }
    if found != expected {
        faults.push(format!("the document of the JSON line is {found:#}"));
    }
    faults
}

/// The fields that the contract's table names and the document does not have.
fn missing_fields(document: &Value) -> Vec<String> {
    let contract = support::read(Path::new("docs/contracts/logging.md"));
    let cells = contract.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let fields: Vec<&str> = cells.flat_map(|cell| cell.split(", ")).map(|field| field.trim_matches('`')).collect();
    assert!(fields.contains(&"severity"), "the contract has no table of fields");
    // A field that begins with a dot is of `kubernetes`, as the one before it.
    let whole = fields
        .iter()
        .map(|field| if field.starts_with('.') { format!("kubernetes{field}") } else { (*field).to_owned() });
    whole
        .filter(|field| document.pointer(&format!("/{}", field.replace('.', "/"))).is_none())
        .map(|field| format!("the contract's field {field} is not there"))
        .collect()
}
