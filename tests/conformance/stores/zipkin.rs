//! The two sides of Zipkin, as emitted: the collector takes spans and answers no questions, the query side finds them and takes none.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::elasticsearch::Caller;
use crate::cluster::install::Install;
use crate::http::{Client, Tls};
use crate::pod::{self, Volumes};
use crate::process::{Running, free_port};
use crate::support;

/// How long a side may take; the machine may be busy with other things.
const START: Duration = Duration::from_mins(5);

/// The trace and the span that go through.
const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";

/// One side of Zipkin.
struct Side {
    name: &'static str,
    port: u16,
    container: Value,
    running: Running,
    client: Client,
}

/// Starts both sides, and leads a span from the one to the other.
pub fn keeps_and_finds(admin: &Caller, install: &Install, folder: &Path, elasticsearch: u16) -> String {
    let start = |name, elasticsearch, trusts| Side::start(install, folder, name, elasticsearch, trusts);
    let mut collector = start("zipkin-collector", elasticsearch, true);
    let mut query = start("zipkin-query", elasticsearch, true);
    let mut distrusting = start("zipkin-query", elasticsearch, false);
    let mut alone = start("zipkin-collector", free_port(), true);
    for side in [&mut collector, &mut query] {
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            side.wait_for(probe);
        }
    }
    collector.post_span();
    query.finds_span(admin);
    for path in ["/api/v2/traces", "/api/v2/services", "/zipkin/"] {
        assert_eq!(collector.status("GET", path), 404, "the collector answers at {path}");
    }
    let refused = query.send_span();
    assert!(refused == 404 || refused == 405, "the query side takes spans: {refused}");
    made_no_template_of_its_own(admin);
    // Without its storage a side lives on, and is not ready; so does one that does not trust the storage's certificate.
    for side in [&mut distrusting, &mut alone] {
        side.wait_for("startupProbe");
        side.wait_for("livenessProbe");
        let status = side.probe("readinessProbe");
        assert_eq!(status, Some(503), "{} is ready without its storage", side.name);
    }
    "with the emitted environment, credentials and trust store a span posted to the collector is found by the query side; neither does the \
     other's work; the probes pass, and readiness alone fails without storage or without trust in it"
        .to_owned()
}

