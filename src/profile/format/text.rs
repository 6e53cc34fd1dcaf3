//! How a form becomes a type: a string that was checked when it was made.

use serde_json::json;

use super::Format;

/// Declares a type for the texts of one [`Format`].
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident is $format:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                ($format.check)(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::profile::format::text::schema(&$format)
            }
        }
    };
}

pub(super) use checked_text;

/// The schema of a form.
pub(super) fn schema(format: &Format) -> schemars::Schema {
    let value = json!({
        "type": "string",
        "format": format.name,
        "pattern": format.pattern,
        "patternErrorMessage": format!("must be {}", format.words),
        "examples": [format.example],
    });
    schemars::Schema::try_from(value).unwrap_or_default()
}

/// The first character of a text that is not allowed, in words.
pub(super) fn only(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|c| !allowed(*c)) {
        Some(' ') => Err(format!("has a space; only {what} are allowed")),
        Some(c) => Err(format!("has {}; only {what} are allowed", crate::spanned::quoted(&c.to_string()))),
        None => Ok(()),
    }
}

/// That a text has at least one and at most `longest` bytes.
pub(super) fn length(text: &str, longest: usize) -> Result<(), String> {
    match text.len() {
        0 => Err("is empty".to_owned()),
        length if length > longest => Err(format!("has {length} characters; at most {longest} are allowed")),
        _ => Ok(()),
    }
}
