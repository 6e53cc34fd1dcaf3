//! Random values: passwords, tokens and encryption keys.

use indexmap::IndexMap;
use serde::Deserialize;

use super::Run;
use super::data::{Data, Hidden};
use super::spec::SecretSpec;
use crate::diagnostic::{Diagnostic, code};

/// The letters and digits of which values are made: safe in every file format, URL and shell.
pub const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of bytes that nobody can foretell. The library has none: the binary hands in the system's.
pub trait Entropy {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// That the system gives no randomness.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Diagnostic>;
}

/// How a random value is made. The default, 32 letters and digits, has 190 bits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Random {
    /// How many characters it has.
    pub length: usize,
    /// The characters that it may have, each written once: printable ASCII.
    pub alphabet: String,
}

impl Default for Random {
    fn default() -> Self {
        Self { length: 32, alphabet: ALPHANUMERIC.to_owned() }
    }
}

/// The values of one Secret: those that are there, and new ones for those that are not. A value that somebody chose is
/// kept whatever its length and characters, so long as it is one line of text.
pub(super) fn settle(
    spec: &SecretSpec,
    values: &IndexMap<String, Random>,
    run: &mut Run<'_>,
) -> Result<Data, Diagnostic> {
    values.iter().map(|(key, random)| Ok((key.clone(), keep_or_make(spec, key, random, run)?))).collect()
}

/// The value that the Secret has under `key`, or a new one.
pub(super) fn keep_or_make(
    spec: &SecretSpec,
    key: &str,
    random: &Random,
    run: &mut Run<'_>,
) -> Result<Hidden, Diagnostic> {
    let Some(earlier) = run.earlier(spec).and_then(|data| data.get(key)).filter(|value| !value.bytes().is_empty())
    else {
        return make(random, run.entropy);
    };
    match earlier.text() {
        Some(text) if !text.chars().any(char::is_control) => Ok(earlier.clone()),
        _ => Err(Diagnostic::error(
            code::BAD_SECRETS,
            format!("the earlier Secret {} holds more than one line of text under {key}", spec.id()),
        )
        .help("write the value without a line break, or remove the key to get a new value")),
    }
}

/// A new value. Each character has the same chance: a byte that would favor the first characters of the alphabet is
/// thrown away, never folded.
pub(super) fn make(random: &Random, entropy: &mut dyn Entropy) -> Result<Hidden, Diagnostic> {
    let alphabet = random.alphabet.as_bytes();
    let fair = alphabet.len() * (256 / alphabet.len().max(1));
    let mut value = Vec::with_capacity(random.length);
    let mut bytes = [0; 64];
    while value.len() < random.length {
        entropy.fill(&mut bytes)?;
        let picks = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let room = random.length - value.len();
        value.extend(picks.filter_map(|byte| alphabet.get(byte % alphabet.len())).take(room));
    }
    Ok(Hidden::from(value))
}
