//! Quantities: amounts of CPU, memory and storage as Kubernetes writes them.

use std::fmt;

/// An amount in thousandths of its unit.
///
/// The form is that of `k8s.io/apimachinery/pkg/api/resource`: a decimal number with a binary (`Ki` to `Ei`) or decimal
/// (`n`, `u`, `m`, `k` to `E`) suffix or an exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

/// A text that is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAQuantity(String);

impl fmt::Display for NotAQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a quantity such as 500m, 2, 512Mi or 10Gi", self.0)
    }
}

impl std::error::Error for NotAQuantity {}

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// Where the text is none, or too large to count.
    pub fn parse(text: &str) -> Result<Self, NotAQuantity> {
        Self::read(text).ok_or_else(|| NotAQuantity(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.len() > 9 || whole.len() > 19 {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let (up, down) = factor(suffix)?;
        // Rounded up, as the API server rounds what is finer than it counts.
        let thousandths = digits.checked_mul(up)?.checked_mul(1000)?;
        let divisor = scale.checked_mul(down)?;
        Some(Self((thousandths + divisor - 1) / divisor))
    }

    /// Whole mebibytes, rounded down.
    #[must_use]
    pub fn mebibytes(self) -> i64 {
        i64::try_from((self.0 / 1000) >> 20).unwrap_or(i64::MAX)
    }

    /// Thousandths of the unit: of a core, of a byte.
    #[must_use]
    pub fn thousandths(self) -> i128 {
        self.0
    }
}

/// What a suffix multiplies and divides by.
fn factor(suffix: &str) -> Option<(i128, i128)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some(power) = binary.iter().position(|unit| *unit == suffix) {
        return Some((1024_i128.checked_pow(u32::try_from(power).ok()? + 1)?, 1));
    }
    let decimal = ["", "k", "M", "G", "T", "P", "E"];
    if let Some(power) = decimal.iter().position(|unit| *unit == suffix) {
        return Some((1000_i128.checked_pow(u32::try_from(power).ok()?)?, 1));
    }
    match suffix {
        "m" => Some((1, 1_000)),
        "u" => Some((1, 1_000_000)),
        "n" => Some((1, 1_000_000_000)),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
            Some(if exponent < 0 { (1, power) } else { (power, 1) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_amount_has_many_forms() {
        let thousandths = |text| Quantity::parse(text).unwrap().thousandths();
        assert_eq!(["500m", "0.5", "5e-1"].map(thousandths), [500; 3]);
        assert_eq!(["2Gi", "2048Mi"].map(thousandths), [2_147_483_648_000; 2]);
        assert_eq!(Quantity::parse("1.5Gi").unwrap().mebibytes(), 1536);
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "Gi", "1Gib", "1 Gi", "-1", "1.2.3", "10MB", "1e", "99999999999999999999Ei"] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }
}
