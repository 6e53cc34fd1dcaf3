//! The component contract: what `component.yaml` may declare. All that the compiler knows of a backend is written in these words.

mod endpoint;

use indexmap::IndexMap;
use k8s_openapi::api::rbac::v1::PolicyRule;
use serde::{Deserialize, Serialize};

use super::expression::{Condition, Text};
use crate::secrets::Random;

pub use endpoint::{
    Authentication, CredentialKind, Credentials, Endpoint, ForeignService, Login, Metrics, Protocol, Use,
};

/// A component: one folder below `templates/`, one product.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Component {
    /// Its name: that of its folder, of its key under `backends`, and the start of its objects' names.
    pub name: String,
    /// What it is for, in a few words.
    pub summary: String,
    /// The milestone that brings it.
    pub since: String,
    /// How many copies there are, and where.
    pub scope: Scope,
    /// A profile may not switch it off.
    #[serde(default)]
    pub required: bool,
    /// It is part of the plan only where this expression on the cluster is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// It serves these components, and is part of the plan only where they are.
    #[serde(default)]
    pub only_with: Vec<String>,
    /// The component whose chosen version decides this one's.
    #[serde(default)]
    pub version_follows: Option<String>,
    /// Its pods.
    #[serde(default)]
    pub workloads: Vec<Workload>,
    /// Objects of its own beside those that the compiler derives.
    #[serde(default)]
    pub objects: Vec<ObjectTemplate>,
    /// Files with the names and labels of the metrics that its endpoints give.
    #[serde(default)]
    pub produces: Vec<ConditionalFile>,
    /// Its alerts, recording rules and dashboards.
    #[serde(default)]
    pub content: Content,
    /// Texts for the output's notes: what another program's owner must do.
    #[serde(default)]
    pub notes: Vec<ConditionalFile>,
    /// What a person should hear about a profile, and what of it cannot be done.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// It provides the resource definitions of these interface tables.
    #[serde(default)]
    pub definitions: Vec<String>,
    /// It is the guard: the sidecar in front of endpoints that authenticate nobody.
    #[serde(default)]
    pub guard: Option<Guard>,
}

/// How many copies of a component there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One in the cluster, in the installation's own namespace.
    Cluster,
    /// One in each instance.
    Instance,
    /// One pod on each node, in the agents' namespace.
    Node,
    /// Installed by others; skopos watches it.
    Platform,
}

/// A pod-bearing object, or pods of the platform.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workload {
    /// What distinguishes it from the component's other workloads; the object is `<component>-<name>`, or `<component>`.
    #[serde(default)]
    pub name: Option<String>,
    /// It is part of the plan only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// It helps the component's main workload: what a profile says of the component is not for it.
    #[serde(default)]
    pub auxiliary: bool,
    /// The object template of the pod-bearing object. Platform workloads have none.
    #[serde(default)]
    pub template: Option<String>,
    /// Parts of the object that depend on a condition, merged into it: maps key by key, lists at their end.
    #[serde(default)]
    pub fragments: Vec<ConditionalFile>,
    /// Its image in the catalog.
    #[serde(default)]
    pub image: Option<String>,
    /// Other images that the template or another program's arguments name.
    #[serde(default)]
    pub images: Vec<String>,
    /// Whether it serves or collects: which wave applies it.
    #[serde(default)]
    pub layer: Layer,
    /// Who the processes run as.
    #[serde(default)]
    pub runs_as: Option<RunsAs>,
    /// What its replicas are to each other.
    #[serde(default)]
    pub scaling: Scaling,
    /// Replicas and resources by size.
    #[serde(default)]
    pub sizes: Option<Sizes>,
    /// The part of the memory limit that a managed heap may take; the rest is for everything else.
    #[serde(default = "half")]
    pub heap_share: f64,
    /// How long it keeps data by default.
    #[serde(default)]
    pub retention: Option<String>,
    /// The least that a profile may set.
    #[serde(default)]
    pub least: Least,
    /// The program counts the time for which it keeps data in these steps.
    #[serde(default)]
    pub retention_step: Option<String>,
    /// Where its own certificate is mounted, where it has one.
    #[serde(default)]
    pub certificate: CertificateMount,
    /// What it serves.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// What it calls.
    #[serde(default)]
    pub uses: Vec<Use>,
    /// It gathers this signal from every endpoint of the plan that gives it.
    #[serde(default)]
    pub collects: Option<Collects>,
    /// It shows the plan's dashboards: the ConfigMaps are mounted below this path.
    #[serde(default)]
    pub dashboards_path: Option<String>,
    /// What it may do at the Kubernetes API.
    #[serde(default)]
    pub kubernetes: Vec<Access>,
    /// Paths that it writes; everything else is read-only.
    #[serde(default)]
    pub writes: Vec<Write>,
    /// Its pods share the node's network: callers reach them at the nodes' addresses.
    #[serde(default)]
    pub host_network: bool,
    /// Paths of the node that it reads.
    #[serde(default)]
    pub host_paths: Vec<HostPath>,
    /// Its configuration files.
    #[serde(default)]
    pub config: Vec<ConfigFiles>,
    /// Secrets of its own.
    #[serde(default)]
    pub secrets: Vec<SecretFiles>,
    /// The rules of the baseline that it cannot keep.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// What scanners of manifests find in its objects although it is meant so.
    #[serde(default)]
    pub scanner_findings: Vec<ScannerFinding>,
    /// Set where another program makes the pods.
    #[serde(default)]
    pub pods: Option<OperatorPods>,
    /// Where the pods of a platform workload are.
    #[serde(default)]
    pub at: Option<Location>,
    /// The container that does the work, where the template has several. Default: the workload's component.
    #[serde(default)]
    pub container: Option<String>,
}

