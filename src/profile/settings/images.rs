//! Where images come from.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::profile::format::{Digest, DnsSubdomain, MirrorSource, RegistryPrefix, TaggedImage};

/// Where images come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Images {
    /// What replaces each registry at the front of an image, by registry; `*` stands for all that are not named.
    #[schemars(schema_with = "mirrors", example = serde_json::json!({"docker.io": "registry.example/dockerhub"}))]
    pub mirrors: IndexMap<MirrorSource, RegistryPrefix>,
    /// The Secrets with the registries' passwords, in each namespace of the monitoring.
    #[schemars(extend("uniqueItems" = true), example = serde_json::json!(["registry-credentials"]))]
    pub pull_secrets: Vec<DnsSubdomain>,
    /// The digest of each image that is pinned by one, by the image as the catalog names it (before mirrors).
    #[schemars(schema_with = "digests")]
    pub digests: IndexMap<TaggedImage, Digest>,
}

fn mirrors(generator: &mut SchemaGenerator) -> Schema {
    super::map_of::<MirrorSource, RegistryPrefix>(generator)
}

fn digests(generator: &mut SchemaGenerator) -> Schema {
    super::map_of::<TaggedImage, Digest>(generator)
}
