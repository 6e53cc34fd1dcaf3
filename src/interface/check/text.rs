//! How violations are worded.

use strsim::damerau_levenshtein;

/// A field that is not known, with the known name that is nearest to it.
pub(super) fn unknown_field<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("unknown field `{name}`; did you mean `{nearest}`?"),
        None => format!("unknown field `{name}`"),
    }
}

/// The candidate that `name` was probably meant to be: the fewest edits, at most a third of its length; letters that
/// differ only in their case count where nothing else decides.
pub(super) fn nearest<'k>(name: &str, candidates: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    let near = candidates.map(|it| {
        let edits = damerau_levenshtein(&lower, &it.to_lowercase());
        (edits, damerau_levenshtein(name, it), it)
    });
    let limit = (name.chars().count() / 3).max(1);
    near.filter(|(edits, ..)| *edits <= limit).min().map(|(.., it)| it)
}
