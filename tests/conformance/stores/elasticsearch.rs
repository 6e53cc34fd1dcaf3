//! Nodes of Elasticsearch that run from the emitted StatefulSet: its files, its init container, its environment.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::install::Install;
use crate::http::{Answer, Client, Tls};
use crate::pod::{self, Volumes};
use crate::process::{Running, free_port};
use crate::support;

/// How long a node may take; the machine may be busy with other things.
const START: Duration = Duration::from_mins(5);

/// Where a node listens here.
#[derive(Clone, Copy)]
pub struct Ports {
    /// Clients.
    pub http: u16,
    transport: u16,
    readiness: u16,
}

impl Ports {
    /// Ports that are free.
    pub fn new() -> Self {
        Self { http: free_port(), transport: free_port(), readiness: free_port() }
    }

    /// The port that the container calls by a name.
    fn named(self, name: &str) -> u16 {
        match name {
            "https" => self.http,
            "transport" => self.transport,
            "readiness" => self.readiness,
            _ => panic!("there is no port {name}"),
        }
    }
}

/// One node.
pub struct Node {
    /// The name of its pod.
    pub name: String,
    /// Where it listens.
    pub ports: Ports,
    /// The folder of its file settings.
    pub state: PathBuf,
    container: Value,
    running: Running,
}

/// What is broken on purpose, in the files of a node before it starts.
pub type Break<'a> = &'a dyn Fn(&Volumes);

impl Node {
    /// Starts the pod with an ordinal; `peers` are the nodes of its cluster, itself among them.
    pub fn start(install: &Install, folder: &Path, ordinal: usize, peers: &[Ports], broken: Break<'_>) -> Self {
        let object = install.one("StatefulSet", "elasticsearch");
        let template = pod::pod_of(object);
        let container = pod::container(template, "elasticsearch");
        let (name, ports) = (format!("elasticsearch-{ordinal}"), peers[ordinal]);
        let place = folder.join(format!("{name}-{}", ports.http));
        let volumes = Volumes::of(install, object, &place);
        let settings = volumes.folder("settings").join("elasticsearch.yml");
        let text = on_loopback(&fs::read_to_string(&settings).unwrap(), ports, peers);
        fs::write(&settings, volumes.here(container, &text)).unwrap();
        configure(pod::container(template, "configure"), &volumes, &place);
        volumes.nest(container);
        broken(&volumes);
        let mut command = support::tool("elasticsearch");
        let fields = [("metadata.name", name.as_str()), ("status.podIP", "127.0.0.1")];
        command.envs(pod::environment(install, container, &fields));
        let temporary = volumes.folder("temporary");
        // A small heap for small data; and a JVM that leaves nothing behind.
        let options =
            format!("-Xms512m -Xmx512m -XX:+UseSerialGC -XX:-UsePerfData -Djava.io.tmpdir={}", temporary.display());
        command.env("ES_JAVA_OPTS", options).env("ES_PATH_CONF", volumes.folder("configuration"));
        let running = Running::start(&format!("{name}-{}", ports.http), &command, folder);
        Self { name, ports, state: volumes.folder("state"), container: container.clone(), running }
    }

    /// Waits until its emitted probes pass.
    pub fn wait_until_probed(&mut self) {
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let action = &self.container[probe];
            let name = action["tcpSocket"]["port"].as_str().unwrap_or_else(|| panic!("{probe}: {action}"));
            let port = self.ports.named(name);
            self.running.wait_until(probe, START, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        }
    }

    /// Waits for something.
    pub fn wait_until(&mut self, what: &str, ready: impl FnMut() -> bool) {
        self.running.wait_until(what, START, ready);
    }

    /// Waits until it has printed something.
    pub fn wait_until_said(&mut self, text: &str) {
        let log = self.running.log_file();
        self.running.wait_until(text, START, || fs::read_to_string(&log).is_ok_and(|log| log.contains(text)));
    }

    /// Does it end by itself, having said this?
    pub fn ends_with(&mut self, text: &str) -> bool {
        self.running.ends_within(START) && self.log().contains(text)
    }

    /// What it printed.
    pub fn log(&self) -> String {
        self.running.log()
    }

