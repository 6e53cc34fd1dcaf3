//! Keys that are unknown, missing or malformed.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::words::{self, list};
use super::{Violation, value};
use crate::diagnostic::{Diagnostic, code};
use crate::pointer::escape;
use crate::profile::format;
use crate::profile::input::{Finding, KEY, rank};
use crate::profile::nearest::nearest;
use crate::spanned::quoted;

/// A key that the schema does not have.
pub(super) fn unknown(violation: &Violation<'_>, name: &str) -> Finding {
    let pointer = format!("{}/{}", violation.pointer, escape(name));
    let known: Vec<&str> = properties(violation.schema).collect();
    let near = nearest(name, known.iter().copied());
    let label = near.map_or_else(|| "not known here".to_owned(), |near| format!("did you mean `{near}`?"));
    let what = if violation.pointer == "/backends" { "component" } else { "key" };
    let mut diagnostic = Diagnostic::error(code::UNKNOWN_KEY, format!("unknown {what} {}", quoted(name)));
    if let Some(reason) = has_no_use(violation, name) {
        diagnostic = diagnostic.help(reason);
    } else if let Some(home) = near.is_none().then(|| home(violation, name)).flatten() {
        let home =
            if home.is_empty() { "at the top of the file".to_owned() } else { format!("under {}", words::path(home)) };
        diagnostic = diagnostic.help(format!("{} belongs {home}", quoted(name)));
    } else if known.is_empty() {
        diagnostic = diagnostic.help(format!("{} takes no keys", words::path(violation.pointer)));
    } else {
        diagnostic = diagnostic.help(format!("known here: {}", list(known)));
    }
    let mut finding = violation.input.finding_at_key(&pointer, rank::KIND, diagnostic, label);
    finding.explains = near.map(|near| format!("{}/{}", violation.pointer, escape(near)));
    finding
}

/// A key that has to be there.
pub(super) fn missing(violation: &Violation<'_>, name: &str) -> Finding {
    let input = violation.input;
    let pointer = format!("{}/{}", violation.pointer, escape(name));
    let inside = match violation.pointer {
        "" => String::new(),
        pointer => format!(" in {}", words::path(pointer)),
    };
    let mut diagnostic = Diagnostic::error(code::MISSING_KEY, format!("the key `{name}` is missing{inside}"));
    if let Some(property) = violation.schema.get("properties").and_then(|properties| properties.get(name)) {
        let allowed: Vec<String> =
            property.get("enum").and_then(Value::as_array).into_iter().flatten().map(words::shown).collect();
        diagnostic = diagnostic.help(match allowed.as_slice() {
            [] => format!("add `{name}: {}`", words::example(property).unwrap_or_else(|| words::wanted(property))),
            [single] => format!("add `{name}: {single}`"),
            several => format!("add `{name}:` with one of {}", list(several.iter().map(String::as_str))),
        });
    }
    let label = "beside this";
    let diagnostic = diagnostic.at(input.source(), input.places.nearest(violation.pointer), label);
    Finding { pointer, rank: rank::KIND, diagnostic, explains: None }
}

/// One of several keys that has to be there, where the schema says in its own words which.
pub(super) fn missing_some(violation: &Violation<'_>) -> Finding {
    let message = format!("{} lacks a key that it needs", words::path(violation.pointer));
    let said = violation.schema.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
    let diagnostic = Diagnostic::error(code::MISSING_KEY, message).help(said);
    violation.input.finding(violation.pointer, rank::KIND, diagnostic, "beside this")
}

/// A key that has not the form that it needs.
pub(super) fn malformed(violation: &Violation<'_>, error: &ValidationError<'_>) -> Finding {
    let name = error.instance().as_str().unwrap_or_default();
    let pointer = format!("{}/{}", violation.pointer, escape(name));
    let schema = violation.schema.get("propertyNames").unwrap_or(violation.schema);
    let reason = schema.get("format").and_then(Value::as_str).and_then(format::find).map_or_else(
        || "has not the form that it needs".to_owned(),
        |format| (format.check)(name).err().unwrap_or_default(),
    );
    let inside = words::path(violation.pointer);
    let message = match error.kind() {
        Kind::Enum { .. } => format!("the key {} is not one of those allowed in {inside}", quoted(name)),
        _ => format!("the key {} in {inside} {reason}", quoted(name)),
    };
    let diagnostic = Diagnostic::error(code::BAD_FORMAT, message).help(value::form(schema));
    let mut finding = violation.input.finding_at_key(&pointer, rank::FORM, diagnostic, "this key");
    finding.pointer.push_str(KEY);
    finding
}

fn properties(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|map| map.keys().map(String::as_str))
}

/// Why a component does not have a field that others have.
fn has_no_use(violation: &Violation<'_>, name: &str) -> Option<String> {
    let component = violation.pointer.strip_prefix("/backends/").filter(|rest| !rest.contains('/'))?;
    match name {
        "replicas" => Some(format!("the number of {component}'s pods cannot be chosen")),
        "storage" | "retention" => Some(format!("{component} keeps no data, so it has no `{name}`")),
        _ => {
            let parameters = violation.schema.pointer("/properties/parameters").unwrap_or(&Value::Null);
            let is_parameter = properties(parameters).any(|parameter| parameter == name);
            is_parameter.then(|| format!("`{name}` is a parameter of {component}: write it under `parameters`"))
        }
    }
}

/// Where in the schema a key belongs that stands in the wrong place, if that is one place only.
fn home<'a>(violation: &'a Violation<'_>, name: &str) -> Option<&'a str> {
    let homes = violation.input.homes.get_or_init(|| {
        let mut homes = BTreeMap::new();
        collect_homes(&violation.input.schema, "", &mut homes);
        homes
    });
    match homes.get(name)?.as_slice() {
        [home] => Some(home),
        _ => None,
    }
}

fn collect_homes(schema: &Value, pointer: &str, homes: &mut BTreeMap<String, Vec<String>>) {
    for (key, below) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        homes.entry(key.clone()).or_default().push(pointer.to_owned());
        if key != "backends" {
            collect_homes(below, &format!("{pointer}/{key}"), homes);
        }
    }
}
