//! Durations as Prometheus writes them.

/// A duration such as `14d` or `36h` in whole days, rounded up; `None` where it is none.
#[must_use]
pub fn days(text: &str) -> Option<i64> {
    const DAY: i64 = 86_400;
    let mut seconds = 0_i64;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|char: char| !char.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|char: char| char.is_ascii_digit()).unwrap_or(after.len()));
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => DAY,
            "w" => 7 * DAY,
            "y" => 365 * DAY,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = after;
    }
    (seconds > 0).then_some((seconds + DAY - 1) / DAY)
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
