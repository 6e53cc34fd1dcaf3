//! Parameters that are a part of a custom resource: the resource's own interface says what they may be.

use serde::Deserialize;
use serde_json::Value;

use super::input::{Finding, Input, rank};
use super::violation::path;
use crate::diagnostic::{Diagnostic, code};
use crate::interface::{Interfaces, Violation};
use crate::pointer::escape;

/// The word of a parameter's schema that names the field.
pub(super) const KEYWORD: &str = "x-skopos-resource";

/// A field of a custom resource.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Field {
    /// Group and version of the resource.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// JSON pointer of the field; a number stands for any item of a list.
    #[serde(rename = "field")]
    pub pointer: String,
}

/// Each parameter that its resource would refuse.
pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in &input.vocabulary.components {
        let pointer = format!("/backends/{}/parameters", escape(&component.name));
        if let Some(value) = input.json.pointer(&pointer) {
            walk(input, &component.parameters, value, &pointer, &mut findings);
        }
    }
    findings
}

fn walk(input: &Input<'_>, schema: &Value, value: &Value, pointer: &str, findings: &mut Vec<Finding>) {
    if let Some(field) = schema.get(KEYWORD).and_then(|field| Field::deserialize(field).ok()) {
        let interface = Interfaces::builtin().get(&field.api_version, &field.kind);
        let violations = interface.map(|interface| interface.check_field(&field.pointer, value)).unwrap_or_default();
        findings.extend(violations.iter().map(|violation| told(input, &field, pointer, violation)));
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let own = schema.get("properties").and_then(|properties| properties.get(key));
                if let Some(schema) = own.or_else(|| schema.get("additionalProperties")) {
                    walk(input, schema, value, &format!("{pointer}/{}", escape(key)), findings);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            for (place, item) in items.iter().enumerate() {
                walk(input, schema, item, &format!("{pointer}/{place}"), findings);
            }
        }
        _ => {}
    }
}

fn told(input: &Input<'_>, field: &Field, pointer: &str, violation: &Violation) -> Finding {
    let at = format!("{pointer}{}", violation.pointer);
    let steps = field.pointer.split('/').filter(|step| !step.is_empty() && step.parse::<usize>().is_err());
    let named = steps.collect::<Vec<_>>().join(".");
    let help = format!("it is a part of `{named}` of {} ({})", field.kind, field.api_version);
    if violation.unknown {
        let diagnostic = Diagnostic::error(code::UNKNOWN_KEY, violation.message.clone()).help(help);
        return input.finding_at_key(&at, rank::KIND, diagnostic, "not known here");
    }
    let message = format!("{} {}", path(&at), violation.message);
    input.finding(&at, rank::VALUE, Diagnostic::error(code::NOT_ALLOWED, message).help(help), "")
}
