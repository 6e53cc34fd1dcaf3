//! The guards of a render as they run here: what is emitted, with ports of loopback and paths of this run.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::install::Install;
use crate::control_plane::ControlPlane;
use crate::http::{Client, Tls};
use crate::pod::Volumes;
use crate::process::{Running, free_port};
use crate::support;

/// How long a guard may take to start; the machine may be busy with other things.
const START: Duration = Duration::from_mins(1);

/// One guard container of the render.
pub struct Guard {
    /// The endpoint that it guards, as roles name it.
    pub name: String,
    /// The name under which callers know its server.
    pub host: String,
    /// The port of loopback on which it serves here.
    pub port: u16,
    /// A path that it lets through.
    pub path: String,
    /// Whether it lets through declared paths only.
    pub has_paths: bool,
    /// Its image's version.
    pub version: String,
    namespace: String,
    account: String,
    container: Value,
    volumes: Value,
    probe_port: u16,
    running: Option<Running>,
}

/// What is broken on purpose.
pub enum Change {
    /// Nothing.
    None,
    /// Clients' certificates are checked against this authority.
    Authority(Vec<u8>),
    /// The configuration is another file of the same guard's volume.
    Configuration(&'static str),
    /// An argument is missing.
    Without(&'static str),
}

/// All guards of a render, not yet running.
pub fn guards(install: &Install) -> Vec<Guard> {
    let mut guards = Vec::new();
    for object in install.objects() {
        // The operator's resources have the pod's fields beside their own.
        let pods = [&object["spec"]["template"]["spec"], &object["spec"]];
        for pod in pods {
            for container in pod["containers"].as_array().into_iter().flatten() {
                let image = container["image"].as_str().unwrap_or_default();
                if let Some((_, version)) = image.split_once("/kube-rbac-proxy:") {
                    guards.push(guard(object, pod, container, version));
                }
            }
        }
    }
    guards.sort_by(|left, right| left.name.cmp(&right.name));
    let names: Vec<&str> = guards.iter().map(|guard| guard.name.as_str()).collect();
    let expected = [
        "alertmanager-api",
        "alertmanager-metrics",
        "otel-collector-metrics",
        "prometheus-api",
        "prometheus-metrics",
        "zipkin-collector-metrics",
        "zipkin-query-metrics",
        "zipkin-query-query",
    ];
    assert_eq!(names, expected, "the guards of {}", install.profile);
    guards
}

fn guard(object: &Value, pod: &Value, container: &Value, version: &str) -> Guard {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (workload, namespace) = (text(&object["metadata"]["name"]), text(&object["metadata"]["namespace"]));
    let endpoint = text(&container["name"]).strip_prefix("guard-").unwrap().to_owned();
    let allowed = arguments(container).find_map(|argument| argument.strip_prefix("--allow-paths="));
    Guard {
        name: format!("{workload}-{endpoint}"),
        host: format!("{workload}.{namespace}.svc"),
        port: 0,
        path: allowed.unwrap_or("/any/path").split(',').next().unwrap().to_owned(),
        has_paths: allowed.is_some(),
        version: version.to_owned(),
        namespace,
        account: text(&pod["serviceAccountName"]),
        container: container.clone(),
        volumes: pod["volumes"].clone(),
        probe_port: 0,
        running: None,
    }
}

fn arguments(container: &Value) -> impl Iterator<Item = &str> {
    container["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap())
}

impl Guard {
    /// Starts it as its pod's account, with the files of its volumes.
    pub fn start(&mut self, cluster: &ControlPlane, install: &Install, folder: &Path, upstream: u16, change: &Change) {
        (self.port, self.probe_port) = (free_port(), free_port());
        let place = folder.join(format!("{}-{}", self.name, self.port));
        let volumes = Volumes::make(install, &self.volumes, &place);
        if let Change::Authority(pem) = change {
            fs::write(volumes.folder("certificate").join("ca.crt"), pem).unwrap();
        }
        let mut command = support::tool("kube-rbac-proxy");
        // In a pod it finds the API server and its token by itself.
        command.arg("--kubeconfig").arg(cluster.kubeconfig_of_account(&self.namespace, &self.account));
        for argument in arguments(&self.container) {
            if matches!(change, Change::Without(prefix) if argument.starts_with(prefix)) {
                continue;
            }
            command.arg(self.here(argument, &volumes, upstream, change));
        }
        self.running = Some(Running::start(&format!("{}-{}", self.name, self.port), &command, folder));
    }

    /// An argument with ports and paths of this run.
    fn here(&self, argument: &str, volumes: &Volumes, upstream: u16, change: &Change) -> String {
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        let value = match (name, change) {
            ("--secure-listen-address", _) => format!("127.0.0.1:{}", self.port),
            ("--proxy-endpoints-port", _) => self.probe_port.to_string(),
            ("--upstream", _) => format!("http://127.0.0.1:{upstream}/"),
            ("--config-file", Change::Configuration(file)) => {
                let (folder, _) = value.rsplit_once('/').unwrap();
                volumes.here(&self.container, &format!("{folder}/{file}"))
            }
            _ => volumes.here(&self.container, value),
        };
        format!("{name}={value}")
    }

    /// Waits until its readiness probe passes, as the kubelet asks it.
    pub fn wait_until_probed(&mut self, install: &Install) {
        let (host, port) = (self.host.clone(), self.probe_port);
        let probe = &self.container["readinessProbe"]["httpGet"];
        assert_eq!(probe["scheme"], "HTTPS");
        let path = probe["path"].as_str().unwrap().to_owned();
        let authority = install.secret("prometheus-certificate", "ca.crt");
        let kubelet = Client::new(&Tls { authority: &authority, identity: None });
        self.running.as_mut().unwrap().wait_until("ready", START, || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
                && kubelet.try_send("GET", &format!("https://{host}:{port}{path}"), None).is_ok_and(|a| a.status == 200)
        });
    }
}
