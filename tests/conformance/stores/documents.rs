//! Documents as Fluentd makes them of sample lines: taken into the daily index, once, with the mapping that searches rely on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::elasticsearch::Caller;
use crate::cluster::install::Install;
use crate::fluentd;

/// Fields of the documents, and how they are mapped.
const MAPPING: [(&str, &str); 18] = [
    ("@timestamp", "date"),
    ("message", "text"),
    ("stream", "keyword"),
    ("severity", "keyword"),
    ("logger", "keyword"),
    ("caller", "keyword"),
    ("traceId", "keyword"),
    ("spanId", "keyword"),
    ("httpRequest.status", "short"),
    ("httpRequest.requestUrl", "keyword"),
    ("json", "flattened"),
    ("kubernetes.namespace_name", "keyword"),
    ("kubernetes.pod_name", "keyword"),
    ("kubernetes.container_name", "keyword"),
    ("kubernetes.labels", "flattened"),
    ("kubernetes.namespace_labels", "flattened"),
    ("tag", "keyword"),
    ("_hash", "keyword"),
];

/// What people ask of the documents, and how many answer; the contract's own examples among them.
const SEARCHES: [(&str, u64); 8] = [
    ("json.order.id: 42", 1),
    ("severity: ERROR", 1),
    ("traceId: 4bf9", 1),
    ("httpRequest.status: 500", 1),
    ("message: java.lang.IllegalStateException AND message: closed", 1),
    ("kubernetes.namespace_name: payments AND stream: stderr", 2),
    ("kubernetes.labels.serving_knative_dev\\/revision: shop-00001", 10),
    ("@timestamp: [2026-03-01T12:00:00Z TO 2026-03-01T12:00:04Z]", 4),
];

/// Fluentd's account sends the documents of the sample lines, and Grafana's finds them.
pub fn are_kept(admin: &Caller, install: &Install, url: &str) -> String {
    let fluentd = Caller::with_secret(install, url, "fluentd-storage");
    let grafana = Caller::with_secret(install, url, "grafana-logs");
    let documents = fluentd::documents(&install.profile);
    assert_eq!(statuses(&send(&fluentd, &documents)), BTreeMap::from([(201, documents.len())]));
    assert_eq!(statuses(&send(&fluentd, &documents)), BTreeMap::from([(409, documents.len())]), "sent again");
    let index = documents[0].0.clone();
    assert!(documents.iter().all(|(found, _)| *found == index), "the documents are of one day");
    admin.ask("POST", &format!("/{index}/_refresh"), None);
    let found = grafana.get(&format!("/{index}/_count"));
    assert_eq!(found["count"], documents.len(), "each document is there once");
    has_its_mapping(admin, install, &index);
    let mut wrong = Vec::new();
    for (query, expected) in SEARCHES {
        let body = json!({ "query": { "query_string": { "query": query } }, "track_total_hits": true });
        let answer = grafana.ask("POST", "/logstash-*/_search", Some(&body));
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let found = &answer.json()["hits"]["total"]["value"];
        if *found != expected {
            wrong.push(format!("{query}: {found} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    bends(&fluentd, &index, &documents[0].1);
    format!(
        "{} documents that Fluentd makes of sample lines are in {index} once, also when sent again; {} fields have their types, {} searches their results",
        documents.len(),
        MAPPING.len(),
        SEARCHES.len()
    )
}

/// Sends as Fluentd's output does: each with its identity, to be created and not to be changed.
fn send(fluentd: &Caller, documents: &[(String, Value)]) -> Value {
    let mut lines = Vec::new();
    for (index, document) in documents {
        let id = document["_hash"].as_str().unwrap_or_else(|| panic!("no identity: {document}"));
        lines.push(json!({ "create": { "_index": index, "_id": id } }));
        lines.push(document.clone());
    }
    let answer = fluentd.bulk(&lines);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// How many documents got which answer.
fn statuses(answer: &Value) -> BTreeMap<u64, usize> {
    let mut statuses = BTreeMap::new();
    for item in answer["items"].as_array().unwrap() {
        *statuses.entry(item["create"]["status"].as_u64().unwrap()).or_default() += 1;
    }
    statuses
}

fn has_its_mapping(admin: &Caller, install: &Install, index: &str) {
    let mapping = &admin.get(&format!("/{index}/_mapping"))[index]["mappings"];
    for (field, expected) in MAPPING {
        let pointer = format!("/properties/{}/type", field.replace('.', "/properties/"));
        assert_eq!(mapping.pointer(&pointer), Some(&json!(expected)), "{field} in {mapping:#}");
    }
    let settings = &admin.get(&format!("/{index}/_settings"))[index]["settings"]["index"];
    let emitted: Value = serde_json::from_str(
        install.one("ConfigMap", "elasticsearch-state")["data"]["settings.json"].as_str().unwrap(),
    )
    .unwrap();
    let template =
        &emitted["state"]["index_templates"]["composable_index_templates"]["skopos-logs"]["template"]["settings"];
    for (key, value) in template.as_object().unwrap() {
        let pointer = format!("/{}", key.strip_prefix("index.").unwrap().replace('.', "/"));
        let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(settings.pointer(&pointer), Some(&json!(expected)), "{key} in {settings:#}");
    }
}

/// What developers write may be odd: a number that is none is left out of the index, and what cannot be taken at all is told.
fn bends(fluentd: &Caller, index: &str, document: &Value) {
    let with = |id: &str, field: &str, value: Value| {
        let mut odd = document.clone();
        odd[field] = value;
        odd["_hash"] = json!(id);
        send(fluentd, &[(index.to_owned(), odd)])
    };
    let taken = [
        with("odd-status", "httpRequest", json!({ "status": "five hundred", "requestSize": "much" })),
        with("long", "severity", json!("x".repeat(5000))),
        with("deep", "json", json!({ "a": { "b": { "c": { "d": [1, { "e": "f" }] } } }, "long": "x".repeat(40_000) })),
        with("nanoseconds", "@timestamp", json!("2026-03-01T12:00:00.123456789+00:00")),
    ];
    for answer in taken {
        assert_eq!(statuses(&answer), BTreeMap::from([(201, 1)]), "{answer}");
    }
    let answer = with("refused", "kubernetes", json!("no object"));
    assert_eq!(statuses(&answer), BTreeMap::from([(400, 1)]), "{answer}");
    let id = "kept-as-text";
    let text =
        json!({ "@timestamp": document["@timestamp"], "message": answer.to_string(), "tag": "shop", "_hash": id });
    let answer = send(fluentd, &[(index.replace("logstash-", "logstash-unindexed-"), text)]);
    assert_eq!(statuses(&answer), BTreeMap::from([(201, 1)]), "{answer}");
}
