//! Routes and inhibition: which receiver is told of an alert, and which alerts are silent beside a worse one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::webhook::{self, Delivered};
use crate::process::{Running, free_port};
use crate::support;

pub type Labels = BTreeMap<String, String>;

/// How long the program may take for one thing.
const LIMIT: Duration = Duration::from_secs(30);

/// Alerts and their receiver: what `routes` of the profile say, and without an entry what the parameter's description says. They go
/// the same way from every namespace.
const ROUTES: &[(&str, &str)] = &[
    ("alertname=A severity=critical namespace=monitoring", "oncall"),
    ("alertname=A severity=critical namespace=shop", "oncall"),
    ("alertname=A severity=warning namespace=shop", "chat"),
    ("alertname=A severity=warning", "chat"),
    ("alertname=A severity=info namespace=shop", "nowhere"),
    ("alertname=A namespace=shop", "oncall"),
    ("alertname=MonitoringHeartbeat severity=info heartbeat=true namespace=monitoring", "nowhere"),
];

/// Each label set goes to its receiver, as amtool reads the file.
pub fn routes_as_told(text: &str, folder: &Path) -> String {
    let receiver = |text: &str, labels: &str| {
        let path = folder.join("routes.yaml");
        fs::write(&path, text).unwrap();
        let mut command = support::tool("amtool");
        command.args(["config", "routes", "test", "--config.file"]).arg(path).args(labels.split(' '));
        let output = command.output().unwrap();
        assert!(output.status.success(), "amtool: {labels}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for (labels, expected) in ROUTES {
        assert_eq!(receiver(text, labels), named(expected), "the receiver of {labels}");
    }
    let broken = text.replace("- severity=\"warning\"", "- severity=\"warming\"");
    assert_ne!(receiver(&broken, "severity=warning"), named("chat"), "a misspelt route is not told");
    format!(
        "alerts of each severity, of none and the heartbeat go to the receivers of the profile: {} label sets",
        ROUTES.len()
    )
}

/// The operator names a receiver after its resource.
fn named(receiver: &str) -> String {
    format!("monitoring/alertmanager/{receiver}")
}

/// Alerts that are raised together, and where each is expected: at a receiver, or silent.
const RAISED: &[(&str, &str)] = &[
    // The same in one namespace: the worst speaks.
    ("alertname=Slow namespace=shop severity=critical", "oncall"),
    ("alertname=Slow namespace=shop severity=warning", SILENT),
    ("alertname=Slow namespace=shop severity=info", SILENT),
    // The neighbor's and another are their own.
    ("alertname=Slow namespace=bank severity=warning", "chat"),
    ("alertname=Slow namespace=bank severity=info", SILENT),
    ("alertname=Full namespace=shop severity=warning", "chat"),
    // What a node's end explains.
    ("alertname=NodeNotReady node=a severity=critical", "oncall"),
    ("alertname=NodeBusy node=a severity=warning", SILENT),
    ("alertname=NodeBusy node=b severity=warning", "chat"),
    ("alertname=NodeDiskAlmostFull node=a severity=critical", "oncall"),
    // Without a node it is not the node's.
    ("alertname=Late namespace=shop severity=warning", "chat"),
];

const SILENT: &str = "";

/// The real program tells whom it should of what is raised, and nobody of what is inhibited.
pub fn delivers_and_inhibits(text: &str, folder: &Path) -> String {
    // As it stands the program takes it; its receivers are not on this machine.
    drop(Alertmanager::start(&serde_saphyr::from_str(text).unwrap(), folder, "as-written"));
    let (address, delivered) = webhook::listen();
    let here: Value = with_receivers_at(&address, serde_saphyr::from_str(text).unwrap());
    let expected: Delivered = expected(|receiver| receiver != SILENT);
    let silent: BTreeSet<Labels> =
        RAISED.iter().filter(|(_, to)| *to == SILENT).map(|(raised, _)| labels(raised)).collect();

    let mut server = Alertmanager::start(&here, folder, "inhibits");
    server.raise();
    server.running.wait_until("done with telling", LIMIT, || delivered.lock().unwrap().len() >= expected.len());
    assert_eq!(server.inhibited(), silent, "the alerts that are inhibited");
    // What is inhibited would have come with the others of its group; another second shows that it does not.
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(*delivered.lock().unwrap(), expected, "receivers and what they were told");
    drop(server);

    let mut without = here;
    without.as_object_mut().unwrap().remove("inhibit_rules");
    let mut server = Alertmanager::start(&without, folder, "without-rules");
    server.raise();
    server
        .running
        .wait_until("telling all without its rules", LIMIT, || delivered.lock().unwrap().len() > expected.len());
    assert_eq!(server.inhibited(), BTreeSet::new());
    format!(
        "with the operator's file it tells the profile's receivers of {} alerts and is silent about {} beside worse ones; without the rules it is not",
        expected.len(),
        silent.len()
    )
}

fn expected(keep: impl Fn(&str) -> bool) -> Delivered {
    RAISED
        .iter()
        .filter(|(_, receiver)| keep(receiver))
        .map(|(raised, receiver)| (named(receiver), labels(raised)))
        .collect()
}

fn labels(text: &str) -> Labels {
    let pairs = text.split(' ').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(label, value)| (label.to_owned(), value.to_owned())).collect()
}

