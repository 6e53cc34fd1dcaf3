//! What a person may have meant.

/// The longest word that is compared: a key of a kilobyte is no typo.
const LONGEST: usize = 64;

/// The candidate that is nearest to a word, where one is near. A number has no near one.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST || !word.contains(char::is_alphabetic) {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let typed = plain(word);
    let limit = match typed.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        length => length / 3,
    };
    let distance = |candidate: &&str| strsim::damerau_levenshtein(&typed, &plain(candidate));
    let best = candidates.into_iter().map(|candidate| (distance(&candidate), candidate)).min_by_key(|(d, _)| *d);
    best.filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len())
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_find_their_word() {
        let words = ["elasticsearch", "kibana", "storageClass", "M3", "M4"];
        let cases = [
            ("kibanna", Some("kibana")),
            ("elastic-search", Some("elasticsearch")),
            ("storage_class", Some("storageClass")),
            ("m4", Some("M4")),
            ("grafana", None),
            ("x", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
    }
}
