//! Rules: only those stay that the plan can feed.

use serde_json::{Map, Value};

use super::labels::{Missing, add, labels};
use super::producers::Producers;
use crate::catalog::rule_file::{Group, Rule, RuleFile};
use crate::diagnostic::{Diagnostic, Diagnostics, code};

/// The rule files of a plan: component, file name, content.
pub(super) type Files<'p> = [(&'p str, &'p str, &'p RuleFile)];

/// The groups of each file as they are emitted: without each rule that reads a series which nothing produces, and without
/// empty groups. A recorded series counts as produced once its own rule stays. A label that a produced series does not have
/// is a fault of the rule.
pub(super) fn close<'p>(files: &Files<'p>, producers: &mut Producers<'p>, faults: &mut Diagnostics) -> Vec<Vec<Value>> {
    let mut waiting: Vec<(usize, usize, usize)> = Vec::new();
    for (file, (_, _, content)) in files.iter().enumerate() {
        for (group, value) in content.groups.iter().enumerate() {
            waiting.extend((0..value.rules.len()).map(|rule| (file, group, rule)));
        }
    }
    loop {
        let before = waiting.len();
        waiting.retain(|&(file, group, rule)| {
            let Some((component, name, content)) = files.get(file) else { return false };
            let Some(rule) = content.groups.get(group).and_then(|group| group.rules.get(rule)) else { return false };
            match feed(rule, producers) {
                Ok(()) => false,
                Err(Missing::Series(_)) => true,
                Err(fault) => {
                    let fault = describe(&fault);
                    faults.push(Diagnostic::error(code::BAD_QUERY, format!("{component}/{name}: {fault}")));
                    false
                }
            }
        });
        if waiting.len() == before {
            break;
        }
    }
    let kept = |file: usize, content: &RuleFile| {
        let groups = content.groups.iter().enumerate();
        groups.filter_map(|(group, value)| emitted(value, |rule| !waiting.contains(&(file, group, rule)))).collect()
    };
    files.iter().enumerate().map(|(file, (_, _, content))| kept(file, content)).collect()
}

/// A group with the rules that stay.
fn emitted(group: &Group, stays: impl Fn(usize) -> bool) -> Option<Value> {
    let rules = group.rules.iter().enumerate().filter(|(rule, _)| stays(*rule));
    let rules: Vec<Value> = rules.map(|(_, rule)| rule.body.clone()).collect();
    if rules.is_empty() {
        return None;
    }
    let rules = [("rules".to_owned(), Value::Array(rules))];
    Some(Value::Object(group.head.clone().into_iter().chain(rules).collect::<Map<_, _>>()))
}

/// Checks one rule, and records its series where it is a recording.
fn feed<'p>(rule: &'p Rule, producers: &mut Producers<'p>) -> Result<(), Missing> {
    let text = |key: &str| rule.body.get(key).and_then(Value::as_str);
    let mut labels = labels(&rule.query, producers)?;
    if let Some(Value::Object(own)) = rule.body.get("labels") {
        add(&mut labels, own.keys().map(String::as_str));
    }
    for label in &rule.prints {
        if !labels.contains(&**label) {
            let of = text("alert").unwrap_or("an annotation").to_owned();
            return Err(Missing::Label { label: label.clone(), of });
        }
    }
    if let Some(name) = text("record") {
        let labels = labels.into_owned();
        producers.record(name, labels);
    }
    Ok(())
}

/// A fault as a sentence.
pub(super) fn describe(missing: &Missing) -> String {
    match missing {
        Missing::Series(name) => format!("nothing produces {name}"),
        Missing::Label { label, of } => format!("{of} has no label {label}"),
        Missing::Pattern(reason) => format!("not a pattern: {reason}"),
    }
}
