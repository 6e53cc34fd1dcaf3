//! The fields that all backends share. The schema gives a component only those that it has a use for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::profile::format::{Cpu, DnsSubdomain, Duration, ImageReference, MemorySize, StorageSize};

/// What differs from a component's defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Backend {
    /// Whether the component is installed. Without it, its targets, alerts and panels go, too.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// The version to install. The catalog's where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How many pods there are. By `size` where it is left out; 0 stops the component and keeps its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 50))]
    pub replicas: Option<u32>,
    /// The volume of each pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// How long data are kept. By `size` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Duration>,
    /// CPU and memory of the main container. By `size` where they are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// The image to run instead of the catalog's. It must be the same program, in a version that the component knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageReference>,
    /// What only this component can be told.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
}

/// The volume of each pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Storage {
    /// How large the volume is. By `size` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<StorageSize>,
    /// Its storage class. `cluster.storageClass` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "fast-ssd")]
    pub class: Option<DnsSubdomain>,
}

/// CPU and memory of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Resources {
    /// What the scheduler sets aside for the container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Limits>,
    /// What the container cannot go beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// An amount of CPU and of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Limits {
    /// CPU in cores (`2`, `0.5`) or thousandths of one (`500m`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory with its unit (`512Mi`, `4Gi`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemorySize>,
}

fn enabled() -> bool {
    true
}