impl Workload {
    /// Whether it keeps data on a volume.
    #[must_use]
    pub fn keeps_data(&self) -> bool {
        !self.auxiliary && self.writes.iter().any(|write| write.claim)
    }

    /// Whether its number of pods can be chosen.
    #[must_use]
    pub fn scales(&self) -> bool {
        !self.auxiliary && self.sizes.is_some() && !matches!(self.scaling, Scaling::Single | Scaling::PerNode)
    }
}

fn half() -> f64 {
    0.5
}

/// Which wave a workload belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Serves, stores or shows.
    #[default]
    Backend,
    /// Gathers and sends on.
    Collector,
}

/// User and groups of a pod's processes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunsAs {
    /// Numeric user.
    pub user: i64,
    /// Numeric group.
    pub group: i64,
    /// Numeric group that owns the volumes.
    pub fs_group: i64,
}

/// What replicas are to each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Exactly one pod; replaced, never doubled.
    #[default]
    Single,
    /// Any number of equal pods.
    Stateless,
    /// Members that vote: one or an odd number.
    Quorum,
    /// Each pod holds all data on its own.
    Replicated,
    /// One on each node.
    PerNode,
}

/// What a workload gets in each size of a profile.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// A laptop or a test.
    pub small: Size,
    /// A team's cluster.
    pub medium: Size,
    /// A company's cluster.
    pub large: Size,
}

/// What a program cannot do without: with less it does not start, or keeps nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Least {
    /// The memory limit.
    #[serde(default)]
    pub memory: Option<String>,
    /// The volume of each pod.
    #[serde(default)]
    pub storage: Option<String>,
    /// How long data is kept.
    #[serde(default)]
    pub retention: Option<String>,
}

/// Replicas and resources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Pods.
    #[serde(default = "one")]
    pub replicas: i32,
    /// CPU requested, and its limit.
    pub cpu: [String; 2],
    /// Memory, requested and limited alike: what is not promised may be taken away.
    pub memory: String,
    /// The volume of each pod.
    #[serde(default)]
    pub storage: Option<String>,
}

fn one() -> i32 {
    1
}

/// Where a certificate is mounted.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateMount {
    /// Folder of `tls.crt`, `tls.key` and `ca.crt`. Default `/etc/skopos/certificate`.
    #[serde(default)]
    pub mount_path: Option<String>,
    /// Also a PKCS#12 trust store, `truststore.p12` with its `truststore.password`.
    #[serde(default)]
    pub truststore: bool,
    /// The program mounts it by its own means; no mount is derived.
    #[serde(default)]
    pub unmounted: bool,
}

/// What a collector gathers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Collects {
    /// Only `metrics` today.
    pub signal: Signal,
    /// The scrape class of its monitors for endpoints of ours.
    pub scrape_class: String,
}

/// A kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Metrics, read from endpoints.
    Metrics,
}

/// A set of rights at the Kubernetes API, with the reason for it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Access {
    /// Why it is needed.
    pub reason: String,
    /// It exists only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// In the whole cluster rather than in some namespaces.
    #[serde(default)]
    pub cluster: bool,
    /// The namespaces, as expressions, where it is not the workload's own.
    #[serde(default)]
    pub namespaces: Vec<Text>,
    /// The rules.
    pub rules: Vec<PolicyRule>,
}

