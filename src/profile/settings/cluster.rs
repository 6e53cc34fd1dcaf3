//! What the cluster is like.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::profile::format::{Cidr, ClusterName, DnsLabel, DnsSubdomain};

/// The minor versions of Kubernetes that the output is made for.
pub const KUBERNETES_VERSIONS: [&str; 8] = ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"];

/// The minor versions of Knative Serving whose metrics and traces are known.
pub const SERVING_VERSIONS: [&str; 9] = ["1.15", "1.16", "1.17", "1.18", "1.19", "1.20", "1.21", "1.22", "1.23"];

/// What the cluster is like: what skopos does not install, but must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Cluster {
    /// The cluster's name, as it stands in metrics and alerts. The profile's name where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<ClusterName>,
    /// The minor version of Kubernetes, as a quoted text.
    #[schemars(schema_with = "kubernetes_version")]
    pub kubernetes: String,
    /// The DNS domain of the cluster's Services.
    pub domain: DnsSubdomain,
    /// Who runs the control plane, which decides whether its scheduler and controller manager can be watched.
    pub control_plane: ControlPlane,
    /// The storage class of all volumes. The cluster's default where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "fast-ssd")]
    pub storage_class: Option<DnsSubdomain>,
    /// The service mesh.
    pub mesh: Mesh,
    /// Knative Serving.
    pub serving: Serving,
    /// Builds of images and functions, whose logs are collected.
    pub builds: Builds,
    /// Addresses that are not those of pods.
    pub network: Network,
}

/// Who runs the control plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ControlPlane {
    /// You do: scheduler and controller manager are pods that can be scraped.
    #[default]
    SelfManaged,
    /// A provider does: only the API server can be reached.
    Managed,
}

/// The service mesh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Mesh {
    /// What makes the mesh's metrics and spans.
    pub telemetry: MeshTelemetry,
    /// The namespace of its control plane.
    pub namespace: DnsLabel,
}

/// What makes the mesh's metrics and spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum MeshTelemetry {
    /// The sidecars and gateways themselves, as in every Istio since 1.8.
    #[default]
    Envoy,
    /// Mixer, as in Istio up to 1.4.
    Mixer,
    /// There is no mesh.
    None,
}

/// Knative Serving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Serving {
    /// Its minor version, as a quoted text. Up to 1.18 it exports other metrics and spans than from 1.19.
    #[schemars(schema_with = "serving_version")]
    pub version: String,
    /// The namespace of its controllers.
    pub namespace: DnsLabel,
    /// Whether the cluster has it.
    pub enabled: bool,
}

/// Builds of images and functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Builds {
    /// Whether logs of builds are collected.
    pub enabled: bool,
    /// The namespace of the Tekton controllers.
    pub namespace: DnsLabel,
}

/// Addresses that are not those of pods, for network policies: as narrow as you know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Network {
    /// The addresses of the nodes, where kubelets and node agents listen.
    #[schemars(extend("uniqueItems" = true, "minItems" = 1), example = serde_json::json!(["10.0.0.0/16"]))]
    pub nodes: Vec<Cidr>,
    /// The addresses of the API server.
    #[schemars(extend("uniqueItems" = true, "minItems" = 1), example = serde_json::json!(["10.0.0.10/32"]))]
    pub api_server: Vec<Cidr>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            name: None,
            kubernetes: "1.36".to_owned(),
            domain: known("cluster.local"),
            control_plane: ControlPlane::default(),
            storage_class: None,
            mesh: Mesh::default(),
            serving: Serving::default(),
            builds: Builds::default(),
            network: Network::default(),
        }
    }
}

impl Default for Mesh {
    fn default() -> Self {
        Self { telemetry: MeshTelemetry::default(), namespace: known("istio-system") }
    }
}

impl Default for Serving {
    fn default() -> Self {
        Self { version: "1.23".to_owned(), namespace: known("knative-serving"), enabled: true }
    }
}

impl Default for Builds {
    fn default() -> Self {
        Self { enabled: true, namespace: known("tekton-pipelines") }
    }
}

impl Default for Network {
    fn default() -> Self {
        let everything = || vec![known("0.0.0.0/0"), known("::/0")];
        Self { nodes: everything(), api_server: everything() }
    }
}

/// A text of which we know the form.
fn known<T: TryFrom<String, Error = String>>(text: &str) -> T {
    #[allow(clippy::expect_used, reason = "the texts are constants in this file, and a test makes the defaults")]
    T::try_from(text.to_owned()).expect("a default has the form that it needs")
}

fn kubernetes_version(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": json!(KUBERNETES_VERSIONS) })
}

fn serving_version(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": json!(SERVING_VERSIONS) })
}
