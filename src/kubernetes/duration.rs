//! Durations as Prometheus writes them: whole numbers of years, weeks, days, hours, minutes and seconds, the largest first.

/// A day in seconds.
const DAY: u64 = 24 * 3600;

const UNITS: [(&str, u64); 6] = [("y", 365 * DAY), ("w", 7 * DAY), ("d", DAY), ("h", 3600), ("m", 60), ("s", 1)];

/// The length in seconds; 0 for an empty text.
///
/// # Errors
/// Why the text is no duration, as a few words that follow it.
pub fn seconds(text: &str) -> Result<u64, String> {
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
        let Some((index, (_, scale))) = UNITS.iter().enumerate().find(|(_, (name, _))| *name == unit) else {
            return Err(format!("has the unit `{}`; the units are y, w, d, h, m and s", unit.escape_debug()));
        };
        if index < next_unit {
            return Err(format!("has `{}` after a smaller unit", unit.escape_debug()));
        }
        next_unit = index + 1;
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*scale));
        total = part.and_then(|part| total.checked_add(part)).ok_or("is far too long")?;
        rest = after;
    }
    Ok(total)
}

/// Whole days, rounded up; `None` where the text is no duration, or none at all.
#[must_use]
pub fn days(text: &str) -> Option<i64> {
    let days = seconds(text).ok()?.div_ceil(DAY);
    i64::try_from(days).ok().filter(|days| *days > 0)
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn days_are_rounded_up() {
        assert_eq!(["14d", "36h", "1w", "90m", "1d12h"].map(days), [Some(14), Some(2), Some(7), Some(1), Some(2)]);
        assert_eq!(["", "d", "14", "3x"].map(days), [None; 4]);
    }
}
