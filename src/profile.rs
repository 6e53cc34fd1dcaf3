//! The front end: text in, a profile out in which every name, number and combination is legal, with the place of each
//! value kept. Every mistake of a file is reported in one run.

mod bounds;
pub mod format;
mod gates;
mod input;
mod nearest;
mod places;
mod resource;
mod rest;
mod rules;
mod schema;
mod secret;
mod settings;
mod violation;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Warned, code};
use crate::source::{self, Source, Span};
use crate::spanned::{self, Data, Node};

pub use gates::{BUILT, GATES, Gate};
pub use nearest::nearest;
pub use places::Places;
pub use schema::schema;
pub use settings::*;

/// The namespace of the shared instance and of what serves all instances; the names of further namespaces of skopos' own begin
/// with it and `-`.
pub const NAMESPACE: &str = "monitoring";

/// What the catalog tells the front end about its components.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Each component that a profile may name under `backends`.
    pub components: Vec<ComponentVocabulary>,
}

/// How many pods a component may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// Its number of pods is not chosen: `replicas` has no meaning.
    Fixed,
    /// Any number.
    Any,
    /// An odd number, since a majority of the pods decides.
    Odd,
}

/// The least that a component can do with, as texts of the forms that a profile uses.
#[derive(Debug, Clone, Default)]
pub struct Least {
    /// The memory limit.
    pub memory: Option<String>,
    /// The volume of each pod.
    pub storage: Option<String>,
    /// How long data is kept.
    pub retention: Option<String>,
}

/// What a profile may say about one component.
#[derive(Debug, Clone)]
pub struct ComponentVocabulary {
    /// Its key under `backends`.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: String,
    /// The first milestone that has it.
    pub since: Milestone,
    /// Whether it may be disabled.
    pub optional: bool,
    /// Whether it keeps data: `storage` and `retention` have a meaning.
    pub stores: bool,
    /// How many pods it may have.
    pub replicas: Replicas,
    /// The least memory, storage and retention that it can do with.
    pub least: Least,
    /// What its retention must be a multiple of.
    pub retention_step: Option<String>,
    /// The versions that it knows; the first is the default.
    pub versions: Vec<String>,
    /// The JSON Schema of its `parameters`.
    pub parameters: Value,
}

/// A profile that was read, of which nothing is known yet but that it is a map.
#[derive(Debug, Clone)]
pub struct RawProfile {
    source: Source,
    root: Node,
    /// Duplicate keys and the like, which `validate` reports with everything else.
    faults: Diagnostics,
}

/// Guarantees: fits the schema, has no unknown key, no feature before its milestone, and no two settings that
/// contradict each other.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What the profile says.
    pub settings: Settings,
    places: Places,
    /// The JSON pointers of what was left out as wrong; none in a profile that is right.
    left_out: Vec<String>,
}

/// A profile with mistakes.
#[derive(Debug, Clone)]
pub struct Invalid {
    /// All of them, in the order of the file.
    pub faults: Diagnostics,
    /// What is left without them, where that is a profile: good for nothing but to find more mistakes in it.
    pub rest: Option<Box<Profile>>,
}

impl From<Diagnostics> for Invalid {
    fn from(faults: Diagnostics) -> Self {
        Self { faults, rest: None }
    }
}

impl Profile {
    /// The source, and the place of the value at a JSON pointer, or of the nearest value above it that was written.
    #[must_use]
    pub fn place(&self, pointer: &str) -> (&Source, Span) {
        (self.places.source(), self.places.nearest(pointer))
    }

    /// Whether the value at a JSON pointer, or a part of it, was left out as wrong.
    #[must_use]
    pub fn is_doubtful(&self, pointer: &str) -> bool {
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.left_out.iter().any(|faulty| within(faulty, pointer) || within(pointer, faulty))
    }

    /// Whether what was left out could change which components there are.
    #[must_use]
    pub fn components_are_doubtful(&self) -> bool {
        self.left_out.iter().any(|faulty| {
            let mut steps = faulty.split('/').skip(1);
            match steps.next() {
                Some("backends") => steps.nth(1).is_none_or(|field| field == "enabled"),
                Some("images" | "access" | "crds" | "name") => false,
                _ => true,
            }
        })
    }

    /// Whether the profile's author wrote the value at a JSON pointer.
    #[must_use]
    pub fn is_written(&self, pointer: &str) -> bool {
        self.places.find(pointer).is_some()
    }
}

/// Reads a profile.
///
/// # Errors
/// The fault that keeps the text from being one YAML map.
pub fn parse(source: &Source) -> Result<RawProfile, Diagnostics> {
    if source.text().len() > source::MAX_BYTES {
        return Err(source::too_large(source.name()).into());
    }
    let spanned::Reading { root, faults } = spanned::read(source)?;
    if matches!(root.data, Data::Map(_)) {
        return Ok(RawProfile { source: source.clone(), root, faults });
    }
    Err(Diagnostic::error(code::WRONG_TYPE, "a profile must be a map of settings")
        .at(source, root.first_span(), "this is none")
        .help("begin with `apiVersion: skopos.dev/v1alpha1`")
        .into())
}

/// Checks a profile against the schema, then against the rules that a schema cannot say.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn validate(raw: RawProfile, vocabulary: &Vocabulary) -> Result<Warned<Profile>, Invalid> {
    let RawProfile { source, root, faults } = raw;
    let mut input = input::Input::new(source, &root, vocabulary);
    let mut findings = secret::hide(&mut input);
    findings.extend(violation::find(&input));
    if !input.is_something_else() {
        findings.extend(gates::check(&input));
        findings.extend(rules::check(&input));
        findings.extend(bounds::check(&input));
        findings.extend(resource::check(&input));
        findings.extend(secret::check(&input));
    }
    let wrong = findings.iter().filter(|finding| finding.diagnostic.severity == Severity::Error);
    let left_out: Vec<String> = wrong.map(|finding| input::without_mark(&finding.pointer).to_owned()).collect();
    let diagnostics = input::settle(&faults, findings, input.source());
    // The order of keys means nothing, so it must not reach what is passed on as it is.
    input.json.sort_all_objects();
    if diagnostics.has_errors() {
        let rest = (!input.is_something_else()).then(|| rest::rest(&input.json, &left_out)).flatten();
        let rest = rest.map(|settings| Box::new(Profile { settings, places: input.places, left_out }));
        return Err(Invalid { faults: diagnostics, rest });
    }
    match serde_json::from_value(input.json) {
        Ok(settings) => Ok(diagnostics.or(Profile { settings, places: input.places, left_out })?),
        Err(error) => {
            let source = input.places.source().clone();
            let span = input.places.nearest("");
            let faults = Diagnostic::error(code::WRONG_TYPE, format!("the profile cannot be read: {error}")).at(
                &source,
                span,
                "in this profile",
            );
            Err(Diagnostics::from(faults).into())
        }
    }
}

#[cfg(test)]
mod tests;
