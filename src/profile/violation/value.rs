//! Values of the wrong type, form or size.

use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::Violation;
use super::words::{self, example, list, path, shown, wanted};
use crate::diagnostic::{Diagnostic, code};
use crate::profile::format;
use crate::profile::input::{Finding, rank};
use crate::profile::nearest::nearest;
use crate::spanned::quoted;

/// A value of a type that the schema does not take.
pub(super) fn wrong_type(violation: &Violation<'_>) -> Finding {
    let Violation { input, pointer, value, schema } = violation;
    let (wanted, kind) = (wanted(schema), words::kind(value));
    let at = input.places.nearest(pointer);
    if value.is_null() {
        let diagnostic = Diagnostic::error(code::WRONG_TYPE, format!("{} has no value", path(pointer)))
            .help(format!("give it {wanted}, or take the key out"));
        return input.finding(pointer, rank::KIND, diagnostic, "nothing follows");
    }
    let message = format!("{} must be {wanted}, not {kind}", path(pointer));
    let mut diagnostic = Diagnostic::error(code::WRONG_TYPE, message);
    let format = schema.get("format").and_then(Value::as_str).and_then(format::find);
    let is_scalar = !value.is_array() && !value.is_object();
    if let Some(format) = format.filter(|format| is_scalar && (format.check)(input.written(at.clone())).is_err()) {
        diagnostic = diagnostic.help(form_of(schema, format));
    } else if wanted == "a text" && is_scalar {
        diagnostic = diagnostic.help(format!("write it in quotes: \"{}\"", input.written(at)));
    } else if value.is_string() && wanted != "a list" && wanted != "a map" {
        diagnostic = diagnostic.help(format!("write {wanted}, without quotes"));
    } else if let Some(example) = example(schema).or_else(|| first_key(schema)) {
        diagnostic = diagnostic.help(format!("for example: {example}"));
    }
    input.finding(pointer, rank::KIND, diagnostic, format!("this is {kind}"))
}

/// A value that is not one of a few.
pub(super) fn not_allowed(violation: &Violation<'_>, options: &Value) -> Finding {
    let Violation { input, pointer, value, schema } = violation;
    let allowed: Vec<String> = options.as_array().into_iter().flatten().map(shown).collect();
    let written = shown(value);
    let message = format!("{} may not be {}", path(pointer), quoted(&written));
    let near = nearest(&written, allowed.iter().map(String::as_str));
    let label = near.map_or_else(|| "not one of those allowed".to_owned(), |near| format!("did you mean `{near}`?"));
    let help = match schema.get("errorMessage").and_then(Value::as_str) {
        Some(reason) => reason.to_owned(),
        None => format!("allowed: {}", list(allowed.iter().map(String::as_str))),
    };
    let diagnostic = Diagnostic::error(code::NOT_ALLOWED, message).help(help);
    input.finding(pointer, rank::VALUE, diagnostic, label)
}

/// A text that has not the form that it needs.
pub(super) fn malformed(violation: &Violation<'_>) -> Finding {
    let Violation { input, pointer, value, schema } = violation;
    let text = value.as_str().unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str).and_then(format::find);
    let reason = format.and_then(|format| (format.check)(text).err());
    let reason = reason.unwrap_or_else(|| "has not the form that it needs".to_owned());
    let message = format!("{} {reason}", path(pointer));
    let diagnostic = Diagnostic::error(code::BAD_FORMAT, message).help(form(schema));
    input.finding(pointer, rank::FORM, diagnostic, "")
}

/// What a text must be, in words.
pub(super) fn form(schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(format) = format.and_then(format::find) {
        return form_of(schema, format);
    }
    let own_words = ["patternErrorMessage", "errorMessage", "description"];
    let words = own_words.iter().find_map(|key| schema.get(*key).and_then(Value::as_str));
    match (words, format, example(schema)) {
        (Some(words), _, Some(example)) if !words.contains(&example) => format!("{words}, for example {example}"),
        (Some(words), ..) => words.to_owned(),
        (None, Some(format), _) => format!("it must be a valid {format}"),
        (None, None, Some(example)) => format!("for example: {example}"),
        (None, None, None) => "see the schema that `skopos schema` prints".to_owned(),
    }
}

fn form_of(schema: &Value, format: &format::Format) -> String {
    let own = schema.get("default").and_then(Value::as_str);
    let own = own.map(str::to_owned).or_else(|| example(schema)).unwrap_or_else(|| format.example.to_owned());
    format!("it must be {}, like {own}", format.words)
}

/// A list that holds a value twice.
pub(super) fn repeated(violation: &Violation<'_>) -> Finding {
    let Violation { input, pointer, value, .. } = violation;
    let items: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    let earlier = |index: usize| items.iter().take(index).position(|item| Some(item) == items.get(index));
    let pair = (0..items.len()).find_map(|second| earlier(second).map(|first| (first, second)));
    let (first, second) = pair.unwrap_or_default();
    let message = format!("{} holds the same value twice", path(pointer));
    let diagnostic = Diagnostic::error(code::REPEATED, message).help("keep one of them");
    let mut finding = input.finding(&format!("{pointer}/{second}"), rank::VALUE, diagnostic, "again here");
    let first = input.places.nearest(&format!("{pointer}/{first}"));
    finding.diagnostic = finding.diagnostic.at(input.source(), first, "first here");
    finding
}

/// A number, text, list or map that is too large or too small, and what else a schema can say.
pub(super) fn out_of_range(violation: &Violation<'_>, kind: &Kind) -> Finding {
    let Violation { input, pointer, schema, .. } = violation;
    let many = |limit: u64, noun: &str| format!("{limit} {noun}{}", if limit == 1 { "" } else { "s" });
    let must = match kind {
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {}", many(*limit, "character")),
        Kind::MaxLength { limit } => format!("must have at most {}", many(*limit, "character")),
        Kind::MinItems { limit } => format!("must have at least {}", many(*limit, "item")),
        Kind::MaxItems { limit } => format!("must have at most {}", many(*limit, "item")),
        Kind::MinProperties { limit } => format!("must have at least {}", many(*limit, "key")),
        Kind::MaxProperties { limit } => format!("must have at most {}", many(*limit, "key")),
        _ => "does not fit the schema".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(code::OUT_OF_RANGE, format!("{} {must}", path(pointer)));
    let (least, most) = (schema.get("minimum"), schema.get("maximum"));
    if let (Some(least), Some(most)) = (least, most) {
        diagnostic = diagnostic.help(format!("allowed: {least} to {most}"));
    } else if let Some(words) = schema.get("errorMessage").and_then(Value::as_str) {
        diagnostic = diagnostic.help(words);
    }
    input.finding(pointer, rank::VALUE, diagnostic, "")
}

/// A map with the first key that a schema has, as an example of the map's form.
fn first_key(schema: &Value) -> Option<String> {
    let (key, property) = schema.get("properties").and_then(Value::as_object)?.iter().next()?;
    let value = example(property)
        .or_else(|| property.get("enum").and_then(Value::as_array).and_then(|options| options.first()).map(shown))?;
    Some(format!("{{ {key}: {value} }}"))
}
