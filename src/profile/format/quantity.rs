//! Amounts of CPU, memory and storage, as Kubernetes writes them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Format;
use super::text::checked_text;
use crate::kubernetes::quantity::Quantity;

const MEBIBYTE: u64 = 1 << 20;

/// The most cores that one container may ask for; more is a forgotten `m`.
const MOST_CORES: u64 = 1024;

pub(super) const CPU: Format = Format {
    name: "cpu-quantity",
    words: "an amount of CPU in cores or in thousandths of one",
    example: "500m",
    pattern: "^[0-9]+m$|^[0-9]+(\\.[0-9]{1,3})?$",
    check: |text| cpu_millis(text).map(drop),
};

pub(super) const MEMORY_SIZE: Format = Format {
    name: "memory-size",
    words: "an amount of memory with its unit",
    example: "512Mi",
    pattern: "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$",
    check: |text| size_bytes(text).map(drop),
};

pub(super) const STORAGE_SIZE: Format = Format {
    name: "storage-size",
    words: "an amount of storage with its unit",
    example: "50Gi",
    pattern: "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$",
    check: |text| size_bytes(text).map(drop),
};

checked_text! {
    /// An amount of memory, at least 1Mi.
    MemorySize is MEMORY_SIZE
}
checked_text! {
    /// An amount of storage, at least 1Mi.
    StorageSize is STORAGE_SIZE
}

impl MemorySize {
    /// The amount in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        size_bytes(self.as_str()).unwrap_or_default()
    }
}

impl StorageSize {
    /// The amount in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        size_bytes(self.as_str()).unwrap_or_default()
    }
}

/// An amount of CPU, from a thousandth of a core; a profile may write it as a number or as a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "NumberOrText", into = "String")]
pub struct Cpu(String);

impl Cpu {
    /// The amount as Kubernetes writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The amount in thousandths of a core.
    #[must_use]
    pub fn millis(&self) -> u64 {
        cpu_millis(&self.0).unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(serde_json::Number),
    Text(String),
}

impl TryFrom<NumberOrText> for Cpu {
    type Error = String;

    fn try_from(value: NumberOrText) -> Result<Self, String> {
        let text = match value {
            NumberOrText::Number(number) => number.to_string(),
            NumberOrText::Text(text) => text,
        };
        cpu_millis(&text).map(|_| Self(text))
    }
}

impl From<Cpu> for String {
    fn from(cpu: Cpu) -> Self {
        cpu.0
    }
}

impl schemars::JsonSchema for Cpu {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cpu".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = super::text::schema(&CPU);
        schema.insert("type".to_owned(), json!(["string", "number"]));
        schema.insert("minimum".to_owned(), json!(0.001));
        schema.insert("maximum".to_owned(), json!(MOST_CORES));
        schema
    }
}

/// Thousandths of a core.
///
/// # Errors
/// Why the text is no amount of CPU.
pub fn cpu_millis(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text)?;
    let millis = match unit {
        "" if number.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 3) => {
            return Err("is finer than a thousandth of a core".to_owned());
        }
        "m" if number.contains('.') => return Err("is a fraction of a thousandth of a core".to_owned()),
        "" | "m" => Quantity::parse(text).ok().and_then(|amount| u64::try_from(amount.thousandths()).ok()),
        _ => return Err(format!("has the unit {}; CPU has none, or `m`", crate::spanned::quoted(unit))),
    };
    match millis {
        Some(0) => Err("is less than a thousandth of a core (1m)".to_owned()),
        Some(millis) if millis <= MOST_CORES * 1000 => Ok(millis),
        _ => Err(format!("is more than {MOST_CORES} cores; is an `m` missing?")),
    }
}

/// Bytes of memory or storage.
///
/// # Errors
/// Why the text is no amount of memory or storage.
pub fn size_bytes(text: &str) -> Result<u64, String> {
    let (_, unit) = split(text)?;
    match unit {
        "" | "k" | "M" | "G" | "T" | "P" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" => {}
        "m" => return Err("is in thousandths of a byte; `Mi` is a mebibyte".to_owned()),
        _ => {
            let unit = crate::spanned::quoted(unit);
            return Err(format!("has the unit {unit}; the units are Ki, Mi, Gi, Ti, Pi and k, M, G, T, P"));
        }
    }
    match Quantity::parse(text).ok().and_then(|amount| u64::try_from(amount.units()).ok()) {
        Some(bytes) if bytes < MEBIBYTE && unit.is_empty() => Err(format!("is {bytes} bytes; is the unit missing?")),
        Some(bytes) if bytes < MEBIBYTE => Err("is less than 1Mi".to_owned()),
        Some(bytes) if bytes <= 1 << 60 => Ok(bytes),
        _ => Err("is more than any cluster has".to_owned()),
    }
}

/// A number and what follows it.
fn split(text: &str) -> Result<(&str, &str), String> {
    if text.starts_with('-') {
        return Err("is negative".to_owned());
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err("does not begin with a number".to_owned());
    }
    if unit.starts_with(' ') {
        return Err("has a space between number and unit".to_owned());
    }
    Ok((number, unit))
}
