//! The forms that a text in a profile can have: one table, which the schema, the checks and the messages share. A
//! component's `parameters.schema.json` uses them by name, as `"format": "dns-label"`.

mod image;
mod name;
mod network;
mod quantity;
mod text;
mod time;

pub use image::{Digest, ImageReference, MirrorSource, RegistryPrefix, TaggedImage};
pub use name::{ClusterName, DnsLabel, DnsSubdomain, LabelKey, LabelValue, ProfileName};
pub use network::Cidr;
pub use quantity::{Cpu, MemorySize, StorageSize, cpu_millis, size_bytes};
pub use time::{Duration, seconds};

/// One form of text.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name in a schema.
    pub name: &'static str,
    /// What a text of this form is, to complete "must be …".
    pub words: &'static str,
    /// A text of this form.
    pub example: &'static str,
    /// The same as a regular expression, as near as one comes: for editors only, never shown.
    pub pattern: &'static str,
    /// Why a text is not of this form, as a few words that follow it.
    pub check: fn(&str) -> Result<(), String>,
}

/// All forms.
pub const ALL: &[Format] = &[
    name::PROFILE_NAME,
    name::CLUSTER_NAME,
    name::DNS_LABEL,
    name::DNS_SUBDOMAIN,
    name::LABEL_KEY,
    name::LABEL_VALUE,
    quantity::CPU,
    quantity::MEMORY_SIZE,
    quantity::STORAGE_SIZE,
    time::DURATION,
    image::IMAGE_REFERENCE,
    image::TAGGED_IMAGE,
    image::REGISTRY_PREFIX,
    image::MIRROR_SOURCE,
    image::DIGEST,
    network::CIDR,
    network::HTTP_URL,
    network::HOST_AND_PORT,
];

/// The form of a name that a schema uses.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests;
