//! Secrets in a profile, which is meant to be committed and shown: it names Secrets, and holds none.

use fluent_uri::Uri;
use serde_json::Value;

use super::input::{Finding, Input, rank};
use super::violation::path;
use crate::diagnostic::{Diagnostic, code};
use crate::kubernetes::key_selector;
use crate::pointer::escape;

/// The fewest characters of a part of a URL that is taken for a token.
const TOKEN_LENGTH: usize = 16;

/// Each text that holds a secret. Reports are read by more people than profiles, so that the text is hidden in all of them.
pub(super) fn hide(input: &mut Input<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    texts(&input.json, "", &mut |pointer, text| {
        found.extend(material(text).map(|what| (pointer.to_owned(), what)));
    });
    let spans: Vec<_> = found.iter().map(|(pointer, _)| input.places.nearest(pointer)).collect();
    if !spans.is_empty() {
        input.places.mask(&spans);
    }
    let told = found.into_iter().map(|(pointer, what)| {
        let message = format!("{} holds {what}", path(&pointer));
        let diagnostic = Diagnostic::error(code::SECRET_IN_PROFILE, message)
            .help("put it into a Secret of yours, and name that here: most fields have a form with `name` and `key`");
        input.finding(&pointer, rank::UNSAFE, diagnostic, "a profile holds no secret")
    });
    told.collect()
}

/// Each entry of a Secret whose name is not one.
pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in &input.vocabulary.components {
        let pointer = format!("/backends/{}/parameters", escape(&component.name));
        let Some(parameters) = input.json.pointer(&pointer) else { continue };
        key_selector::each(parameters, &pointer, &mut |pointer, selector| {
            for (field, fault) in selector.faults() {
                let diagnostic = Diagnostic::error(code::BAD_FORMAT, fault)
                    .help("`name` is that of a Secret, and `key` that of an entry in it");
                findings.push(input.finding(&format!("{pointer}/{field}"), rank::FORM, diagnostic, ""));
            }
        });
    }
    findings
}

fn texts(value: &Value, pointer: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => found(pointer, text),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| texts(item, &format!("{pointer}/{place}"), found));
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| texts(value, &format!("{pointer}/{}", escape(key)), found));
        }
        _ => {}
    }
}

/// What secret a text holds, in words.
fn material(text: &str) -> Option<&'static str> {
    if text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let uri = Uri::parse(text).ok().filter(Uri::has_authority)?;
    if uri.authority().and_then(|authority| authority.userinfo()).is_some_and(|user| user.as_str().contains(':')) {
        return Some("a password in its URL");
    }
    let named = uri.query().is_some_and(|query| query.as_str().split('&').any(is_secret_parameter));
    let token = uri.path().as_str().split('/').any(is_token);
    (named || token).then_some("what looks like a token in its URL")
}

/// `token=…`, and what else is named like a secret.
fn is_secret_parameter(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let name = name.to_ascii_lowercase();
    let words = ["token", "key", "secret", "password", "passwd", "pwd", "sig", "signature", "auth", "code"];
    !value.is_empty() && name.split(['_', '-', '.']).any(|part| words.iter().any(|word| part.ends_with(word)))
}

/// Letters and digits mixed as chance does it, as long as a token, or a UUID. A word of a language has no digits in it.
fn is_token(part: &str) -> bool {
    let mut runs = part.split(['-', '_', '.']);
    let hex = |run: &str| run.bytes().all(|byte| byte.is_ascii_hexdigit());
    if part.split('-').map(str::len).eq([8, 4, 4, 4, 12]) {
        return part.split('-').all(hex);
    }
    runs.any(|run| {
        let has = |kind: fn(&u8) -> bool| run.as_bytes().iter().any(kind);
        let mixed = has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit);
        run.len() >= TOKEN_LENGTH && mixed && run.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_from_addresses() {
        for text in [
            "https://me:word@example.org/alerts",
            "https://hooks.example.org/services/T00000000/B00000000/aB3dE5fG7hI9jK1lM3nO5pQ7",
            "https://events.example.org/integration/0123456789abcdef0123456789abcdef/enqueue",
            "https://hooks.example.org/services/T0/B0/xxxxxxxxxxxXXXXXX4XXXXX",
            "https://ping.example.org/7d9f7a3e-5b1c-4c53-9f43-2f3b1f6e2a10",
            "https://example.org/hook?access_token=abc",
            "https://example.org/hook?apikey=abc",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(material(text).is_some(), "{text}");
        }
        for text in [
            "https://example.org/api/v2/alerts",
            "https://example.org/hook?team=platform&monkey=",
            "http://alertmanager-webhook-receiver.tools.svc:8080/alertmanager-notifications-production-eu-1",
            "https://me@example.org/",
            "https://runbooks.example.org/a-long-name-of-a-runbook-page-of-2026",
            "mail.example.org:587",
            "{{ .CommonLabels.alertname }}",
        ] {
            assert!(material(text).is_none(), "{text}");
        }
    }
}
