//! Monitors: each metrics endpoint of ours is read by the plan's collector, by a ServiceMonitor.

use serde_json::{Map, Value, json};

use super::labels;
use crate::catalog::component::{Endpoint, Metrics};
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::{Edge, Plan, service_host, speaks_tls};

/// A ServiceMonitor for each edge of a collector to an endpoint that has no monitor of its own.
pub(super) fn monitors(plan: &Plan<'_>) -> Vec<Object> {
    plan.edges.iter().filter_map(|edge| monitor(plan, edge)).collect()
}

fn monitor(plan: &Plan<'_>, edge: &Edge<'_>) -> Option<Object> {
    let (collector, server) = (plan.workload(edge.from), plan.workload(edge.to));
    let collects = collector.workload.collects.as_ref().filter(|_| edge.name.is_empty())?;
    let metrics = edge.endpoint.metrics.as_ref().filter(|metrics| metrics.monitors.is_empty())?;
    let name = match &metrics.job {
        Some(job) => job.clone(),
        None => server.name.to_string(),
    };
    let service = match (&edge.endpoint.service, edge.endpoint.peers) {
        (Some(foreign), _) => foreign.name.clone(),
        (None, true) => server.peers_service(),
        (None, false) => server.name.to_string(),
    };
    let mut selected = Map::new();
    selected.insert("app.kubernetes.io/component".into(), (&*server.name).into());
    let mut endpoint = endpoint(edge.endpoint, metrics, &service_host(&service, server.home()), &name);
    if let (Some(secret), Value::Object(endpoint)) = (&metrics.secret, &mut endpoint) {
        let secret = format!("{}-{secret}", server.name);
        let part = |key: &str| json!({ "name": secret, "key": key });
        endpoint.insert("basicAuth".into(), json!({ "username": part("username"), "password": part("password") }));
    }
    let mut spec = json!({ "selector": { "matchLabels": selected } });
    let home = collector.home();
    if let Value::Object(spec) = &mut spec {
        if server.home() != home {
            spec.insert("namespaceSelector".into(), json!({ "matchNames": [server.home()] }));
        }
        spec.insert("endpoints".into(), json!([endpoint]));
        if speaks_tls(edge.endpoint) {
            spec.insert("scrapeClass".into(), collects.scrape_class.as_str().into());
        }
    }
    let body = json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": { "name": name, "namespace": home },
        "spec": spec,
    });
    let body = crate::object::map(body);
    let from = format!("{} -> {}/{}", collector.name, server.name, edge.endpoint.name);
    let id = ObjectId {
        api_version: "monitoring.coreos.com/v1".into(),
        kind: "ServiceMonitor".into(),
        namespace: Some(home.to_owned()),
        name,
    };
    let mut object = Object {
        id,
        wave: Wave::Collection,
        component: server.entry().name.clone(),
        body,
        rest: None,
        origins: vec![(String::new(), Origin::Derived { rule: "monitor", from })],
    };
    labels::add(&mut object, Some(server));
    Some(object)
}

fn endpoint(endpoint: &Endpoint, metrics: &Metrics, host: &str, job: &str) -> Value {
    let tls = speaks_tls(endpoint);
    let mut relabelings = vec![json!({ "targetLabel": "job", "replacement": job })];
    if metrics.by_node {
        let node = ["__meta_kubernetes_pod_node_name"];
        relabelings.push(json!({ "sourceLabels": node, "targetLabel": "node" }));
        relabelings.push(json!({ "sourceLabels": node, "targetLabel": "instance" }));
    }
    let mut spec = json!({
        "port": endpoint.name,
        "path": metrics.path,
        "interval": metrics.interval,
        "scheme": if tls { "https" } else { "http" },
        "relabelings": relabelings,
    });
    if let Value::Object(spec) = &mut spec {
        if tls {
            spec.insert("tlsConfig".into(), json!({ "serverName": host }));
        }
        if metrics.honor_labels {
            spec.insert("honorLabels".into(), true.into());
        }
    }
    spec
}
