//! The words of the contract for what workloads serve and what they call.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ObjectTemplate;
use crate::catalog::expression::{Condition, Text};

/// Something that a workload serves.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// Port name: at most 15 characters.
    pub name: String,
    /// It exists only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The port that callers reach in the pod.
    pub port: u16,
    /// The last of a range of ports that begins with `port`.
    #[serde(default)]
    pub last_port: Option<u16>,
    /// What is spoken.
    pub protocol: Protocol,
    /// Who checks callers.
    pub authentication: Authentication,
    /// The port on loopback that the guard forwards to.
    #[serde(default)]
    pub upstream: Option<u16>,
    /// The only paths that the guard lets through. Empty: all.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Members of the workload talk to each other here: a headless Service.
    #[serde(default)]
    pub peers: bool,
    /// Only the kubelet's probes use it: no Service port and no edge.
    #[serde(default)]
    pub probe_only: bool,
    /// People open it: who may is `access.from` in the profile.
    #[serde(default)]
    pub people: bool,
    /// First users of people, where the server keeps users.
    #[serde(default)]
    pub logins: Vec<Login>,
    /// It gives metrics.
    #[serde(default)]
    pub metrics: Option<Metrics>,
    /// The name and port of the Service, where another program owns it.
    #[serde(default)]
    pub service: Option<ForeignService>,
}

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// Anything over TCP.
    Tcp,
}

/// Who checks the callers of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// Nobody in the program: it listens on loopback and the guard stands before it.
    Guard,
    /// The program, by client certificates of the installation's authority.
    Certificate,
    /// The program, by its own users.
    Password,
    /// The Kubernetes API decides on the caller's token.
    Token,
    /// Nobody. Needs the exception `open-endpoint` where it serves HTTP.
    None,
}

/// A first user of a server that keeps users.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// User name.
    pub user: String,
    /// What they may do, in the server's own terms.
    pub role: Value,
}

/// How metrics are read from an endpoint.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metrics {
    /// HTTP path.
    #[serde(default = "metrics_path")]
    pub path: String,
    /// Time between reads.
    #[serde(default = "metrics_interval")]
    pub interval: String,
    /// The value of `job`. Default: the workload's name.
    #[serde(default)]
    pub job: Option<String>,
    /// The program's own `namespace`, `pod`, … labels win.
    #[serde(default)]
    pub honor_labels: bool,
    /// `instance` and `node` are the node's name.
    #[serde(default)]
    pub by_node: bool,
    /// The workload's own Secret whose `username` and `password` the collector shows.
    #[serde(default)]
    pub secret: Option<String>,
    /// The object templates of monitors that replace the derived one.
    #[serde(default)]
    pub monitors: Vec<ObjectTemplate>,
}

fn metrics_path() -> String {
    "/metrics".into()
}

fn metrics_interval() -> String {
    "30s".into()
}

/// A Service that another program makes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignService {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
}

/// An endpoint that a workload calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// What the templates call it: `uses.<name>`.
    pub name: String,
    /// `<workload>/<endpoint>`, the workload by its object's name.
    pub endpoint: String,
    /// It is made only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Which ports of an endpoint that has a range of them: an expression that gives a list. Where it gives none, nothing is called.
    #[serde(default)]
    pub ports: Option<Text>,
    /// Without the peer this workload does without; else the peer's absence is an error.
    #[serde(default)]
    pub optional: bool,
    /// What this workload may do there, in the server's own terms.
    #[serde(default)]
    pub role: Option<Value>,
    /// How it says who it is, where the server keeps users.
    #[serde(default)]
    pub credentials: Option<Credentials>,
}

/// Credentials for one edge.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    /// `password`, or `service-token` where the server knows accounts of products.
    pub kind: CredentialKind,
    /// The account: default is the workload's name. For service tokens `<namespace>/<service>/<token>`.
    #[serde(default)]
    pub user: Option<String>,
    /// Files made of them for the client, beside `username` and `password`.
    #[serde(default)]
    pub files: IndexMap<String, String>,
}

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A user name and a password.
    Password,
    /// A bearer token of a product's own account.
    ServiceToken,
}
