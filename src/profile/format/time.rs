//! Lengths of time, as Prometheus writes them.

use super::Format;
use super::text::checked_text;
use crate::kubernetes::duration;

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

/// The length in seconds.
///
/// # Errors
/// Why the text is no length of time, or none that a profile may set.
pub fn seconds(text: &str) -> Result<u64, String> {
    match duration::seconds(text)? {
        0 => Err("is no time at all".to_owned()),
        total if total > LONGEST => Err("is more than 20 years".to_owned()),
        total => Ok(total),
    }
}