/// A path that a workload writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Volume name.
    pub name: String,
    /// Where it is mounted.
    pub path: String,
    /// Kept over restarts: a volume claim of the size's storage.
    #[serde(default)]
    pub claim: bool,
    /// The most that it may hold, where it is not kept: a quantity or an expression.
    #[serde(default)]
    pub size: Option<Text>,
}

/// A path of the node.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostPath {
    /// Volume name.
    pub name: String,
    /// Path on the node.
    pub path: String,
    /// Path in the container.
    pub mount_path: String,
    /// Mounts made later on the node are seen too.
    #[serde(default)]
    pub propagated: bool,
    /// The program writes it: needs the exception `host-path-write`.
    #[serde(default)]
    pub writable: bool,
}

/// Configuration files that make one ConfigMap.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigFiles {
    /// The ConfigMap is `<workload>-<name>`.
    pub name: String,
    /// Where it is mounted; not at all where absent.
    #[serde(default)]
    pub mount_path: Option<String>,
    /// Key and payload template.
    pub files: IndexMap<String, String>,
    /// It exists only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The program sees changes by itself: no restart.
    #[serde(default)]
    pub reloads: bool,
}

/// A Secret of random values and of files made from them; `skopos secrets` makes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretFiles {
    /// The Secret is `<workload>-<name>`.
    pub name: String,
    /// Where it is mounted; not at all where absent.
    #[serde(default)]
    pub mount_path: Option<String>,
    /// Random values by key.
    #[serde(default)]
    pub values: IndexMap<String, Random>,
    /// Key and payload template.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// The endpoint whose clients' credentials the files need.
    #[serde(default)]
    pub clients: Option<String>,
}

/// A rule of the baseline that a workload cannot keep.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// The rule's name.
    pub rule: String,
    /// Why it cannot be kept.
    pub reason: String,
    /// It holds only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// What a scanner holds against a workload, by a rule of its own that is none of the baseline.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScannerFinding {
    /// The scanner, such as `kube-score`.
    pub scanner: String,
    /// Its rule's name.
    pub rule: String,
    /// Why it stays so.
    pub reason: String,
}

/// Pods that another program makes from the object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorPods {
    /// Labels that it gives them, as expressions.
    pub labels: IndexMap<String, Text>,
    /// What it puts before the object's name to name the StatefulSet: counts against the name's length.
    pub prefix: String,
    /// The ServiceAccount and other derived parts go to these fields of `spec`.
    #[serde(default)]
    pub containers: Vec<String>,
}

/// Where pods of the platform are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Location {
    /// The namespace, as an expression. Absent: every namespace.
    #[serde(default)]
    pub namespace: Option<Text>,
    /// The labels of the pods.
    #[serde(default)]
    pub labels: IndexMap<String, String>,
    /// Labels that the pods carry, whatever the value.
    #[serde(default)]
    pub carries: Vec<String>,
    /// Addresses rather than pods: an expression that gives a list of CIDRs.
    #[serde(default)]
    pub cidrs: Option<Text>,
}

/// An object template with its wave.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectTemplate {
    /// File below the component's folder.
    pub template: String,
    /// It is emitted only where this expression is true.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The namespace, as an expression. Default: the component's.
    #[serde(default)]
    pub namespace: Option<Text>,
}

/// A file that counts only under a condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionalFile {
    /// File below the component's folder.
    pub file: String,
    /// The condition.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// Alerts, recording rules and dashboards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Rule files in Prometheus' own syntax.
    #[serde(default)]
    pub rules: Vec<ConditionalFile>,
    /// Dashboards in Grafana's own syntax.
    #[serde(default)]
    pub dashboards: Vec<ConditionalFile>,
}

/// Something that a person should hear.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Nothing can be made of the profile while this holds; else it is a warning.
    #[serde(default)]
    pub refuse: bool,
    /// When.
    pub when: Condition,
    /// What, as one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The place in the profile to show, as a JSON pointer.
    pub at: String,
}

/// The sidecar in front of endpoints that authenticate nobody.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guard {
    /// The object template of its container.
    pub container: String,
    /// The payload template of its configuration.
    pub config: String,
    /// Its image in the catalog.
    pub image: String,
    /// Its own user.
    pub user: i64,
    /// What it may do at the Kubernetes API.
    pub kubernetes: Vec<Access>,
}
