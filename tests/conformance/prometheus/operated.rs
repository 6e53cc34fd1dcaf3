//! A Prometheus with the configuration that the operator wrote for it. Its jobs are as written, with all of their relabelling; only where
//! they would ask the API server for targets they are offered all of the cluster's, and scrape them here, in the clear and more often.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::discovered::{self, Discovered};
use super::jobs::{self, Job};
use super::queries::{self, Asked};
use super::server::Server;
use super::{Answers, ask, setup, stand_in};
use crate::cluster::operator::Generated;
use crate::proof::{self, Proof};

/// The profile that the operator wrote it for.
const GOLDEN: &str = "m4";

/// Where the operator mounts what rules and jobs name.
const RULES: &str = "/etc/prometheus/rules";

/// Each job finds exactly its targets, alerts go to the Alertmanager at an address alone, and all that is asked has data.
pub fn answers(made: &Generated, folder: &Path, alertmanager: &str) -> Proof {
    let started = Instant::now();
    let folder = tempfile::tempdir_in(folder).unwrap().keep();
    let groups = written_rules(made);
    let asked = queries::of_rules(GOLDEN, groups.iter());
    let jobs = jobs::emitted(GOLDEN);
    let configuration = configuration(made, &folder, &asked, &jobs, alertmanager);
    let mut server = Server::start(&folder, "operated", &configuration);
    let expected: BTreeSet<String> = jobs.iter().flat_map(targets_of).collect();
    server.settle(expected.len());
    assert_eq!(server.targets(), expected, "the targets that the jobs keep of all");
    assert_eq!(server.alertmanagers(), [format!("http://{alertmanager}/api/v2/alerts")], "whom it tells of alerts");
    let Answers { empty, selectors, .. } = ask(&server, "m4 by the operator", &asked);
    assert!(empty.is_empty(), "{} queries return no data: {empty:#?}", empty.len());
    says_which_cluster(&server, &asked);
    drop(server);
    misses_a_job_that_keeps_nothing(&configuration, &folder, &expected);
    Proof {
        program: "prometheus",
        version: proof::pinned("promtool", "github.com/prometheus/prometheus"),
        proved: format!(
            "with the operator's file each of {} jobs keeps its own of all targets, {} rules run, and {} queries and {} alerts with {} selectors have data",
            jobs.len(),
            asked.n_rules,
            asked.panels.len(),
            asked.alerts.len(),
            selectors.len()
        ),
        took: started.elapsed(),
    }
}

/// No alert has a label of its own where Prometheus says in which cluster it is: it would win.
fn says_which_cluster(server: &Server, asked: &Asked) {
    assert!(server.labels("elasticsearch_cluster_health_status").contains("cluster"), "there is such a label");
    for alert in &asked.alerts {
        for part in queries::reads(&alert.text) {
            assert!(!server.labels(&part).contains("cluster"), "{} has a cluster of its own: {part}", alert.place);
        }
    }
}

/// A job that selects a Service by another label loses its targets, and that is seen.
fn misses_a_job_that_keeps_nothing(configuration: &Value, folder: &Path, expected: &BTreeSet<String>) {
    let text = configuration.to_string();
    let (wanted, broken) = ("(fluentd);true", "(fluent);true");
    assert!(text.contains(wanted), "a job selects {wanted}");
    let broken = serde_json::from_str(&text.replace(wanted, broken)).unwrap();
    let folder = tempfile::tempdir_in(folder).unwrap().keep();
    let mut server = Server::start(&folder, "broken", &broken);
    server.wait_for_targets(expected.len() - 1);
    let lost: Vec<String> = expected.difference(&server.targets()).cloned().collect();
    assert_eq!(lost, ["fluentd monitoring-agents/fluentd-0 fluentd"]);
}

fn written_rules(made: &Generated) -> Vec<Value> {
    let files = made.rules.values().map(|text| serde_saphyr::from_str::<Value>(text).unwrap());
    files.flat_map(|file| file["groups"].as_array().unwrap().clone()).collect()
}

