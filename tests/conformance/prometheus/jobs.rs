//! The scrape jobs of the emitted monitors at our own targets: job names, honoured labels, and both kinds of relabelling are theirs.

use serde_json::{Map, Value, json};

use super::queries::Past;
use super::world::{self, NODE, Place};
use crate::emitted;

/// One endpoint of a monitor.
pub struct Job {
    /// The component that the monitor belongs to.
    pub component: String,
    /// The value of `job` on its series.
    pub name: String,
    /// Whether it scrapes pods, without a Service.
    pub of_pods: bool,
    /// The monitor and its place in it, as the operator writes them: `serviceMonitor/monitoring/kubelet/0`.
    pub written: String,
    /// Where the operator would scrape.
    path: String,
    endpoint: Value,
}

/// All endpoints of a golden's monitors.
pub fn emitted(golden: &str) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (prefix, list) in [("servicemonitor-", "endpoints"), ("podmonitor-", "podMetricsEndpoints")] {
        for monitor in emitted::named(golden, prefix) {
            let component = monitor["metadata"]["labels"]["app.kubernetes.io/name"].as_str().unwrap();
            let kind = if prefix == "podmonitor-" { "podMonitor" } else { "serviceMonitor" };
            let name = |key: &str| monitor["metadata"][key].as_str().unwrap().to_owned();
            for (n, endpoint) in monitor["spec"][list].as_array().unwrap().iter().enumerate() {
                let relabelings = endpoint["relabelings"].as_array().unwrap();
                let job = relabelings.iter().find(|step| step["targetLabel"] == "job").unwrap();
                jobs.push(Job {
                    component: component.to_owned(),
                    name: job["replacement"].as_str().unwrap().to_owned(),
                    path: endpoint["path"].as_str().unwrap_or("/metrics").to_owned(),
                    endpoint: endpoint.clone(),
                    written: format!("{kind}/{}/{}/{n}", name("namespace"), name("name")),
                    of_pods: prefix == "podmonitor-",
                });
            }
        }
    }
    assert!(!jobs.is_empty(), "golden/{golden} has no monitors");
    jobs
}

impl Job {
    /// Where our target stands for it.
    pub fn place(&self) -> String {
        format!("{}/{}{}", self.component, self.name, self.path)
    }

    /// The containers that it scrapes.
    pub fn places(&self) -> Vec<Place> {
        world::scraped_by(&self.name)
    }

    /// Whether it tells of other containers than those that it scrapes.
    pub fn honors_labels(&self) -> bool {
        self.endpoint["honorLabels"] == true
    }

    /// The scrape configurations: one for each container, with the labels that the operator would find for it, and one for each time
    /// in the past that queries read.
    pub fn configurations(&self, index: usize, address: &str, past: &Past) -> Vec<Value> {
        let places = self.places();
        let now = json!({
            "job_name": format!("{index}/{}", self.name),
            "metrics_path": format!("/{}", self.place()),
            "honor_labels": self.honors_labels(),
            "static_configs": places.iter().map(|place| self.target(place, address)).collect::<Vec<_>>(),
            "relabel_configs": self.steps("relabelings"),
            "metric_relabel_configs": self.steps("metricRelabelings"),
        });
        with_past(&now, past)
    }

    fn target(&self, place: &Place, address: &str) -> Value {
        let mut found = Map::new();
        let service = if self.of_pods { "" } else { &self.name };
        for (label, value) in [
            ("namespace", place.namespace.as_str()),
            ("pod", &place.pod),
            ("container", &place.container),
            ("service", service),
            ("endpoint", self.endpoint["port"].as_str().unwrap_or_default()),
            ("__meta_kubernetes_pod_node_name", NODE),
            ("__meta_kubernetes_pod_ip", "127.0.0.1"),
        ] {
            found.insert(label.to_owned(), json!(value));
        }
        // A kubelet is found by its node.
        if matches!(self.name.as_str(), "kubelet" | "cadvisor") {
            found.insert("node".to_owned(), json!(NODE));
        }
        json!({ "targets": [address], "labels": found })
    }

    fn steps(&self, name: &str) -> Vec<Value> {
        let steps = self.endpoint[name].as_array().into_iter().flatten();
        // The address is ours.
        steps.filter(|step| step["targetLabel"] != "__address__").map(configured).collect()
    }
}

/// A scrape job, and one that reads the same of each time in the past.
pub fn with_past(now: &Value, past: &Past) -> Vec<Value> {
    let before = past.iter().map(|(ago, families)| {
        let mut job = now.clone();
        job["job_name"] = json!(format!("{}/{ago}", now["job_name"].as_str().unwrap()));
        // The operator lets samples be of the time of their scrape.
        job["honor_timestamps"] = json!(true);
        let families: Vec<&str> = families.iter().map(String::as_str).collect();
        job["params"] = json!({ "past": [format!("{ago}-{}", families.join("-"))] });
        job
    });
    std::iter::once(now.clone()).chain(before).collect()
}

/// A relabelling step in Prometheus' own words.
fn configured(step: &Value) -> Value {
    let words = [("sourceLabels", "source_labels"), ("targetLabel", "target_label")];
    let word =
        |key: &String| words.iter().find(|(theirs, _)| theirs == key).map_or(key.clone(), |(_, own)| (*own).to_owned());
    step.as_object().unwrap().iter().map(|(key, value)| (word(key), value.clone())).collect::<Map<_, _>>().into()
}