/// The same routes to receivers that are here, without the time in which alerts gather.
fn with_receivers_at(address: &str, mut configuration: Value) -> Value {
    for receiver in configuration["receivers"].as_array_mut().unwrap() {
        let name = receiver["name"].clone();
        *receiver = json!({ "name": name });
        if name != named("nowhere") {
            receiver["webhook_configs"] = json!([{ "url": format!("http://{address}/") }]);
        }
    }
    configuration["route"]["group_wait"] = json!("1s");
    configuration
}

/// A running Alertmanager.
pub struct Alertmanager {
    running: Running,
    /// Where it listens.
    pub address: String,
}

/// Starts it with the operator's file; its receivers are here.
pub fn start_here(text: &str, folder: &Path) -> Alertmanager {
    let (address, _) = webhook::listen();
    Alertmanager::start(&with_receivers_at(&address, serde_saphyr::from_str(text).unwrap()), folder, "told")
}

impl Alertmanager {
    fn start(configuration: &Value, folder: &Path, name: &str) -> Self {
        let folder = folder.join(name);
        fs::create_dir(&folder).unwrap();
        let file = folder.join("alertmanager.json");
        fs::write(&file, serde_json::to_vec_pretty(configuration).unwrap()).unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = support::tool("alertmanager");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.path={}", folder.display()));
        command.args([format!("--web.listen-address={address}"), "--cluster.listen-address=".to_owned()]);
        let mut running = Running::start("alertmanager", &command, &folder);
        running.wait_until("ready", LIMIT, || ureq::get(format!("http://{address}/-/ready")).call().is_ok());
        Self { running, address }
    }

    fn raise(&self) {
        let alerts: Vec<Value> = RAISED.iter().map(|(raised, _)| json!({ "labels": labels(raised) })).collect();
        ureq::post(format!("http://{}/api/v2/alerts", self.address)).send_json(alerts).unwrap();
    }

    /// Prometheus has told it of alerts, as the people that get them need them: with a severity, with the cluster's name, and the same
    /// from each replica. The heartbeat is among them.
    pub fn knows_what_prometheus_fires(&self) -> String {
        let told: Vec<Labels> = self.alerts().iter().map(labels_of).collect();
        for labels in &told {
            let severity = labels.get("severity").map(String::as_str);
            assert!(matches!(severity, Some("critical" | "warning" | "info")), "without a severity: {labels:?}");
            assert_eq!(labels.get("cluster").map(String::as_str), Some("prod-eu-1"), "{labels:?}");
            assert_eq!(labels.get("prometheus_replica"), None, "{labels:?}");
        }
        let heartbeat = told.iter().find(|labels| labels["alertname"] == "MonitoringHeartbeat");
        let heartbeat = heartbeat.unwrap_or_else(|| panic!("no heartbeat is among {} alerts", told.len()));
        assert_eq!((&*heartbeat["heartbeat"], &*heartbeat["namespace"]), ("true", "monitoring"));
        format!(
            "Prometheus tells it, found by its Service, of {} alerts: each has a severity and the cluster's name",
            told.len()
        )
    }

    /// The alerts that it holds back beside others.
    fn inhibited(&self) -> BTreeSet<Labels> {
        let alerts = self.alerts();
        alerts.iter().filter(|alert| alert["status"]["inhibitedBy"] != json!([])).map(labels_of).collect()
    }

    fn alerts(&self) -> Vec<Value> {
        let mut response = ureq::get(format!("http://{}/api/v2/alerts", self.address)).call().unwrap();
        response.body_mut().read_json().unwrap()
    }
}

fn labels_of(alert: &Value) -> Labels {
    serde_json::from_value(alert["labels"].clone()).unwrap()
}