/// What the operator wrote, made to run here.
fn configuration(made: &Generated, folder: &Path, asked: &Asked, jobs: &[Job], alertmanager: &str) -> Value {
    // What the reloader beside Prometheus fills in.
    let text = made.prometheus.replace("$(SHARD)", "0").replace("$(POD_NAME)", "prometheus-prometheus-0");
    let mut written: Value = serde_saphyr::from_str(&text).unwrap();
    let mounted = format!("{RULES}/prometheus-prometheus-rulefiles-0/*.yaml");
    assert_eq!(written["rule_files"][0], *mounted, "the rules are mounted there");
    let rules = folder.join("rules.json");
    std::fs::write(&rules, serde_json::to_vec_pretty(&json!({ "groups": asked.groups })).unwrap()).unwrap();
    written["rule_files"] = json!([rules]);
    written["global"]["scrape_interval"] = json!("2s");
    written["global"]["evaluation_interval"] = json!("2s");
    written["storage"]["tsdb"]["out_of_order_time_window"] = json!("1d");
    let address = stand_in::serve(setup::stand_ins(GOLDEN, |_| false));
    let discovered = discovered::in_cluster(GOLDEN, jobs);
    tell(&mut written["alerting"]["alertmanagers"][0], &discovered, alertmanager, &address);
    let scraped = written["scrape_configs"].as_array().unwrap().iter().flat_map(|written| {
        let job = jobs.iter().find(|job| job.written == written["job_name"].as_str().unwrap()).unwrap();
        jobs::with_past(&here(written.clone(), job, &discovered, &address), &asked.past)
    });
    let scraped: Vec<Value> = scraped.collect();
    written["scrape_configs"] = json!(scraped);
    written
}

/// A job as it is written, at our targets.
fn here(mut written: Value, job: &Job, discovered: &Discovered, address: &str) -> Value {
    let address = |_: &Map<String, Value>| address;
    let offered = offered(&written["kubernetes_sd_configs"][0], discovered, &address);
    assert!(!offered.is_empty(), "{} looks where nothing is", job.written);
    let map = written.as_object_mut().unwrap();
    for key in IN_CLUSTER.iter().chain(&["scrape_interval"]) {
        map.remove(*key);
    }
    map.insert("static_configs".to_owned(), json!(offered));
    map.insert("metrics_path".to_owned(), json!(format!("/{}", job.place())));
    let steps = map["relabel_configs"].as_array_mut().unwrap();
    steps.retain(|step| step["target_label"] != "__address__");
    written
}

/// The configuration of an Alertmanager as it is written, where ours has an address of its own among all targets.
fn tell(written: &mut Value, discovered: &Discovered, alertmanager: &str, others: &str) {
    let address = |labels: &Map<String, Value>| {
        let is = |label: &str, value: &str| labels.get(label).is_some_and(|found| found == value);
        let ours = is("__meta_kubernetes_service_name", "alertmanager")
            && is("__meta_kubernetes_endpointslice_port_name", "api");
        if ours { alertmanager } else { others }
    };
    let offered = offered(&written["kubernetes_sd_configs"][0], discovered, &address);
    let map = written.as_object_mut().unwrap();
    for key in IN_CLUSTER {
        map.remove(*key);
    }
    map.insert("static_configs".to_owned(), json!(offered));
}

/// What is written for a cluster's own addresses and certificates.
const IN_CLUSTER: &[&str] = &["kubernetes_sd_configs", "scheme", "tls_config", "authorization"];

/// All that discovery would find where it is told to look, each at an address here.
fn offered<'a>(
    discovery: &Value,
    discovered: &Discovered,
    address: &dyn Fn(&Map<String, Value>) -> &'a str,
) -> Vec<Value> {
    let targets = if discovery["role"] == "pod" { &discovered.of_pods } else { &discovered.of_services };
    let namespaces = discovery["namespaces"]["names"].as_array();
    let is_looked_at =
        |namespace: &String| namespaces.is_none_or(|names| names.iter().any(|name| name == namespace.as_str()));
    let targets = targets.iter().filter(|(namespace, _)| is_looked_at(namespace));
    targets.map(|(_, labels)| json!({ "targets": [address(labels)], "labels": labels })).collect()
}

/// The targets of a job, as [`Server::targets`] writes them.
fn targets_of(job: &Job) -> Vec<String> {
    job.places()
        .iter()
        .map(|place| format!("{} {}/{} {}", job.name, place.namespace, place.pod, place.container))
        .collect()
}
