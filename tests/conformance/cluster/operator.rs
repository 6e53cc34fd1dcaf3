//! The real Prometheus Operator, with the arguments and the account that skopos gives it, makes of the render's resources what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::install::{Install, decoded};
use super::{PROFILE, apply, pod_security, removal};
use crate::control_plane::{self, ControlPlane, quiet};
use crate::process::{self, Running, free_port};
use crate::proof::Proof;
use crate::support;

/// How long the operator may take for one thing.
const LIMIT: Duration = Duration::from_secs(90);

/// What the operator made for the Prometheus and the Alertmanager of the profile that is looked at in depth.
#[derive(Clone, Debug)]
pub struct Generated {
    /// `prometheus.yaml`.
    pub prometheus: String,
    /// The rule files by name; `prometheus.yaml` expects them in `/etc/prometheus/rules/prometheus-prometheus-rulefiles-0/`.
    pub rules: BTreeMap<String, String>,
    /// `alertmanager.yaml`.
    pub alertmanager: String,
}

static GENERATED: OnceLock<Generated> = OnceLock::new();

/// What the operator made: of this run when the part has run, else of a control plane that is started for it and ended.
pub fn generated() -> &'static Generated {
    GENERATED.get_or_init(|| {
        let folder = process::folder("generated");
        let cluster = control_plane::start(folder.path());
        let install = Install::of(PROFILE);
        apply::applies_as_told(&cluster, &install);
        let mut operator = start(&cluster, &install, folder.path());
        wait_for_work(&cluster, &install, &mut operator)
    })
}

/// Runs the operator against the cluster to which the render was applied.
pub fn works(cluster: &ControlPlane, install: &Install, folder: &Path) -> Vec<Proof> {
    let started = Instant::now();
    let mut operator = start(cluster, install, folder);
    let made = wait_for_work(cluster, install, &mut operator);
    let version = install.one("Prometheus", "prometheus")["spec"]["version"].as_str().unwrap().to_owned();
    let image =
        install.one("Deployment", "prometheus-operator")["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let operator_version = image.as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let mut proofs = Vec::new();
    let mut prove = |program: &'static str, version: &str, started: Instant, proved: String| {
        proofs.push(Proof { program, version: version.to_owned(), proved, took: started.elapsed() });
    };
    let jobs = has_the_jobs_of_the_monitors(&made, install);
    prove("prometheus-operator", &operator_version, started, jobs);

    let started = Instant::now();
    prove("prometheus-operator", &operator_version, started, pods_are_admitted(cluster, &mut operator));
    let started = Instant::now();
    prove("promtool", &version, started, passes_promtool(&made, install, folder));
    let started = Instant::now();
    prove("amtool", "", started, passes_amtool(&made, folder));
    let started = Instant::now();
    prove("prometheus-operator", &operator_version, started, keeps_others_from_files(cluster, install, &mut operator));
    complains_of_nothing(&operator);
    proofs.extend(removal::is_as_told(cluster, install, &mut operator, folder));
    // It is the same for whoever asks later.
    let _ = GENERATED.set(made);
    proofs
}

/// Makes the Secrets that the receivers name, which the person that installs brings: without them there is no Alertmanager.
fn bring_the_secrets_of_receivers(cluster: &ControlPlane, install: &Install) {
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for receivers in install.kind("AlertmanagerConfig") {
        collect_references(&receivers["spec"], &mut entries);
    }
    for (name, keys) in entries {
        if install.secrets.iter().any(|secret| secret["metadata"]["name"] == *name) {
            continue;
        }
        let data: BTreeMap<String, &str> = keys.into_iter().map(|key| (key, "https://receiver.example.com/")).collect();
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": name, "namespace": "monitoring" },
            "stringData": data,
        });
        quiet("bringing a Secret", cluster.kubectl_on(&secret, &["create"]));
    }
}

/// The Secrets and keys that are named anywhere in a value: every map of just `name` and `key` is such a reference.
fn collect_references(value: &Value, entries: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(map) => {
            if let (2, Some(Value::String(name)), Some(Value::String(key))) =
                (map.len(), map.get("name"), map.get("key"))
            {
                entries.entry(name.clone()).or_default().insert(key.clone());
            }
            map.values().for_each(|value| collect_references(value, entries));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, entries)),
        _ => {}
    }
}

