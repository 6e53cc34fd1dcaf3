//! What the checks of a profile look at, and what they find.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};

use super::places::Places;
use super::{Vocabulary, nearest, schema};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::source::{Source, Span};
use crate::spanned::Node;

/// A profile under examination.
pub(super) struct Input<'a> {
    /// Its values, a whole number always written as one.
    pub json: Value,
    /// Their places.
    pub places: Places,
    /// The schema that it must fit.
    pub schema: Value,
    /// The components that it may name.
    pub vocabulary: &'a Vocabulary,
    /// The parents of each key of the schema, made when a key stands in the wrong place.
    pub homes: OnceCell<BTreeMap<String, Vec<String>>>,
}

/// One mistake at one value. Of several at one value only that of the lowest rank is told, since the others follow
/// from it.
pub(super) struct Finding {
    /// The value's JSON pointer; also that of a key which is unknown or missing.
    pub pointer: String,
    /// See [`rank`].
    pub rank: u8,
    /// What to tell.
    pub diagnostic: Diagnostic,
    /// The pointer of another finding that follows from this one.
    pub explains: Option<String>,
}

/// What sets the pointer of a finding about a key apart from that of one about its value.
pub(super) const KEY: &str = "#key";

/// A finding's pointer without that.
pub(super) fn without_mark(pointer: &str) -> &str {
    pointer.strip_suffix(KEY).unwrap_or(pointer)
}

/// The ranks of findings.
pub(super) mod rank {
    /// The text is not safe.
    pub const UNSAFE: u8 = 0;
    /// The key or the type is wrong.
    pub const KIND: u8 = 1;
    /// The form is wrong.
    pub const FORM: u8 = 2;
    /// The value is wrong.
    pub const VALUE: u8 = 3;
    /// The value does not fit the others.
    pub const RULE: u8 = 4;
}

impl<'a> Input<'a> {
    pub fn new(source: Source, root: &Node, vocabulary: &'a Vocabulary) -> Self {
        Self {
            json: with_whole_numbers(root.to_json()),
            places: Places::new(source, root),
            schema: schema::schema(vocabulary),
            vocabulary,
            homes: OnceCell::new(),
        }
    }

    /// Whether the file is meant for another program: then nothing else in it is worth a word.
    pub fn is_something_else(&self) -> bool {
        let text = |key: &str| self.json.get(key).and_then(Value::as_str);
        let kind = text("kind").is_some_and(|kind| nearest::nearest(kind, ["MonitoringProfile"]).is_none());
        let version = text("apiVersion").is_some_and(|version| !version.starts_with("skopos"));
        kind && version
    }

    pub fn source(&self) -> &Source {
        self.places.source()
    }

    /// The text of a place, as it is written.
    pub fn written(&self, span: Span) -> &str {
        self.source().text().get(span).unwrap_or_default()
    }

    /// A finding at a value.
    pub fn finding(&self, pointer: &str, rank: u8, diagnostic: Diagnostic, label: impl Into<String>) -> Finding {
        let diagnostic = diagnostic.at(self.source(), self.places.nearest(pointer), label);
        Finding { pointer: pointer.to_owned(), rank, diagnostic, explains: None }
    }

    /// A finding at a key.
    pub fn finding_at_key(&self, pointer: &str, rank: u8, diagnostic: Diagnostic, label: impl Into<String>) -> Finding {
        let diagnostic = diagnostic.at(self.source(), self.places.key(pointer), label);
        Finding { pointer: pointer.to_owned(), rank, diagnostic, explains: None }
    }
}

/// One diagnostic for each cause, in the order of the file; `faults` are those of reading it, shown in `source`.
pub(super) fn settle(faults: &Diagnostics, findings: Vec<Finding>, source: &Source) -> Diagnostics {
    let explained: BTreeSet<String> = findings.iter().filter_map(|finding| finding.explains.clone()).collect();
    let merged = |finding: &Finding| {
        faults.iter().any(|fault| fault.code == code::SYNTAX && begins(fault) == begins(&finding.diagnostic))
    };
    let mut by_pointer: BTreeMap<String, Finding> = BTreeMap::new();
    for finding in findings.into_iter().filter(|it| !explained.contains(&it.pointer) && !merged(it)) {
        let known = by_pointer.get(&finding.pointer);
        if known.is_none_or(|known| finding.rank < known.rank) {
            by_pointer.insert(finding.pointer.clone(), finding);
        }
    }
    let findings = by_pointer.into_values().map(|finding| finding.diagnostic);
    let mut all: Vec<Diagnostic> = faults.iter().map(|fault| shown_in(fault, source)).chain(findings).collect();
    all.sort_by_key(|diagnostic| (begins(diagnostic), diagnostic.code));
    all.into_iter().collect()
}

fn shown_in(fault: &Diagnostic, source: &Source) -> Diagnostic {
    let mut fault = fault.clone();
    for label in &mut fault.labels {
        label.source = source.clone();
    }
    fault
}

fn begins(diagnostic: &Diagnostic) -> usize {
    diagnostic.labels.first().map_or(0, |label| label.span.start)
}

/// The same value, in which `2.0` is `2`, as a JSON Schema has it.
fn with_whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(whole(&number).unwrap_or(number)),
        Value::Array(items) => Value::Array(items.into_iter().map(with_whole_numbers).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, with_whole_numbers(value))).collect())
        }
        other => other,
    }
}

fn whole(number: &Number) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = number.as_f64().filter(|value| number.is_f64() && value.fract() == 0.0 && value.abs() < EXACT)?;
    #[allow(clippy::cast_possible_truncation, reason = "whole and within the exact range, by the line above")]
    Some((value as i64).into())
}
