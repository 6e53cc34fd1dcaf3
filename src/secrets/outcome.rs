//! What a run made: the manifests, and a summary that may be shown to anybody.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::data::{Data, Draft, Drafts};
use super::existing::Existing;
use super::spec::{SecretId, SecretKind, SecretSpec};
use crate::diagnostic::{Diagnostic, code};

/// The Secrets of a run. `Debug` shows the summary alone.
pub struct Outcome {
    manifests: Vec<Value>,
    entries: Vec<Entry>,
    unneeded: Vec<SecretId>,
}

/// What happened to one Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The Secret.
    pub id: SecretId,
    /// What happened.
    pub change: Change,
}

/// How a Secret differs from the earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Made,
    /// It is what it was, byte for byte.
    Kept,
    /// These keys were added, changed or removed.
    Updated(Vec<String>),
    /// Its certificate was issued anew, for this reason.
    Renewed(String),
}

impl Outcome {
    pub(super) fn new(specs: &[SecretSpec], drafts: &Drafts, existing: &Existing) -> Self {
        let of = |spec: &SecretSpec| drafts.get(&spec.id());
        let manifests = specs.iter().filter_map(|spec| Some(manifest(spec, &of(spec)?.data))).collect();
        let entry =
            |spec: &SecretSpec| Some(Entry { id: spec.id(), change: change(of(spec)?, existing.data(&spec.id())) });
        let entries = specs.iter().filter_map(entry).collect();
        let ours = shared_labels(specs);
        let unneeded = existing.labeled(&ours).filter(|id| !drafts.contains_key(*id)).cloned().collect();
        Self { manifests, entries, unneeded }
    }

    /// The Secrets as Kubernetes objects, in the order of the specs. These hold the secrets.
    #[must_use]
    pub fn manifests(&self) -> &[Value] {
        &self.manifests
    }

    /// What happened to each Secret, in the order of the specs.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The earlier Secrets with the labels that all of ours have that nothing needs now.
    #[must_use]
    pub fn unneeded(&self) -> &[SecretId] {
        &self.unneeded
    }

    /// The Secrets as a stream of YAML documents. It holds the secrets.
    ///
    /// # Errors
    /// That an object cannot be written, which is our fault.
    pub fn to_yaml(&self) -> Result<String, Diagnostic> {
        let mut stream = String::new();
        for manifest in &self.manifests {
            let text = serde_saphyr::to_string(manifest)
                .map_err(|_| Diagnostic::error(code::BAD_OBJECT, "a Secret cannot be written as YAML"))?;
            stream.push_str("---\n");
            stream.push_str(&text);
        }
        Ok(stream)
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("entries", &self.entries)
            .field("unneeded", &self.unneeded)
            .finish_non_exhaustive()
    }
}

/// The summary, a line a Secret.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{:<8} {}{}", entry.change.word(), entry.id, entry.change.detail())?;
        }
        self.unneeded.iter().try_for_each(|id| writeln!(f, "unneeded {id}"))
    }
}

impl Change {
    fn word(&self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Kept => "kept",
            Self::Updated(_) => "updated",
            Self::Renewed(_) => "renewed",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Made | Self::Kept => String::new(),
            Self::Updated(keys) => format!(" ({})", keys.join(", ")),
            Self::Renewed(reason) => format!(" ({reason})"),
        }
    }
}

fn change(draft: &Draft, earlier: Option<&Data>) -> Change {
    let Some(earlier) = earlier else { return Change::Made };
    if let Some(reason) = &draft.renewed {
        return Change::Renewed(reason.clone());
    }
    let keys: BTreeSet<&String> = draft.data.keys().chain(earlier.keys()).collect();
    let differ = keys.into_iter().filter(|key| draft.data.get(*key) != earlier.get(*key));
    let differ: Vec<String> = differ.cloned().collect();
    if differ.is_empty() { Change::Kept } else { Change::Updated(differ) }
}

/// The labels that every spec has: what tells our Secrets from others in the namespace.
fn shared_labels(specs: &[SecretSpec]) -> IndexMap<String, String> {
    let mut shared = specs.first().map(|spec| spec.labels.clone()).unwrap_or_default();
    shared.retain(|key, value| specs.iter().all(|spec| spec.labels.get(key) == Some(value)));
    shared
}

fn manifest(spec: &SecretSpec, data: &Data) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(spec.name));
    metadata.insert("namespace".to_owned(), json!(spec.namespace));
    if !spec.labels.is_empty() {
        metadata.insert("labels".to_owned(), json!(spec.labels));
    }
    let data: Map<String, Value> =
        data.iter().map(|(key, value)| (key.clone(), json!(STANDARD.encode(value.bytes())))).collect();
    let kind = match spec.kind {
        SecretKind::Authority(_) | SecretKind::Certificate(_) => "kubernetes.io/tls",
        SecretKind::Generated(_) => "Opaque",
    };
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data })
}
