//! A running Prometheus.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Running, free_port};
use crate::support;

/// How long it may take to be ready.
const START: Duration = Duration::from_mins(1);

/// How long it scrapes before it is asked: rates need several samples, and a recorded series may read another.
const SCRAPES: Duration = Duration::from_secs(15);

/// The server.
pub struct Server {
    running: Running,
    name: String,
    address: String,
    ready: Instant,
}

impl Server {
    /// Starts it with a configuration, in an empty folder.
    pub fn start(folder: &Path, name: &str, configuration: &Value) -> Self {
        let file = folder.join("prometheus.json");
        std::fs::write(&file, serde_json::to_vec_pretty(configuration).unwrap()).unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = support::tool("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address={address}"));
        let mut running = Running::start(&format!("prometheus-{name}"), &command, folder);
        running.wait_until("ready", START, || ureq::get(format!("http://{address}/-/ready")).call().is_ok());
        Self { running, name: name.to_owned(), address, ready: Instant::now() }
    }

    /// Waits until it has scraped for a while; then all of its targets are up, and no rule has failed.
    pub fn settle(&mut self, n_targets: usize) {
        let ready = self.ready;
        self.running.wait_until("scraping for some seconds", START, || ready.elapsed() > SCRAPES);
        let (up, down) = (self.query("up == 1").unwrap(), self.query("up == 0").unwrap());
        assert_eq!((up, down), (n_targets, 0), "{}: targets that are up, and down", self.name);
        self.rules_are_healthy();
    }

    /// Waits until it knows so many targets.
    pub fn wait_for_targets(&mut self, n_targets: usize) {
        let address = self.address.clone();
        self.running.wait_until("aware of its targets", START, || targets(&address).len() >= n_targets);
    }

    /// No rule of any group has failed.
    fn rules_are_healthy(&self) {
        let answer = self.get("/api/v1/rules", &[]).unwrap();
        for group in answer["data"]["groups"].as_array().unwrap() {
            for rule in group["rules"].as_array().unwrap() {
                assert!(rule["health"] != "err", "{}: {}: {}", self.name, rule["name"], rule["lastError"]);
            }
        }
    }

    /// What it scrapes: job, namespace, pod and container of each.
    pub fn targets(&self) -> BTreeSet<String> {
        targets(&self.address)
    }

    /// Whom it tells of alerts.
    pub fn alertmanagers(&self) -> Vec<String> {
        let answer = self.get("/api/v1/alertmanagers", &[]).unwrap();
        let active = answer["data"]["activeAlertmanagers"].as_array().unwrap().iter();
        active.map(|alertmanager| alertmanager["url"].as_str().unwrap().to_owned()).collect()
    }

    /// How many series a query returns now.
    pub fn query(&self, text: &str) -> Result<usize, String> {
        let answer = self.get("/api/v1/query", &[("query", text)]).map_err(|error| format!("{text}: {error}"))?;
        match answer["data"]["resultType"].as_str() {
            Some("vector") => Ok(answer["data"]["result"].as_array().unwrap().len()),
            _ => Ok(1),
        }
    }

    /// The labels of the series that a query returns now.
    pub fn labels(&self, text: &str) -> BTreeSet<String> {
        let answer = self.get("/api/v1/query", &[("query", text)]).unwrap();
        let series = answer["data"]["result"].as_array().into_iter().flatten();
        series
            .flat_map(|series| series["metric"].as_object().into_iter().flatten())
            .map(|(label, _)| label.clone())
            .collect()
    }

    /// The values of a label on the series of a selector.
    pub fn values(&self, selector: &str, label: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/label/{label}/values"), &[("match[]", selector)]).unwrap();
        answer["data"].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        get(&self.address, path, parameters)
    }
}

fn targets(address: &str) -> BTreeSet<String> {
    let answer = get(address, "/api/v1/targets", &[("state", "active")]).unwrap();
    let targets = answer["data"]["activeTargets"].as_array().unwrap().iter();
    let line = |target: &Value| {
        let [job, namespace, pod, container] = ["job", "namespace", "pod", "container"]
            .map(|label| target["labels"][label].as_str().unwrap_or_default().to_owned());
        format!("{job} {namespace}/{pod} {container}")
    };
    targets.map(line).collect()
}

fn get(address: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
    let request = ureq::get(format!("http://{address}{path}")).config().http_status_as_error(false).build();
    let request = request.query_pairs(parameters.iter().copied());
    let mut response = request.call().map_err(|error| error.to_string())?;
    let answer: Value = response.body_mut().read_json().map_err(|error| error.to_string())?;
    if answer["status"] == "success" { Ok(answer) } else { Err(answer["error"].to_string()) }
}
