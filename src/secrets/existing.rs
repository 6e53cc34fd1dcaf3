//! Reads what an earlier run printed, or what `kubectl get secrets -o yaml` gives.
//!
//! The text is secret: no diagnostic quotes it, and none carries it as its source.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::Deserialize;

use super::data::{Data, Hidden};
use super::spec::SecretId;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::source::Source;

/// The Secrets of an earlier run.
#[derive(Default)]
pub struct Existing(IndexMap<SecretId, Earlier>);

struct Earlier {
    labels: IndexMap<String, String>,
    data: Data,
}

impl fmt::Debug for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys().map(ToString::to_string)).finish()
    }
}

/// What we read of an object; the rest (annotations, versions) is the cluster's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    data: Option<IndexMap<String, Option<String>>>,
    #[serde(default)]
    string_data: Option<IndexMap<String, Option<String>>>,
    #[serde(default)]
    items: Option<Vec<Object>>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    labels: Option<IndexMap<String, String>>,
}

impl Existing {
    /// Reads a stream of Secrets, a `List` of them, or both. `data` and `stringData` count, the latter more.
    ///
    /// # Errors
    /// That the text is no such stream. A file with no document at all is refused, so that a slip never replaces every
    /// password of an installation; an empty `List` is what a cluster without Secrets gives, and is read.
    pub fn parse(source: &Source) -> Result<Self, Diagnostics> {
        let objects = read(source).map_err(Diagnostics::from)?;
        let mut existing = Self::default();
        let mut diagnostics = Diagnostics::default();
        let listed = |object: Object| match object.items {
            Some(items) if object.kind == "List" || object.kind == "SecretList" => items,
            _ => vec![object],
        };
        for object in objects.into_iter().flat_map(listed) {
            if let Err(diagnostic) = existing.add(source, object) {
                diagnostics.push(diagnostic);
            }
        }
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(existing) }
    }

    /// What a Secret held.
    pub(super) fn data(&self, id: &SecretId) -> Option<&Data> {
        self.0.get(id).map(|earlier| &earlier.data)
    }

    /// The Secrets with all of `labels`.
    pub(super) fn labeled(&self, labels: &IndexMap<String, String>) -> impl Iterator<Item = &SecretId> {
        let has = |earlier: &Earlier| labels.iter().all(|(key, value)| earlier.labels.get(key) == Some(value));
        self.0.iter().filter(move |(_, earlier)| has(earlier)).map(|(id, _)| id)
    }

    fn add(&mut self, source: &Source, object: Object) -> Result<(), Diagnostic> {
        if !matches!(object.kind.as_str(), "Secret" | "List" | "SecretList") {
            return Err(refuse(source, "holds objects that are no Secrets"));
        }
        if object.kind != "Secret" {
            return Ok(());
        }
        let Metadata { namespace, name, labels } = object.metadata;
        let id = SecretId::new(namespace.unwrap_or_else(|| "default".to_owned()), name);
        let mut data = Data::new();
        for (key, text) in entries(object.data) {
            let text: String = text.split_ascii_whitespace().collect();
            let bytes =
                STANDARD.decode(text).map_err(|_| refuse(source, &format!("has no base64 at {key} of {id}")))?;
            data.insert(key, Hidden::from(bytes));
        }
        data.extend(entries(object.string_data).map(|(key, text)| (key, Hidden::from(text))));
        let earlier = Earlier { labels: labels.unwrap_or_default(), data };
        match self.0.insert(id.clone(), earlier) {
            Some(_) => Err(refuse(source, &format!("holds {id} twice"))),
            None => Ok(()),
        }
    }
}

fn read(source: &Source) -> Result<Vec<Object>, Diagnostic> {
    let objects: Vec<Object> = serde_saphyr::from_multiple(source.text()).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |location| (location.line(), location.column()));
        refuse(source, &format!("is no YAML stream of Secrets: see line {line}, column {column}"))
    })?;
    if objects.is_empty() {
        Err(refuse(source, "holds no Secret").help("leave the file out the first time"))
    } else {
        Ok(objects)
    }
}

fn entries(map: Option<IndexMap<String, Option<String>>>) -> impl Iterator<Item = (String, String)> {
    map.unwrap_or_default().into_iter().filter_map(|(key, text)| Some((key, text?)))
}

fn refuse(source: &Source, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_SECRETS, format!("{} {why}", source.name()))
}