    /// The address by which its clients know it.
    pub fn url(&self) -> String {
        format!("https://elasticsearch.monitoring.svc:{}", self.ports.http)
    }
}

/// The emitted settings with addresses of loopback. Each of them must be there, so that nothing else is changed unseen.
fn on_loopback(text: &str, ports: Ports, peers: &[Ports]) -> String {
    let seeds: Vec<String> = peers.iter().map(|peer| format!("\"127.0.0.1:{}\"", peer.transport)).collect();
    let changes: BTreeMap<&str, String> = BTreeMap::from([
        ("network.host:", "127.0.0.1".to_owned()),
        ("http.publish_host:", "127.0.0.1".to_owned()),
        ("readiness.port:", ports.readiness.to_string()),
        ("discovery.seed_hosts:", format!("[{}]", seeds.join(", "))),
    ]);
    let mut changed = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let change = changes.iter().find(|(key, _)| line.starts_with(**key));
        if let Some((key, value)) = change {
            changed.push(*key);
            lines.push(format!("{key} {value}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    changed.sort_unstable();
    assert!(changed.iter().eq(changes.keys()), "elasticsearch.yml has not all of {:?}: {text}", changes.keys());
    lines.push(format!("http.port: {}", ports.http));
    lines.push(format!("transport.port: {}", ports.transport));
    // The disk of whoever runs the suite may be full.
    lines.push("cluster.routing.allocation.disk.threshold_enabled: false\n".to_owned());
    lines.join("\n")
}

/// Runs the init container, over files as an image has them.
fn configure(container: &Value, volumes: &Volumes, place: &Path) {
    let image = place.join("image");
    fs::create_dir(&image).unwrap();
    for file in ["elasticsearch.yml", "jvm.options", "log4j2.properties", "role_mapping.yml", "users"] {
        fs::write(image.join(file), "# the image's own\n").unwrap();
    }
    let script = volumes.folder("settings").join("link-configuration");
    let text = fs::read_to_string(&script).unwrap();
    let of_image = "/usr/share/elasticsearch/config/.";
    assert!(text.contains(of_image), "{text}");
    // The users' volume is mounted where the links are read, beside the settings.
    let text = text.replace("/etc/skopos/users", volumes.folder("users").to_str().unwrap());
    let text = volumes.here(container, &text).replace(of_image, &format!("{}/.", image.display()));
    fs::write(&script, text).unwrap();
    let command = container["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let words: Vec<String> = command.map(|word| volumes.here(container, word)).collect();
    support::run(Command::new(&words[0]).args(&words[1..]));
}

/// A caller with an account, at the first node.
pub struct Caller {
    url: String,
    client: Client,
}

impl Caller {
    /// By the name and the password of a Secret.
    pub fn with_secret(install: &Install, url: &str, secret: &str) -> Self {
        let [user, password] =
            ["username", "password"].map(|key| String::from_utf8(install.secret(secret, key)).unwrap());
        Self::with_password(install, url, &user, &password)
    }

    /// By a name and a password.
    pub fn with_password(install: &Install, url: &str, user: &str, password: &str) -> Self {
        use base64::Engine;
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self::with_header(install, url, format!("Basic {credentials}"))
    }

    /// By whatever stands in the header.
    pub fn with_header(install: &Install, url: &str, authorization: String) -> Self {
        let authority = install.secret("elasticsearch-certificate", "ca.crt");
        let client = Client::new(&Tls { authority: &authority, identity: None }).with("Authorization", authorization);
        Self { url: url.to_owned(), client }
    }

    /// Asks with JSON or without.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string);
        self.client.send(method, &format!("{}{path}", self.url), body.as_deref().map(|body| ("application/json", body)))
    }

    /// The status of an answer, or nothing where there is none yet.
    pub fn status(&self, path: &str) -> Option<u16> {
        self.client.try_send("GET", &format!("{}{path}", self.url), None).ok().map(|answer| answer.status)
    }

    /// Reads JSON; the answer must be good.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, None);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.json()
    }

    /// Sends lines of a bulk request.
    pub fn bulk(&self, lines: &[Value]) -> Answer {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.client.send("POST", &format!("{}/_bulk", self.url), Some(("application/x-ndjson", &text)))
    }
}
