//! Which milestone each feature of a profile needs, in one table, and which milestones and features this release has.

use serde_json::Value;

use super::input::{Finding, Input, rank};
use super::settings::Milestone;
use super::violation::path;
use crate::diagnostic::{Diagnostic, code};
use crate::pointer::escape;

/// The milestones that this release builds.
pub const BUILT: &[Milestone] = &[Milestone::M3, Milestone::M4];

/// A feature that a profile can use from some milestone on.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// What it is, to begin a sentence.
    pub feature: &'static str,
    /// The JSON pointer of the value that uses it.
    pub pointer: &'static str,
    /// The text there that means its use; any list with items where there is none.
    pub value: Option<&'static str>,
    /// The first milestone that has it.
    pub needs: Milestone,
    /// Whether this release has it.
    pub is_built: bool,
    /// What to do without it.
    pub instead: &'static str,
}

/// All features that not every milestone has. Components say their own first milestone in the catalog.
pub const GATES: &[Gate] = &[
    Gate {
        feature: "tenancy by persona",
        pointer: "/tenancy/model",
        value: Some("persona"),
        needs: Milestone::M7,
        is_built: false,
        instead: "this release has one tenancy: `model: shared`",
    },
    Gate {
        feature: "tenancy by namespace",
        pointer: "/tenancy/model",
        value: Some("namespace"),
        needs: Milestone::M9,
        is_built: false,
        instead: "this release has one tenancy: `model: shared`",
    },
    Gate {
        feature: "an extension",
        pointer: "/extensions",
        value: None,
        needs: Milestone::M8,
        is_built: false,
        instead: "this release has only the built-in components: leave `extensions` out",
    },
];

impl Gate {
    fn is_used(&self, json: &Value) -> bool {
        match (json.pointer(self.pointer), self.value) {
            (Some(Value::String(text)), Some(value)) => text == value,
            (Some(Value::Array(items)), None) => !items.is_empty(),
            _ => false,
        }
    }
}

/// Each feature that the profile's milestone or this release does not have.
pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let milestone = input.json.get("milestone").and_then(Value::as_str).and_then(Milestone::from_name);
    let unbuilt = milestone.filter(|milestone| !BUILT.contains(milestone));
    let mut findings: Vec<Finding> = unbuilt.map(|milestone| unbuilt_milestone(input, milestone)).into_iter().collect();
    for gate in GATES.iter().filter(|gate| gate.is_used(&input.json)) {
        findings.extend(locked(input, gate, milestone));
    }
    findings.extend(milestone.into_iter().flat_map(|milestone| early_components(input, milestone)));
    findings
}

fn unbuilt_milestone(input: &Input<'_>, milestone: Milestone) -> Finding {
    let built: Vec<&str> = BUILT.iter().map(|milestone| milestone.name()).collect();
    let diagnostic = Diagnostic::error(code::NOT_BUILT, format!("the milestone {milestone} is not built yet"))
        .help(format!("this release builds {}", built.join(" and ")));
    input.finding("/milestone", rank::RULE, diagnostic, "")
}

fn locked(input: &Input<'_>, gate: &Gate, milestone: Option<Milestone>) -> Option<Finding> {
    let needs = gate.needs;
    let early = milestone.filter(|milestone| *milestone < needs);
    let diagnostic = match early {
        Some(milestone) => Diagnostic::error(
            code::BEFORE_MILESTONE,
            format!("{} needs the milestone {needs}, and the profile has {milestone}", gate.feature),
        ),
        None if !gate.is_built => Diagnostic::error(code::NOT_BUILT, format!("{} is not built yet", gate.feature)),
        None => return None,
    };
    let help =
        if early.is_some() && gate.is_built { format!("write `milestone: {needs}`") } else { gate.instead.to_owned() };
    let label = format!("{} is from {needs} on", gate.feature);
    let mut finding = input.finding(gate.pointer, rank::RULE, diagnostic.help(help), label);
    if early.is_some() {
        finding.diagnostic = finding.diagnostic.at(input.source(), input.places.nearest("/milestone"), "the milestone");
    }
    Some(finding)
}

fn early_components(input: &Input<'_>, milestone: Milestone) -> Vec<Finding> {
    let written = |name: &str| input.json.pointer("/backends").and_then(|backends| backends.get(name)).is_some();
    let early = input.vocabulary.components.iter().filter(|it| it.since > milestone && written(&it.name));
    let finding = |name: &str, since: Milestone| {
        let pointer = format!("/backends/{}", escape(name));
        let message = format!("{} needs the milestone {since}, and the profile has {milestone}", path(&pointer));
        let diagnostic = Diagnostic::error(code::BEFORE_MILESTONE, message).help(format!("write `milestone: {since}`"));
        input.finding_at_key(&pointer, rank::RULE, diagnostic, format!("is from {since} on"))
    };
    early.map(|component| finding(&component.name, component.since)).collect()
}