/// Starts it as the render's Deployment does, but on loopback, and as the render's ServiceAccount.
fn start(cluster: &ControlPlane, install: &Install, folder: &Path) -> Running {
    bring_the_secrets_of_receivers(cluster, install);
    let certificate = folder.join("operator-certificate");
    fs::create_dir(&certificate).unwrap();
    for key in ["tls.crt", "tls.key", "ca.crt"] {
        fs::write(certificate.join(key), install.secret("prometheus-operator-certificate", key)).unwrap();
    }
    let container = &install.one("Deployment", "prometheus-operator")["spec"]["template"]["spec"]["containers"][0];
    let arguments = container["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
    let mut command = support::tool("prometheus-operator");
    command.env("KUBECONFIG", cluster.kubeconfig_of_account("monitoring", "prometheus-operator"));
    for argument in arguments {
        if argument.starts_with("--web.listen-address=") {
            command.arg(format!("--web.listen-address=127.0.0.1:{}", free_port()));
        } else {
            command.arg(argument.replace("/etc/skopos/certificate", certificate.to_str().unwrap()));
        }
    }
    Running::start("prometheus-operator", &command, folder)
}

/// Waits until the operator has made its StatefulSets and the configuration with all jobs; gives what it made.
fn wait_for_work(cluster: &ControlPlane, install: &Install, operator: &mut Running) -> Generated {
    let expected = jobs_of_monitors(install);
    let mut made = None;
    operator.wait_until("done with the configuration", LIMIT, || {
        made = read(cluster);
        made.as_ref().is_some_and(|made| jobs(&made.prometheus).len() >= expected.len())
    });
    made.unwrap()
}

/// What is in the Secrets and ConfigMaps that the operator writes, once all are there.
fn read(cluster: &ControlPlane) -> Option<Generated> {
    let rules = cluster.ask_json(&["get", "configmap", "--namespace=monitoring"]);
    let is_rules =
        |map: &&Value| map["metadata"]["name"].as_str().unwrap().starts_with("prometheus-prometheus-rulefiles-");
    let rules: BTreeMap<String, String> = rules["items"]
        .as_array()?
        .iter()
        .filter(is_rules)
        .flat_map(|map| map["data"].as_object().into_iter().flatten())
        .map(|(file, text)| (file.clone(), text.as_str().unwrap().to_owned()))
        .collect();
    let prometheus = unzipped(cluster, "prometheus-prometheus", "prometheus.yaml.gz")?;
    let alertmanager = unzipped(cluster, "alertmanager-alertmanager-generated", "alertmanager.yaml.gz")?;
    (!rules.is_empty()).then_some(Generated { prometheus, rules, alertmanager })
}

fn unzipped(cluster: &ControlPlane, secret: &str, key: &str) -> Option<String> {
    let output = cluster.kubectl(&["get", "secret", secret, "--namespace=monitoring", "--output=json"]);
    let secret: Value = output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())?;
    let zipped = decoded(secret["data"][key].as_str()?);
    let mut gzip = Command::new("gzip");
    let mut gzip = gzip.arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // These fit into the pipe.
    gzip.stdin.take().unwrap().write_all(&zipped).unwrap();
    let text = gzip.wait_with_output().unwrap();
    Some(String::from_utf8(text.stdout).unwrap())
}

/// A scrape job: scheme and path by name.
type Jobs = BTreeMap<String, (String, String)>;

fn jobs(prometheus: &str) -> Jobs {
    let configuration: Value = serde_saphyr::from_str(prometheus).unwrap();
    let jobs = configuration["scrape_configs"].as_array().into_iter().flatten();
    let text = |value: &Value, default: &str| value.as_str().unwrap_or(default).to_owned();
    jobs.map(|job| {
        let at = (text(&job["scheme"], "http"), text(&job["metrics_path"], "/metrics"));
        (text(&job["job_name"], ""), at)
    })
    .collect()
}

/// The jobs that the monitors of the render ask for: one for each of their endpoints.
fn jobs_of_monitors(install: &Install) -> Jobs {
    let mut jobs = Jobs::new();
    for (kind, job, endpoints) in
        [("ServiceMonitor", "serviceMonitor", "endpoints"), ("PodMonitor", "podMonitor", "podMetricsEndpoints")]
    {
        for monitor in install.kind(kind) {
            let metadata = &monitor["metadata"];
            let name =
                format!("{job}/{}/{}", metadata["namespace"].as_str().unwrap(), metadata["name"].as_str().unwrap());
            for (n, endpoint) in monitor["spec"][endpoints].as_array().unwrap().iter().enumerate() {
                let scheme = endpoint["scheme"].as_str().unwrap_or("http").to_lowercase();
                let path = endpoint["path"].as_str().unwrap_or("/metrics").to_owned();
                jobs.insert(format!("{name}/{n}"), (scheme, path));
            }
        }
    }
    jobs
}

fn has_the_jobs_of_the_monitors(made: &Generated, install: &Install) -> String {
    let expected = jobs_of_monitors(install);
    assert!(expected.len() > 15, "{expected:?}");
    assert_eq!(jobs(&made.prometheus), expected, "the scrape jobs, and what the monitors ask for");
    let configuration: Value = serde_saphyr::from_str(&made.prometheus).unwrap();
    let alertmanagers = configuration["alerting"]["alertmanagers"].as_array().unwrap();
    assert_eq!(alertmanagers.len(), 1, "{alertmanagers:?}");
    assert_eq!(alertmanagers[0]["scheme"], "https");
    assert_eq!(alertmanagers[0]["tls_config"]["server_name"], "alertmanager.monitoring.svc");
    assert_eq!(alertmanagers[0]["tls_config"]["insecure_skip_verify"], Value::Null);
    let rules = install.kind("PrometheusRule").count();
    assert_eq!(made.rules.len(), rules, "a file for each PrometheusRule");
    format!(
        "with its emitted arguments and account only, it makes exactly the {} scrape jobs, the alertmanager and {rules} rule files of {}",
        expected.len(),
        install.profile
    )
}

