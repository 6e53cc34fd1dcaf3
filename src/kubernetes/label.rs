//! Labels and annotations: their keys, values and sizes. Each function says why a text is none, as a sentence that names it.

use super::name::dns_subdomain_fault;

/// The most that all annotations of an object may hold, keys and values together, in bytes.
pub const MOST_ANNOTATIONS: usize = 262_144;

/// Why a text is no key of a label or annotation: a name of at most 63 characters, after a DNS name and `/` where it has an
/// owner.
#[must_use]
pub fn key_fault(text: &str) -> Option<String> {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if let Some(fault) = prefix.and_then(dns_subdomain_fault) {
        return Some(format!("`{text}` is not the key of a label: {fault}"));
    }
    (!is_name(name)).then(|| {
        format!(
            "`{text}` is not the key of a label: its name has 1 to 63 letters, digits, `-`, `_` and `.`, at its ends a \
             letter or digit"
        )
    })
}

/// Why a text is no value of a label.
#[must_use]
pub fn value_fault(text: &str) -> Option<String> {
    (!text.is_empty() && !is_name(text)).then(|| {
        format!(
            "`{text}` is not the value of a label: at most 63 letters, digits, `-`, `_` and `.`, at its ends a letter or \
             digit"
        )
    })
}

fn is_name(text: &str) -> bool {
    let inner = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63 && inner && ends(text.bytes().next()) && ends(text.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_judged() {
        assert_eq!(["app", "app.kubernetes.io/name", "a_b.c-d"].map(key_fault), [None, None, None]);
        for text in ["", "a/", "/a", "A B", "a/b/c", "Upper.io/name", &"a".repeat(64)] {
            assert!(key_fault(text).is_some(), "{text}");
        }
        assert_eq!(["", "v1.2", "A"].map(value_fault), [None, None, None]);
        for text in ["-a", "a b", "ä", &"a".repeat(64)] {
            assert!(value_fault(text).is_some(), "{text}");
        }
    }
}
