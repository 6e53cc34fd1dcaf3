//! The front end: text in, a profile out in which every name, number and combination is legal, with the place of each
//! value kept. Every mistake of a file is reported in one run.

pub mod format;
mod gates;
mod input;
mod nearest;
mod places;
mod resource;
mod rules;
mod schema;
mod settings;
mod violation;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Diagnostics, Warned, code};
use crate::source::{self, Source, Span};
use crate::spanned::{self, Data, Node};

pub use gates::{BUILT, GATES, Gate};
pub use nearest::nearest;
pub use places::Places;
pub use schema::schema;
pub use settings::*;

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
}

impl Profile {
    /// The source, and the place of the value at a JSON pointer, or of the nearest value above it that was written.
    #[must_use]
    pub fn place(&self, pointer: &str) -> (&Source, Span) {
        (self.places.source(), self.places.nearest(pointer))
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
pub fn validate(raw: RawProfile, vocabulary: &Vocabulary) -> Result<Warned<Profile>, Diagnostics> {
    let RawProfile { source, root, faults } = raw;
    let mut input = input::Input::new(source, &root, vocabulary);
    let mut findings = violation::find(&input);
    if !input.is_something_else() {
        findings.extend(gates::check(&input));
        findings.extend(rules::check(&input));
        findings.extend(resource::check(&input));
    }
    let diagnostics = input::settle(&faults, findings);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    // The order of keys means nothing, so it must not reach what is passed on as it is.
    input.json.sort_all_objects();
    match serde_json::from_value(input.json) {
        Ok(settings) => diagnostics.or(Profile { settings, places: input.places }),
        Err(error) => {
            let source = input.places.source().clone();
            let span = input.places.nearest("");
            Err(Diagnostic::error(code::WRONG_TYPE, format!("the profile cannot be read: {error}"))
                .at(&source, span, "in this profile")
                .into())
        }
    }
}

#[cfg(test)]
mod tests;
