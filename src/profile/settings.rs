//! What a profile says, as types. The doc comments are what `skopos explain` prints, and the schema is made of them.

mod backend;
mod cluster;
mod images;
mod milestone;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::format::{DnsLabel, LabelKey, LabelValue, ProfileName};

pub use backend::{Backend, Limits, Resources, Storage};
pub use cluster::{
    Builds, Cluster, ControlPlane, KUBERNETES_VERSIONS, Mesh, MeshTelemetry, Network, SERVING_VERSIONS, Serving,
};
pub use images::Images;
pub use milestone::Milestone;

/// What monitoring a cluster should have. Everything but `apiVersion`, `kind`, `name` and `milestone` has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The version of this format.
    pub api_version: ApiVersion,
    /// The kind of file.
    pub kind: Kind,
    /// The profile's name. It stands in labels and in the names of what belongs to no single backend.
    pub name: ProfileName,
    /// The set of capabilities to install. A feature of a later milestone is an error.
    pub milestone: Milestone,
    /// What the cluster is like: what skopos does not install, but must know.
    #[serde(default)]
    pub cluster: Cluster,
    /// Resources, replicas and storage of every backend, which `backends` may change one by one.
    #[serde(default)]
    pub size: Size,
    /// Who shares the backends with whom.
    #[serde(default)]
    pub tenancy: Tenancy,
    /// What differs from the defaults, by component.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub backends: IndexMap<String, Backend>,
    /// Where images come from.
    #[serde(default)]
    pub images: Images,
    /// How programs prove to each other who they are.
    #[serde(default)]
    pub security: Security,
    /// Whether the output brings the custom resource definitions of the Prometheus Operator along: `included`, or
    /// `external` where the cluster has them already.
    #[serde(default)]
    pub crds: Crds,
    /// Who outside the monitoring may reach the pages for people.
    #[serde(default)]
    pub access: Access,
    /// Backends from folders of your own (from milestone M8).
    #[serde(default)]
    pub extensions: Vec<Extension>,
}

/// The version of this format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ApiVersion {
    /// The format of this release.
    #[serde(rename = "skopos.dev/v1alpha1")]
    V1Alpha1,
}

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Kind {
    /// A profile.
    MonitoringProfile,
}

/// Resources, replicas and storage of every backend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Size {
    /// One replica of each backend, for a cluster of a few nodes or on a laptop.
    Small,
    /// Replicas where a backend can have them, for a cluster of some ten nodes.
    #[default]
    Medium,
    /// More of everything, for a cluster of a hundred nodes.
    Large,
}

/// Who shares the backends with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Tenancy {
    /// How instances of the backends are divided.
    #[serde(default)]
    pub model: TenancyModel,
}

/// How instances of the backends are divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum TenancyModel {
    /// One instance for everybody.
    #[default]
    Shared,
    /// One instance for operators and one for developers (from milestone M7).
    Persona,
    /// One instance for each tenant beside the operators' (from milestone M9).
    Namespace,
}

/// How programs prove to each other who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Security {
    /// Where TLS certificates come from.
    #[serde(default)]
    pub certificates: Certificates,
}

/// Where TLS certificates come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Certificates {
    /// `skopos secrets` makes them, with an authority of their own.
    #[default]
    Generated,
    /// cert-manager makes and renews them in the cluster.
    CertManager,
    /// You put them into the Secrets that the output names.
    External,
}

/// Whether the output brings custom resource definitions along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Crds {
    /// They are the first wave of the output.
    #[default]
    Included,
    /// The cluster has them already.
    External,
}

/// Who outside the monitoring may reach the pages for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Access {
    /// The pods that may reach Grafana and Kibana, such as those of an ingress controller. Nobody else can.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true), example = serde_json::json!([{"namespace": "ingress-nginx"}]))]
    pub from: Vec<Peer>,
}

/// Pods of one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Peer {
    /// The namespace of the pods.
    #[schemars(example = "ingress-nginx")]
    pub namespace: DnsLabel,
    /// The labels that the pods have; all pods of the namespace where there are none.
    #[serde(default)]
    #[schemars(schema_with = "labels")]
    pub pod_labels: IndexMap<LabelKey, LabelValue>,
}

/// A backend from a folder of your own (from milestone M8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Extension {
    /// The extension's name.
    pub name: DnsLabel,
    /// What the extension's own schema allows.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

fn labels(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    map_of::<LabelKey, LabelValue>(generator)
}

/// A map whose keys have a form of their own.
fn map_of<K: JsonSchema, V: JsonSchema>(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let (keys, values) = (K::json_schema(generator), V::json_schema(generator));
    schemars::json_schema!({ "type": "object", "propertyNames": keys, "additionalProperties": values })
}

impl Settings {
    /// The cluster's name, which is the profile's where it has none of its own.
    #[must_use]
    pub fn cluster_name(&self) -> &str {
        self.cluster.name.as_ref().map_or(self.name.as_str(), |name| name.as_str())
    }
}
