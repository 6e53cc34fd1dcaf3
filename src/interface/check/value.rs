//! What may be wrong with one value by itself. Each function gives the message, or nothing where all is well.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::keyword::Keyword;
use super::super::model::{Kind, Schema};
use super::super::pattern;
use super::text::nearest;
use crate::kubernetes::form;

/// RFC 3339, as far as its digits.
const DATE_TIME: &str = r"^\d{4}-[01]\d-[0-3]\d[Tt][0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?([Zz]|[+-][0-2]\d:[0-5]\d)$";

/// The type of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value that is not of the schema's type.
pub(super) fn wrong_type(schema: &Schema, value: &Value) -> Option<String> {
    let (expected, fits) = match &schema.kind {
        Kind::Any => ("a value", !value.is_null() || schema.has(Keyword::PreserveUnknownFields)),
        Kind::String => ("a string", value.is_string()),
        Kind::Integer => ("a whole number", is_integer(value)),
        Kind::Number => ("a number", value.is_number()),
        Kind::Boolean => ("a boolean", value.is_boolean()),
        Kind::IntOrString => ("a whole number or a string", is_integer(value) || value.is_string()),
        Kind::Object(_) | Kind::Map(_) => ("an object", value.is_object()),
        Kind::List(_) => ("a list", value.is_array()),
        Kind::Shape(name) => return Some(format!("has a type that is not known: {name}")),
    };
    (!fits).then(|| match value {
        Value::Number(number) => format!("must be {expected}, not {number}"),
        _ => format!("must be {expected}, not {}", kind(value)),
    })
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

/// A value that is none of the allowed ones.
pub(super) fn not_among(allowed: &Value, value: &Value) -> Option<String> {
    let allowed = allowed.as_array().filter(|allowed| !allowed.contains(value))?;
    let list = allowed.iter().map(quoted).collect::<Vec<_>>().join(", ");
    let near = value.as_str().and_then(|text| nearest(text, allowed.iter().filter_map(Value::as_str)));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Some(format!("{} is none of {list}{hint}", quoted(value)))
}

fn quoted(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"))
}

/// A number that its size does not hold, or a text that its format does not allow.
pub(super) fn wrong_format(format: &Value, value: &Value) -> Option<String> {
    let format = format.as_str()?;
    let fits = match (format, value) {
        ("int32", Value::Number(_)) => value.as_i64().is_some_and(|it| i32::try_from(it).is_ok()),
        ("int64", Value::Number(_)) => value.is_i64(),
        ("byte", Value::String(text)) => STANDARD.decode(text).is_ok(),
        ("date-time", Value::String(text)) => pattern::matches(DATE_TIME, text),
        _ => return form::fault(format, value),
    };
    (!fits).then(|| format!("{} does not fit the format `{format}`", quoted(value)))
}

/// A text that does not match a regular expression.
pub(super) fn unmatched(expression: &Value, value: &Value) -> Option<String> {
    let (expression, text) = (expression.as_str()?, value.as_str()?);
    (!pattern::matches(expression, text)).then(|| format!("`{text}` does not match `{expression}`"))
}

/// A number below the least.
pub(super) fn too_small(least: &Value, value: &Value, exclusive: bool) -> Option<String> {
    let (least, number) = (least.as_f64()?, value.as_f64()?);
    if exclusive && number <= least {
        return Some(format!("must be greater than {least}, not {number}"));
    }
    (number < least).then(|| format!("must be at least {least}, not {number}"))
}

/// A number above the greatest.
pub(super) fn too_great(greatest: &Value, value: &Value, exclusive: bool) -> Option<String> {
    let (greatest, number) = (greatest.as_f64()?, value.as_f64()?);
    if exclusive && number >= greatest {
        return Some(format!("must be less than {greatest}, not {number}"));
    }
    (number > greatest).then(|| format!("must be at most {greatest}, not {number}"))
}

/// A number that is no multiple.
pub(super) fn no_multiple(of: &Value, value: &Value) -> Option<String> {
    let (factor, number) = (of.as_f64()?, value.as_f64()?);
    (number % factor != 0.0).then(|| format!("must be a multiple of {factor}, not {number}"))
}

/// Too few characters, items or entries.
pub(super) fn too_few(least: &Value, value: &Value) -> Option<String> {
    let (least, (count, unit)) = (least.as_u64()?, size(value)?);
    if least == 1 && count == 0 {
        return Some("must not be empty".to_owned());
    }
    (count < least).then(|| format!("must have at least {least} {unit}, not {count}"))
}

/// Too many characters, items or entries.
pub(super) fn too_many(greatest: &Value, value: &Value) -> Option<String> {
    let (greatest, (count, unit)) = (greatest.as_u64()?, size(value)?);
    (count > greatest).then(|| format!("must have at most {greatest} {unit}, not {count}"))
}

fn size(value: &Value) -> Option<(u64, &'static str)> {
    let (count, unit) = match value {
        Value::String(text) => (text.chars().count(), "characters"),
        Value::Array(items) => (items.len(), "items"),
        Value::Object(entries) => (entries.len(), "entries"),
        _ => return None,
    };
    Some((u64::try_from(count).ok()?, unit))
}
