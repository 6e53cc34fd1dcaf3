//! The part `stores`: a real Elasticsearch takes its emitted settings, accounts, templates and documents, and the two sides of a real
//! Zipkin keep and find a span in it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::cluster::install::Install;
use crate::control_plane::Authority;
use crate::pod::Volumes;
use crate::process;
use crate::proof::{Part, Proof};

mod accounts;
mod documents;
mod elasticsearch;
mod state;
mod zipkin;

use elasticsearch::{Caller, Node, Ports};

/// Elasticsearch and Zipkin.
pub const PART: Part = Part { name: "stores", run };

/// The profile whose stores run.
const PROFILE: &str = "m4";

fn run() -> Vec<Proof> {
    let folder = process::folder("stores");
    let install = Install::of(PROFILE);
    let version = |kind: &str, name: &str, container: usize| {
        let image = &install.one(kind, name)["spec"]["template"]["spec"]["containers"][container]["image"];
        image.as_str().unwrap().rsplit(':').next().unwrap().to_owned()
    };
    let elasticsearch = version("StatefulSet", "elasticsearch", 0);
    let mut proofs = Vec::new();
    let mut prove = |program: &'static str, version: &str, work: &mut dyn FnMut() -> String| {
        let started = Instant::now();
        let proved = work();
        proofs.push(Proof { program, version: version.to_owned(), proved, took: started.elapsed() });
    };
    let mut nodes = Vec::new();
    prove("elasticsearch", &elasticsearch, &mut || {
        nodes = cluster(&install, folder.path());
        "two nodes start from the emitted files, environment and init container, find each other over TLS and pass their probes".to_owned()
    });
    let url = nodes[0].url();
    let admin = Caller::with_secret(&install, &url, "elasticsearch-admin");
    prove("elasticsearch", &elasticsearch, &mut || state::is_taken(&admin, &install));
    prove("elasticsearch", &elasticsearch, &mut || accounts::may_do_what_they_need(&admin, &install, &url));
    prove("elasticsearch", &elasticsearch, &mut || documents::are_kept(&admin, &install, &url));
    let zipkin = version("Deployment", "zipkin-collector", 0);
    prove("zipkin", &zipkin, &mut || zipkin::keeps_and_finds(&admin, &install, folder.path(), nodes[0].ports.http));
    prove("elasticsearch", &elasticsearch, &mut || state::tells_what_is_broken(&admin, &mut nodes));
    prove("elasticsearch", &elasticsearch, &mut || refuses_broken_nodes(&admin, &install, folder.path(), &nodes));
    proofs
}

/// Starts two nodes, and waits until they are one healthy cluster.
fn cluster(install: &Install, folder: &Path) -> Vec<Node> {
    let peers = [Ports::new(), Ports::new()];
    let mut nodes: Vec<Node> =
        (0..peers.len()).map(|ordinal| Node::start(install, folder, ordinal, &peers, &|_| {})).collect();
    nodes.iter_mut().for_each(Node::wait_until_probed);
    let admin = Caller::with_secret(install, &nodes[0].url(), "elasticsearch-admin");
    nodes[0].wait_until("taking logins", || admin.status("/_security/_authenticate") == Some(200));
    let health = "/_cluster/health?wait_for_nodes=2&wait_for_status=green&timeout=60s";
    let health = admin.get(health);
    let expected = json!(["monitoring-elasticsearch", "green", 2, false]);
    let found = json!([health["cluster_name"], health["status"], health["number_of_nodes"], health["timed_out"]]);
    assert_eq!(found, expected, "the cluster's health");
    for node in &nodes {
        logs_are_json(node);
    }
    nodes
}

/// The log pipeline reads each line as one JSON object.
fn logs_are_json(node: &Node) {
    let log = node.log();
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    assert!(lines.len() > 20, "{log}");
    for line in lines {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", node.name));
        for field in ["@timestamp", "message", "log.level"] {
            assert!(entry[field].is_string(), "{}: no {field}: {line}", node.name);
        }
        assert_eq!(entry["event.dataset"], "elasticsearch.server", "{line}");
        assert_ne!(entry["log.level"], "ERROR", "{}: {line}", node.name);
    }
}

/// A misspelt setting ends the start, and a node whose certificate is another authority's does not join.
fn refuses_broken_nodes(admin: &Caller, install: &Install, folder: &Path, nodes: &[Node]) -> String {
    let misspelt = |volumes: &Volumes| {
        let file = volumes.folder("settings").join("elasticsearch.yml");
        let text = fs::read_to_string(&file).unwrap();
        let broken = text.replace("xpack.security.http.ssl.enabled", "xpack.security.http.ssl.enabledd");
        assert_ne!(text, broken);
        fs::write(&file, broken).unwrap();
    };
    let mut node = Node::start(install, folder, 0, &[Ports::new()], &misspelt);
    let told = node.ends_with("unknown setting [xpack.security.http.ssl.enabledd]");
    assert!(told, "a misspelt setting is not told: {}", node.log());
    let foreign = |volumes: &Volumes| {
        let certificate = volumes.folder("certificate");
        let trusted = fs::read(certificate.join("ca.crt")).unwrap();
        Authority::new(&certificate).issue("tls", "elasticsearch.monitoring.svc", None);
        fs::write(certificate.join("ca.crt"), trusted).unwrap();
    };
    let peers = [nodes[0].ports, nodes[1].ports, Ports::new()];
    let mut node = Node::start(install, folder, 2, &peers, &foreign);
    node.wait_until_said("Received fatal alert: bad_certificate");
    let count = admin.get("/_cluster/health");
    assert_eq!(count["number_of_nodes"], 2, "a node with a foreign certificate joins");
    "a misspelt setting ends the start; a third node with another authority's certificate does not join".to_owned()
}
