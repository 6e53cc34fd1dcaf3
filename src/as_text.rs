//! For serde's `with`: JSON as its text, where a form of data that does not describe itself has no other way to hold it.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a value as JSON in a text.
///
/// # Errors
/// What JSON cannot hold: keys that are no texts.
pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(value).map_err(S::Error::custom)?.serialize(to)
}

/// Reads it back.
///
/// # Errors
/// What is wrong with the text as JSON of this type.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    serde_json::from_str(<&str>::deserialize(from)?).map_err(D::Error::custom)
}
