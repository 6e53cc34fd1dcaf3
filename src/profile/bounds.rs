//! The least that components can do with: smaller amounts would be rendered, and never work.

use serde_json::Value;

use super::format::{seconds, size_bytes};
use super::input::{Finding, Input, rank};
use super::violation::path;
use crate::diagnostic::{Diagnostic, code};
use crate::pointer::escape;

/// How a text is measured.
type Measure = fn(&str) -> Result<u64, String>;

/// Each amount below the least, and each retention that the program does not count as finely.
pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in &input.vocabulary.components {
        let pointer = format!("/backends/{}", escape(&component.name));
        let least = &component.least;
        let bounds: [(&str, &Option<String>, Measure, &str); 3] = [
            ("resources/limits/memory", &least.memory, size_bytes, "does not start with less"),
            ("storage/size", &least.storage, size_bytes, "cannot keep anything on less"),
            ("retention", &least.retention, seconds, "cannot keep data for less"),
        ];
        for (field, least, measure, why) in bounds {
            let help = format!("{} {why}", component.name);
            findings.extend(below(input, &format!("{pointer}/{field}"), least.as_deref(), measure, &help));
        }
        findings.extend(between_steps(input, &format!("{pointer}/retention"), component.retention_step.as_deref()));
    }
    findings
}

fn below(input: &Input<'_>, at: &str, least: Option<&str>, measure: Measure, help: &str) -> Option<Finding> {
    let least = least?;
    let written = input.json.pointer(at).and_then(Value::as_str)?;
    if measure(written).ok()? >= measure(least).ok()? {
        return None;
    }
    let message = format!("{} must be at least {least}, not {written}", path(at));
    let diagnostic = Diagnostic::error(code::OUT_OF_RANGE, message).help(help);
    Some(input.finding(at, rank::RULE, diagnostic, "too little"))
}

fn between_steps(input: &Input<'_>, at: &str, step: Option<&str>) -> Option<Finding> {
    let step = step?;
    let written = input.json.pointer(at).and_then(Value::as_str)?;
    let (length, unit) = (seconds(written).ok()?, seconds(step).ok()?);
    if length % unit == 0 {
        return None;
    }
    let count = length.div_ceil(unit);
    let unit_name = step.trim_start_matches('1');
    let message = format!("{} is counted in steps of {step}, and {written} is none", path(at));
    let help = format!("write `{count}{unit_name}`");
    let diagnostic = Diagnostic::error(code::OUT_OF_RANGE, message).help(help);
    Some(input.finding(at, rank::RULE, diagnostic, "between two steps"))
}