/// The pods of its StatefulSets are made, so Pod Security admits them, and it refuses them weakened.
fn pods_are_admitted(cluster: &ControlPlane, operator: &mut Running) -> String {
    let names = ["prometheus-prometheus", "alertmanager-alertmanager"];
    operator.wait_until("served with pods", LIMIT, || {
        names.iter().all(|name| {
            let pod = cluster.kubectl(&["get", "pod", &format!("{name}-0"), "--namespace=monitoring"]);
            pod.status.success()
        })
    });
    let get = |name: &&str| cluster.ask_json(&["get", "statefulset", name, "--namespace=monitoring"]);
    let pods: Vec<Value> = names.iter().map(get).map(|set| pod_security::pod_of(&set)).collect();
    let admitted = pod_security::admits_only_the_hardened(cluster, &pods);
    format!("the StatefulSets that it makes get their pods: {admitted}")
}

/// The configuration is checked with the files that it names: the emitted certificate, and the rules.
fn passes_promtool(made: &Generated, install: &Install, folder: &Path) -> String {
    let files = folder.join("prometheus");
    let rules = files.join("rules/prometheus-prometheus-rulefiles-0");
    fs::create_dir_all(&rules).unwrap();
    for key in ["tls.crt", "tls.key", "ca.crt"] {
        fs::write(files.join(key), install.secret("prometheus-certificate", key)).unwrap();
    }
    fs::write(files.join("token"), "token").unwrap();
    for (file, text) in &made.rules {
        fs::write(rules.join(file), text).unwrap();
    }
    let place = files.to_str().unwrap();
    let text = made
        .prometheus
        .replace("/etc/skopos/certificate", place)
        .replace("/var/run/secrets/kubernetes.io/serviceaccount", place)
        .replace("/etc/prometheus/rules", &format!("{place}/rules"));
    let check = |text: &str| {
        let path = files.join("prometheus.yaml");
        fs::write(&path, text).unwrap();
        support::tool("promtool").args(["check", "config"]).arg(path).output().unwrap()
    };
    let output = check(&text);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "promtool: {printed}{}", String::from_utf8_lossy(&output.stderr));
    let found = format!("{} rule files found", made.rules.len());
    assert!(printed.contains(&found), "promtool reads all rules: {printed}");
    let broken = check(&text.replacen("scrape_interval: 30s", "scrape_interval: 30 parsecs", 1));
    assert!(!broken.status.success(), "promtool accepts a broken interval");
    format!("the configuration that the operator writes for {} is valid, with its {found}", install.profile)
}

fn passes_amtool(made: &Generated, folder: &Path) -> String {
    let path = folder.join("alertmanager.yaml");
    let check = |text: &str| {
        fs::write(&path, text).unwrap();
        support::tool("amtool").arg("check-config").arg(&path).output().unwrap()
    };
    let output = check(&made.alertmanager);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "amtool: {printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!check(&format!("{}\nnot_a_field: 1\n", made.alertmanager)).status.success());
    "the configuration that the operator writes is valid".to_owned()
}

/// A neighbor's monitor is taken up, and one that would have Prometheus read its own files is not.
fn keeps_others_from_files(cluster: &ControlPlane, install: &Install, operator: &mut Running) -> String {
    let monitor = |name: &str, endpoint: Value| {
        json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "ServiceMonitor",
            "metadata": { "name": name, "namespace": "default" },
            "spec": { "selector": { "matchLabels": { "app": name } }, "endpoints": [endpoint] },
        })
    };
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    let thief = monitor("thief", json!({ "port": "web", "bearerTokenFile": token }));
    let neighbor = monitor("neighbor", json!({ "port": "web" }));
    for object in [&thief, &neighbor] {
        let output = cluster.kubectl_on(object, &["apply", "--server-side", "--validate=strict"]);
        quiet("applying a monitor of a neighbor", output);
    }
    let mut seen = Jobs::new();
    operator.wait_until("aware of a neighbor's monitor", LIMIT, || {
        seen = read(cluster).map(|made| jobs(&made.prometheus)).unwrap_or_default();
        seen.contains_key("serviceMonitor/default/neighbor/0")
    });
    let expected = jobs_of_monitors(install);
    let added: BTreeSet<&String> = seen.keys().filter(|job| !expected.contains_key(*job)).collect();
    assert_eq!(added, BTreeSet::from([&"serviceMonitor/default/neighbor/0".to_owned()]));
    "a monitor of another namespace is taken up, and one that reads the files of Prometheus is not".to_owned()
}

/// Its log tells of nothing that it was not allowed to do, and of no resource that it refuses but the one that it must.
fn complains_of_nothing(operator: &Running) {
    let log = operator.log();
    let complaints: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("\"level\":\"error\"") || line.contains("forbidden"))
        .filter(|line| !line.contains("thief"))
        .collect();
    assert!(complaints.is_empty(), "the operator complains:\n{}", complaints.join("\n"));
}
