//! The contract with the plan: which Secrets must exist, in declarations that hold no secret themselves.

use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

use super::random::Random;

/// One Secret that must exist in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct SecretSpec {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: IndexMap<String, String>,
    /// What it holds.
    pub kind: SecretKind,
}

/// What a Secret holds.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a run has dozens of them, not millions")]
pub enum SecretKind {
    /// The certificate authority of the installation, at most one a run: `tls.crt`, and `tls.key` to issue later
    /// certificates.
    Authority(AuthoritySpec),
    /// A certificate that the authority signed: `tls.crt`, `tls.key` (PKCS#8, PEM), `ca.crt`.
    Certificate(CertificateSpec),
    /// Random values and the files made from them, each under its own key.
    Generated(GeneratedSpec),
}

/// A certificate authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthoritySpec {
    /// Its name, at most 64 bytes; an authority that exists keeps the name that it has.
    pub common_name: String,
}

/// A certificate. A change of anything but `trust_store` issues a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSpec {
    /// Whom it stands for, at most 64 bytes.
    pub common_name: String,
    /// The DNS names that it is good for; a first label `*` stands for any one label.
    pub dns_names: Vec<String>,
    /// The addresses that it is good for.
    pub ip_addresses: Vec<String>,
    /// Whether a server may show it.
    pub server: bool,
    /// Whether a client may show it.
    pub client: bool,
    /// Whether programs in Java need the authority too: adds `truststore.p12` with `truststore.password`.
    pub trust_store: bool,
}

/// Random values and files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GeneratedSpec {
    /// Random values, each kept as plain text under its name.
    pub values: IndexMap<String, Random>,
    /// Files by key: text templates, which see the entries of `context`, `values.<name>` and `imports.<alias>`. Their
    /// filters are `bcrypt`, `service_token_hash`, `service_token`, `base64`, `json` and `properties`.
    pub files: IndexMap<String, String>,
    /// What the templates see beside values and imports: an object without the keys `values` and `imports`.
    pub context: Value,
    /// Lists of what other Secrets of the run hold, by alias. An item is an object of the import's attributes and `value`.
    pub imports: IndexMap<String, Vec<Import>>,
}

/// A value that another Secret of the run holds: of a server's client its password, so that the server's Secret can keep
/// the hashed form of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// What the template sees beside `value`, such as the user's name.
    pub attributes: IndexMap<String, Value>,
    /// The Secret that has the value.
    pub secret: SecretId,
    /// The key there: a random value or a certificate, never a private key or a file.
    pub key: String,
}

/// What a Secret is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretId {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl SecretId {
    /// A name in a namespace.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl SecretSpec {
    /// What it is called.
    #[must_use]
    pub fn id(&self) -> SecretId {
        SecretId::new(&self.namespace, &self.name)
    }
}
