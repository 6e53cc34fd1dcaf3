//! Rule files: groups of alerts and recordings, of which only those stay that the plan can feed.

use serde::Deserialize;
use serde_json::Value;

use super::producers::Producers;
use super::query::{Missing, check};
use crate::catalog::yaml_options;
use crate::diagnostic::{Diagnostic, Diagnostics, code};

/// Groups of one rule file, in Prometheus' own syntax.
type File<'a> = (&'a str, &'a str, Vec<Value>);

/// Reads a rule file.
///
/// # Errors
/// What is wrong with its YAML.
pub(super) fn parse(text: &str) -> Result<Vec<Value>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rules {
        groups: Vec<Value>,
    }
    serde_saphyr::from_str_with_options::<Rules>(text, yaml_options())
        .map(|rules| rules.groups)
        .map_err(|error| error.to_string())
}

/// Drops each rule that reads a series which nothing produces, then empty groups; a recorded series counts as produced
/// once its own rule stays. A label that a produced series does not have is a fault of the rule.
pub(super) fn close(files: &mut [File<'_>], producers: &mut Producers, faults: &mut Diagnostics) {
    let mut waiting: Vec<(usize, usize, usize)> = Vec::new();
    for (file, (_, _, groups)) in files.iter().enumerate() {
        for (group, value) in groups.iter().enumerate() {
            waiting.extend((0..rules(value).len()).map(|rule| (file, group, rule)));
        }
    }
    loop {
        let before = waiting.len();
        waiting.retain(|place| match feed(files, *place, producers) {
            Ok(()) => false,
            Err(Missing::Series(_)) => true,
            Err(fault) => {
                let (component, file) = files.get(place.0).map(|file| (file.0, file.1)).unwrap_or_default();
                faults.push(Diagnostic::error(code::BAD_QUERY, format!("{component}/{file}: {}", describe(&fault))));
                false
            }
        });
        if waiting.len() == before {
            break;
        }
    }
    for (file, (_, _, groups)) in files.iter_mut().enumerate() {
        for (group, value) in groups.iter_mut().enumerate() {
            let mut rule = 0;
            if let Some(Value::Array(list)) = value.get_mut("rules") {
                list.retain(|_| {
                    rule += 1;
                    !waiting.contains(&(file, group, rule - 1))
                });
            }
        }
        groups.retain(|group| !rules(group).is_empty());
    }
}

fn rules(group: &Value) -> &[Value] {
    group.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Checks one rule, and records its series where it is a recording.
fn feed(
    files: &[File<'_>],
    (file, group, rule): (usize, usize, usize),
    producers: &mut Producers,
) -> Result<(), Missing> {
    let group = files.get(file).and_then(|(_, _, groups)| groups.get(group));
    let Some(rule) = group.and_then(|group| rules(group).get(rule)) else { return Ok(()) };
    let text = |key: &str| rule.get(key).and_then(Value::as_str);
    let mut labels = check(text("expr").unwrap_or_default(), producers)?;
    if let Some(Value::Object(own)) = rule.get("labels") {
        labels.extend(own.keys().cloned());
    }
    let texts = rule.get("annotations").and_then(Value::as_object).into_iter().flat_map(|texts| texts.values());
    for label in texts.filter_map(Value::as_str).flat_map(read_labels) {
        if !labels.contains(label) {
            let of = text("alert").unwrap_or("an annotation").to_owned();
            return Err(Missing::Label { label: label.to_owned(), of });
        }
    }
    if let Some(name) = text("record") {
        producers.record(name, labels);
    }
    Ok(())
}

/// The labels that an annotation prints: `{{ $labels.pod }}`.
fn read_labels(text: &str) -> impl Iterator<Item = &str> {
    text.split("$labels.").skip(1).map(|rest| {
        let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    })
}

/// A fault as a sentence.
pub(super) fn describe(missing: &Missing) -> String {
    match missing {
        Missing::Series(name) => format!("nothing produces {name}"),
        Missing::Label { label, of } => format!("{of} has no label {label}"),
        Missing::Syntax(reason) => format!("not PromQL: {reason}"),
    }
}
