//! What the schema has against a profile, in our own words.

mod key;
mod text;
mod value;
mod words;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

pub(super) use words::path;

use super::format;
use super::input::{Finding, Input, rank};
use crate::diagnostic::{Diagnostic, code};

/// Every violation of the schema, and every text that is not safe.
pub(super) fn find(input: &Input<'_>) -> Vec<Finding> {
    let validator = match validator(&input.schema, &input.json) {
        Ok(validator) => validator,
        Err(reason) => {
            let message = format!("the schema of a component's parameters is wrong: {reason}");
            return vec![input.finding("", rank::KIND, Diagnostic::error(code::BAD_COMPONENT, message), "")];
        }
    };
    let mut findings: Vec<Finding> =
        validator.iter_errors(&input.json).flat_map(|error| translate(input, &error)).collect();
    if input.is_something_else() {
        findings.retain(|finding| matches!(finding.pointer.as_str(), "/apiVersion" | "/kind"));
    }
    findings.extend(text::find_unsafe(input));
    findings
}

fn validator(schema: &Value, value: &Value) -> Result<Validator, String> {
    let mut schema = concerned(schema, value);
    strip_patterns(&mut schema);
    let mut options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    for format in format::ALL {
        options = options.with_format(format.name, |text: &str| (format.check)(text).is_ok());
    }
    options.build(&schema).map_err(|error| error.to_string())
}

/// A schema without the properties that a value does not have: they say nothing about it, and are most of what would be compiled.
fn concerned(schema: &Value, value: &Value) -> Value {
    let (Some(keywords), Some(fields)) = (schema.as_object(), value.as_object()) else { return schema.clone() };
    let concerned = keywords.iter().map(|(keyword, argument)| match argument.as_object() {
        Some(properties) if keyword == "properties" => {
            let concerned = properties
                .iter()
                .filter_map(|(name, property)| Some((name.clone(), concerned(property, fields.get(name)?))));
            (keyword.clone(), concerned.collect())
        }
        _ => (keyword.clone(), argument.clone()),
    });
    concerned.collect()
}

/// Takes the patterns away that stand beside one of our forms, which check more, and explain themselves.
fn strip_patterns(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("format").and_then(Value::as_str).and_then(format::find).is_some() {
                map.shift_remove("pattern");
            }
            map.values_mut().for_each(strip_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_patterns),
        _ => {}
    }
}

/// One violation with the schema around it.
pub(super) struct Violation<'a> {
    input: &'a Input<'a>,
    /// The value's JSON pointer.
    pointer: &'a str,
    /// The value.
    value: &'a Value,
    /// The object of the schema that holds the keyword.
    schema: &'a Value,
}

fn translate(input: &Input<'_>, error: &ValidationError<'_>) -> Vec<Finding> {
    let schema_path = error.schema_path().as_str();
    let parent = schema_path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let schema = holder(&input.schema, parent);
    let violation =
        Violation { input, pointer: error.instance_path().as_str(), value: error.instance().as_ref(), schema };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| key::unknown(&violation, name)).collect()
        }
        Kind::Required { property } => vec![key::missing(&violation, property.as_str().unwrap_or_default())],
        Kind::PropertyNames { error } => vec![key::malformed(&violation, error)],
        Kind::Type { .. } => vec![value::wrong_type(&violation)],
        Kind::Enum { options } => vec![value::not_allowed(&violation, options)],
        Kind::Constant { expected_value } => {
            vec![value::not_allowed(&violation, &Value::Array(vec![(**expected_value).clone()]))]
        }
        Kind::Pattern { .. } | Kind::Format { .. } => vec![value::malformed(&violation)],
        Kind::UniqueItems => vec![value::repeated(&violation)],
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => branches(input, &violation, context),
        kind => vec![value::out_of_range(&violation, kind)],
    }
}

/// The object of a schema at a JSON pointer, whose last part may be a keyword's own index.
fn holder<'a>(schema: &'a Value, pointer: &str) -> &'a Value {
    let mut pointer = pointer;
    loop {
        match (schema.pointer(pointer), pointer.rsplit_once('/')) {
            (Some(found @ Value::Object(_)), _) => return found,
            (_, Some((parent, _))) => pointer = parent,
            (_, None) => return schema,
        }
    }
}

/// The violations of the alternative that was most likely meant: the one that fits deepest into the value.
fn branches(input: &Input<'_>, violation: &Violation<'_>, context: &[Vec<ValidationError<'static>>]) -> Vec<Finding> {
    let at_top = |error: &ValidationError<'_>| error.instance_path().as_str() == violation.pointer;
    let is_type = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Type { .. });
    let fitting = context.iter().filter(|errors| !errors.iter().any(|error| at_top(error) && is_type(error)));
    match fitting.min_by_key(|errors| errors.len()) {
        Some(_) if violation.schema.get("errorMessage").is_some() => vec![key::missing_some(violation)],
        Some(errors) => errors.iter().flat_map(|error| translate(input, error)).collect(),
        None => vec![value::wrong_type(violation)],
    }
}
