//! What a file template may do with a value: hash it for a server, or write it in the syntax of the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Error, ErrorKind};

use super::hash;

/// The random value from which a Secret's salts are made, and whether a template asked for it.
#[derive(Clone)]
pub(super) struct Seed {
    text: Arc<str>,
    is_used: Arc<AtomicBool>,
}

impl Seed {
    /// A seed that nobody has used yet.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.into(), is_used: Arc::default() }
    }

    /// Whether a salt was made from it.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    fn take(&self) -> &str {
        self.is_used.store(true, Ordering::Relaxed);
        &self.text
    }
}

/// Registers every filter; the environment has no other.
pub(super) fn register(environment: &mut Environment<'_>, seed: &Seed) {
    let own = seed.clone();
    environment.add_filter("bcrypt", move |password: String, user: String| {
        hash::bcrypt(&password, &user, own.take()).ok_or_else(|| fault(LONG_PASSWORD))
    });
    let own = seed.clone();
    environment.add_filter("service_token_hash", move |secret: String, account: String| {
        hash::service_token(&secret, &account, own.take())
    });
    environment.add_filter("service_token", |secret: String, account: String| hash::bearer(&secret, &account));
    environment.add_filter("base64", |text: String| STANDARD.encode(text));
    environment.add_filter("json", |text: String| serde_json::to_string(&text).map_err(|_| fault(NO_JSON)));
    environment.add_filter("properties", |text: String| properties(&text));
}

const LONG_PASSWORD: &str = "bcrypt takes at most 72 bytes";
const NO_JSON: &str = "the text cannot be JSON";

/// What a fault of a filter of ours says. The engine's own details are left out, since they may show a value.
pub(super) fn detail(error: &Error) -> Option<&str> {
    error.detail().filter(|detail| [LONG_PASSWORD, NO_JSON].contains(detail))
}

fn fault(text: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, text)
}

/// The value of a Java property: what is not plain ASCII is written as UTF-16 escapes.
fn properties(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if br"\=:#! ".contains(&byte) => escaped.extend(['\\', char::from(byte)]),
            Ok(byte) if byte.is_ascii_graphic() => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("\\u{unit:04x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::properties;

    #[test]
    fn a_property_keeps_its_value() {
        assert_eq!(properties(" a=b:c\\d#!\té😀"), r"\ a\=b\:c\\d\#\!\u0009\u00e9\ud83d\ude00");
    }
}
