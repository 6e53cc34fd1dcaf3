//! What Secrets hold, kept away from `Debug`.

use std::fmt;

use indexmap::IndexMap;

use super::spec::SecretId;

/// Bytes that only a manifest shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hidden(Vec<u8>);

impl Hidden {
    /// The bytes themselves.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, where they are.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl<T: Into<Vec<u8>>> From<T> for Hidden {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The entries of one Secret in the order of its manifest.
pub(super) type Data = IndexMap<String, Hidden>;

/// The text under a key; an empty one counts as missing.
pub(super) fn text<'a>(data: &'a Data, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Hidden::text).filter(|text| !text.is_empty())
}

/// A Secret as far as it has come.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Its entries.
    pub data: Data,
    /// Why its certificate was issued anew, where it was.
    pub renewed: Option<String>,
}

impl Draft {
    /// A Secret in which nothing was issued anew.
    pub(super) fn of(data: Data) -> Self {
        Self { data, renewed: None }
    }
}

/// The Secrets of a run.
pub(super) type Drafts = IndexMap<SecretId, Draft>;
