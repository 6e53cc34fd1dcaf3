//! Quantities: amounts of CPU, memory and storage as Kubernetes writes them.

use std::cmp::Ordering;
use std::fmt;

/// Billionths, the finest that the API server counts.
const NANO: i128 = 1_000_000_000;
/// The most that a quantity can be: 2^63 - 1 of its unit.
const MOST: i128 = i64::MAX as i128;

/// An amount, and whether it was written in steps of 1024 or of 1000.
///
/// The form is that of `k8s.io/apimachinery/pkg/api/resource`: a decimal number with a binary (`Ki` to `Ei`) or decimal
/// (`n`, `u`, `m`, `k` to `E`) suffix or an exponent. Two quantities are equal where their amounts are. What
/// [`fmt::Display`] gives is the form in which an API server gives the quantity back.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nanos: i128,
    form: Form,
}

/// How the size of a quantity's step is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `Ki` to `Ei`.
    Binary,
    /// `n` to `E`.
    Decimal,
    /// `e3`.
    Exponent,
}

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

    /// A whole number of mebibytes.
    #[must_use]
    pub fn from_mebibytes(mebibytes: u32) -> Self {
        Self { nanos: (i128::from(mebibytes) << 20) * NANO, form: Form::Binary }
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
        let (up, down, form) = factor(suffix)?;
        // Rounded up, as the API server rounds what is finer than it counts.
        let nanos = digits.checked_mul(up)?.checked_mul(NANO)?;
        let nanos = divided_up(nanos, scale.checked_mul(down)?);
        (nanos <= MOST * NANO).then_some(Self { nanos, form })
    }

    /// Whole mebibytes, rounded down.
    #[must_use]
    pub fn mebibytes(self) -> i64 {
        i64::try_from((self.nanos / NANO) >> 20).unwrap_or(i64::MAX)
    }

    /// Whole bytes, cores or other units, rounded up.
    #[must_use]
    pub fn units(self) -> i64 {
        i64::try_from(divided_up(self.nanos, NANO)).unwrap_or(i64::MAX)
    }

    /// Thousandths of the unit, rounded up: of a core, of a byte.
    #[must_use]
    pub fn thousandths(self) -> i128 {
        divided_up(self.nanos, NANO / 1000)
    }

    /// Whether it is nothing at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }
}

/// The form in which an API server gives a quantity back; the text itself where it is none.
#[must_use]
pub fn canonical(text: &str) -> String {
    Quantity::parse(text).map_or_else(|_| text.to_owned(), |quantity| quantity.to_string())
}

fn divided_up(number: i128, divisor: i128) -> i128 {
    (number + divisor - 1) / divisor
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

impl fmt::Display for Quantity {
    /// The canonical form: a whole number with the largest suffix of its kind that leaves it whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        // Below 1024 a binary quantity has no suffix to be written with.
        if self.form == Form::Binary && self.nanos >= 1024 * NANO {
            let (number, steps) = steps(divided_up(self.nanos, NANO), 1024, BINARY.len());
            return write!(f, "{number}{}", BINARY.get(steps).unwrap_or(&""));
        }
        let (number, steps) = steps(self.nanos, 1000, DECIMAL.len());
        match (self.form, steps) {
            (_, 3) => write!(f, "{number}"),
            (Form::Exponent, _) => write!(f, "{number}e{}", (i64::try_from(steps).unwrap_or_default() - 3) * 3),
            _ => write!(f, "{number}{}", DECIMAL.get(steps).unwrap_or(&"")),
        }
    }
}

/// How often a number can be divided by a step without a rest, and what is left of it.
fn steps(mut number: i128, step: i128, most: usize) -> (i128, usize) {
    let mut steps = 0;
    while number % step == 0 && steps + 1 < most {
        number /= step;
        steps += 1;
    }
    (number, steps)
}

/// What a suffix multiplies and divides by.
fn factor(suffix: &str) -> Option<(i128, i128, Form)> {
    if let Some(power) = BINARY.iter().skip(1).position(|unit| *unit == suffix) {
        return Some((1024_i128.checked_pow(u32::try_from(power).ok()? + 1)?, 1, Form::Binary));
    }
    if let Some(power) = DECIMAL.iter().position(|unit| *unit == suffix) {
        let power = u32::try_from(power).ok()?;
        let (up, down) = (power.saturating_sub(3), 3_u32.saturating_sub(power));
        return Some((1000_i128.checked_pow(up)?, 1000_i128.checked_pow(down)?, Form::Decimal));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
    Some(if exponent < 0 { (1, power, Form::Exponent) } else { (power, 1, Form::Exponent) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).unwrap().to_string()
    }

    #[test]
    fn the_same_amount_has_many_forms() {
        let thousandths = |text| Quantity::parse(text).unwrap().thousandths();
        assert_eq!(["500m", "0.5", "5e-1"].map(thousandths), [500; 3]);
        assert_eq!(["2Gi", "2048Mi"].map(thousandths), [2_147_483_648_000; 2]);
        assert_eq!(Quantity::parse("1.5Gi").unwrap().mebibytes(), 1536);
        assert_eq!(Quantity::parse("1"), Quantity::parse("1000m"));
        assert!(Quantity::parse("1G").unwrap() < Quantity::parse("1Gi").unwrap());
    }

    #[test]
    fn the_canonical_form_is_what_an_api_server_gives_back() {
        assert_eq!(["0.5", "1.5", "1000m", "500m", "1500m"].map(canonical), ["500m", "1500m", "1", "500m", "1500m"]);
        assert_eq!(["1.5Gi", "2048Mi", "1024", "0.5Ki"].map(canonical), ["1536Mi", "2Gi", "1024", "512"]);
        assert_eq!(["1000", "1000000", "1000M", "0"].map(canonical), ["1k", "1M", "1G", "0"]);
        assert_eq!(["1e3", "5e-1", "100n", "0.1n"].map(canonical), ["1e3", "500e-3", "100n", "1n"]);
        assert_eq!(Quantity::from_mebibytes(2048).to_string(), "2Gi");
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "Gi", "1Gib", "1 Gi", "-1", "1.2.3", "10MB", "1e", "99999999999999999999Ei", "8Ei"] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }
}
