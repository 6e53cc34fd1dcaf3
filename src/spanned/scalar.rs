//! What a scalar means: YAML 1.2's core schema, but that whatever some reader might take for another number (`012`,
//! `1_000`) stays text, as do YAML 1.1's `yes` and `on`.

use serde_json::Number;

use super::Data;
use super::fault::Fault;

/// A scalar as it is written.
pub(super) struct Tagged<'a> {
    /// Its text without quotes.
    pub text: &'a str,
    /// Whether it is written without quotes and without `|` or `>`.
    pub plain: bool,
    /// Its tag as it is written.
    pub tag: Option<String>,
    /// Its tag's name, where it is one of YAML's own.
    pub core: Option<&'a str>,
}

/// The value of a scalar.
pub(super) fn data(scalar: &Tagged<'_>) -> Result<Data, Fault<'static>> {
    let text = || Data::String(scalar.text.to_owned());
    let Some(tag) = &scalar.tag else {
        return if scalar.plain { plain(scalar.text) } else { Ok(text()) };
    };
    if tag == "!" || scalar.core == Some("str") {
        return Ok(text());
    }
    let value = plain(scalar.text)?;
    let fits = match &value {
        Data::Null => scalar.core == Some("null"),
        Data::Bool(_) => scalar.core == Some("bool"),
        Data::Number(number) => scalar.core == Some("float") || (scalar.core == Some("int") && !number.is_f64()),
        _ => false,
    };
    if fits { Ok(value) } else { Err(Fault::Tag(tag.clone())) }
}

fn plain(text: &str) -> Result<Data, Fault<'static>> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ if is_not_finite(text) => return Err(Fault::NotFinite),
        _ => match number(text) {
            Some(Ok(number)) => Data::Number(number),
            Some(Err(fault)) => return Err(fault),
            None => Data::String(text.to_owned()),
        },
    })
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Result<Number, Fault<'static>>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let legal = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return legal.then(|| u64::from_str_radix(digits, radix).map(Number::from).map_err(|_| Fault::NotFinite));
        }
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let exponent_digits = exponent.map(|e| e.strip_prefix(['-', '+']).unwrap_or(e));
    let written_as_number = digits(whole)
        && fraction.is_none_or(digits)
        && exponent_digits.is_none_or(|e| !e.is_empty() && digits(e))
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty))
        && (whole.len() < 2 || !whole.starts_with('0'));
    if !written_as_number {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if fraction.is_none() && exponent.is_none() {
        if let Ok(number) = text.parse::<i64>() {
            return Some(Ok(number.into()));
        }
        if let Ok(number) = text.parse::<u64>() {
            return Some(Ok(number.into()));
        }
    }
    Some(text.parse::<f64>().ok().and_then(Number::from_f64).ok_or(Fault::NotFinite))
}
