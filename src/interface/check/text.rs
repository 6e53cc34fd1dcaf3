//! How violations are worded.

use strsim::damerau_levenshtein;

/// A field that is not known, with the known name that is nearest to it.
pub(super) fn unknown_field<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("unknown field `{name}`; did you mean `{nearest}`?"),
        None => format!("unknown field `{name}`"),
    }
}

/// The candidate that `name` was probably meant to be: the fewest edits, at most a third of its length.
pub(super) fn nearest<'k>(name: &str, candidates: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    let near = candidates.map(|it| (damerau_levenshtein(&lower, &it.to_lowercase()), it));
    let limit = (name.chars().count() / 3).max(1);
    near.filter(|(edits, _)| *edits <= limit).min().map(|(_, it)| it)
}