impl Side {
    fn start(install: &Install, folder: &Path, name: &'static str, elasticsearch: u16, trusts: bool) -> Self {
        let object = install.one("Deployment", name);
        let container = pod::container(pod::pod_of(object), "zipkin");
        let port = free_port();
        let volumes = Volumes::of(install, object, &folder.join(format!("{name}-{port}")));
        let mut command = support::tool("zipkin");
        for (variable, value) in pod::environment(install, container, &[]) {
            let value = match variable.as_str() {
                // Its certificate names this address, too.
                "ES_HOSTS" => {
                    assert_eq!(value, "https://elasticsearch.monitoring.svc:9200");
                    format!("https://localhost:{elasticsearch}")
                }
                "JAVA_OPTS" => {
                    let options = volumes.here(container, &value);
                    let kept = options.split(' ').filter(|option| trusts || !option.contains("trustStore"));
                    let temporary = volumes.folder("temporary");
                    let here = format!("-XX:-UsePerfData -Djava.io.tmpdir={}", temporary.display());
                    kept.chain([here.as_str()]).collect::<Vec<_>>().join(" ")
                }
                _ => volumes.here(container, &value),
            };
            command.env(variable, value);
        }
        let emitted: Vec<&str> = container["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let here = [
            "--armeria.ports[0].ip=127.0.0.1".to_owned(),
            format!("--armeria.ports[0].port={port}"),
            "--armeria.ports[0].protocols[0]=http".to_owned(),
        ];
        let known =
            ["--armeria.ports[0].ip=127.0.0.1", "--armeria.ports[0].port=9411", "--armeria.ports[0].protocols[0]=http"];
        // The collector listens for others, which it must not here.
        assert!(emitted.is_empty() || emitted == known, "{name} has other arguments: {emitted:?}");
        command.args(here);
        let running = Running::start(&format!("{name}-{port}"), &command, folder);
        let client = Client::new(&Tls::default());
        Self { name, port, container: container.clone(), running, client }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn status(&self, method: &str, path: &str) -> u16 {
        self.client.send(method, &self.url(path), None).status
    }

    /// What a probe asks for, asked here: by the kubelet, or by a program in the container.
    fn probe(&self, probe: &str) -> Option<u16> {
        let action = &self.container[probe];
        let path = if let Some(path) = action["httpGet"]["path"].as_str() {
            assert_eq!(action["httpGet"]["port"], "spans");
            path
        } else {
            let command: Vec<&str> =
                action["exec"]["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let (url, program) = command.split_last().unwrap();
            assert_eq!(program, ["wget", "-q", "-O", "/dev/null"]);
            url.strip_prefix("http://127.0.0.1:9411").unwrap_or_else(|| panic!("{command:?}"))
        };
        self.client.try_send("GET", &self.url(path), None).ok().map(|answer| answer.status)
    }

    fn wait_for(&mut self, probe: &str) {
        let probed = |side: &Self| side.probe(probe) == Some(200);
        let started = std::time::Instant::now();
        while !probed(self) {
            self.running.wait_until("alive", START, || true);
            assert!(started.elapsed() < START, "{}: {probe} does not pass\n{}", self.name, self.running.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn send_span(&self) -> u16 {
        let span = json!([{
            "traceId": TRACE,
            "id": "a2fb4a1d1a96d312",
            "kind": "SERVER",
            "name": "get /cart",
            // Today: the query side looks at indices of the time that it is asked for.
            "timestamp": now_micros(),
            "duration": 207_000,
            "localEndpoint": { "serviceName": "shop" },
            "tags": { "http.status_code": "500" },
        }]);
        self.client.send("POST", &self.url("/api/v2/spans"), Some(("application/json", &span.to_string()))).status
    }

    fn post_span(&self) {
        assert_eq!(self.send_span(), 202, "the collector takes a span");
    }

    fn finds_span(&mut self, admin: &Caller) {
        let url = self.url(&format!("/api/v2/trace/{TRACE}"));
        let client = &self.client;
        self.running.wait_until("told of the span", START, || {
            // What is written is found after the index's own while; here nobody waits for it.
            admin.ask("POST", "/zipkin-*/_refresh", None);
            client.get(&url).status == 200
        });
        let trace = client.get(&url).json();
        let found =
            json!([trace[0]["name"], trace[0]["localEndpoint"]["serviceName"], trace[0]["duration"], trace[0]["tags"]]);
        assert_eq!(found, json!(["get /cart", "shop", 207_000, { "http.status_code": "500" }]));
        let searches = [
            "serviceName=shop",
            "serviceName=shop&spanName=get%20%2Fcart&minDuration=200000",
            "annotationQuery=http.status_code=500",
        ];
        for search in searches {
            let found = client.get(&self.url(&format!("/api/v2/traces?{search}"))).json();
            assert_eq!(found[0][0]["traceId"], TRACE, "{search}: {found}");
        }
        let none = client.get(&self.url("/api/v2/traces?serviceName=other")).json();
        assert_eq!(none, json!([]));
        assert_eq!(client.get(&self.url("/api/v2/services")).json(), json!(["shop"]));
    }
}

/// The templates are those of `settings.json`: Zipkin may not make any, and does not try.
fn made_no_template_of_its_own(admin: &Caller) {
    assert_eq!(admin.get("/_template"), json!({}), "legacy templates");
    let indices = admin.get("/zipkin-span-*/_settings");
    for (name, index) in indices.as_object().unwrap() {
        let settings = &index["settings"]["index"];
        assert_eq!(settings["lifecycle"]["name"], "skopos", "{name}: {settings}");
        assert_eq!(settings["number_of_shards"], "1", "{name}: {settings}");
    }
}

fn now_micros() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_micros()).unwrap()
}
