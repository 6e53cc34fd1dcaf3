//! Lengths of time, as Prometheus writes them.

use super::Format;
use super::text::checked_text;

const UNITS: [(&str, u64); 6] =
    [("y", 365 * 24 * 3600), ("w", 7 * 24 * 3600), ("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1)];

const LONGEST: u64 = 20 * 365 * 24 * 3600;

pub(super) const DURATION: Format = Format {
    name: "prometheus-duration",
    words: "a length of time in y, w, d, h, m and s, the largest first",
    example: "14d",
    pattern: "^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
    check: |text| seconds(text).map(drop),
};

checked_text! {
    /// A length of time: `14d`, `36h`, `90m`, `1d12h`.
    Duration is DURATION
}

impl Duration {
    /// The length in seconds.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        seconds(self.as_str()).unwrap_or_default()
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    let mut rest = text;
    let mut total = 0u64;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        if number.is_empty() {
            return Err("does not begin with a number".to_owned());
        }
        if unit.is_empty() {
            return Err(format!("has no unit; {text}d would be days"));
        }
        let shown = crate::spanned::quoted(unit);
        let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(format!("has the unit {shown}; the units are y, w, d, h, m and s"));
        };
        if index < next_unit {
            return Err(format!("has {shown} after a smaller unit"));
        }
        next_unit = index + 1;
        let scale = UNITS.get(index).map_or(1, |(_, scale)| *scale);
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .and_then(|part| total.checked_add(part))
            .ok_or("is far too long")?;
        rest = after;
    }
    match total {
        0 => Err("is no time at all".to_owned()),
        total if total > LONGEST => Err("is more than 20 years".to_owned()),
        total => Ok(total),
    }
}
