//! `{name, key}`: how objects name one entry of a Secret.

use serde_json::{Map, Value};

use super::form;
use crate::pointer::escape;

/// One entry of a Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySelector<'v> {
    /// The Secret.
    pub name: &'v str,
    /// The entry.
    pub key: &'v str,
}

impl<'v> KeySelector<'v> {
    /// A map that is one: a name and a key, and perhaps whether both may be absent.
    #[must_use]
    pub fn of(map: &'v Map<String, Value>) -> Option<Self> {
        let known = map.keys().all(|key| ["name", "key", "optional"].contains(&&**key));
        let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|_| known);
        Some(Self { name: text("name")?, key: text("key")? })
    }

    /// What is wrong with it: the field, and why.
    pub fn faults(self) -> impl Iterator<Item = (&'static str, String)> {
        let fault = |form: &str, text: &str| form::fault(form, &Value::from(text));
        let name = fault("dns-subdomain", self.name).map(|fault| ("name", fault));
        name.into_iter().chain(fault("file-key", self.key).map(|fault| ("key", fault)))
    }
}

/// Calls `found` with each selector in a value and its JSON pointer from `pointer` on.
pub fn each<'v>(value: &'v Value, pointer: &str, found: &mut impl FnMut(&str, KeySelector<'v>)) {
    match value {
        Value::Object(map) => {
            if let Some(selector) = KeySelector::of(map) {
                found(pointer, selector);
            }
            map.iter().for_each(|(key, value)| each(value, &format!("{pointer}/{}", escape(key)), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(place, value)| each(value, &format!("{pointer}/{place}"), found));
        }
        _ => {}
    }
}
