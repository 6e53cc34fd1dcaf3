//! The forms of fields that Kubernetes asks beyond their types, by the names that the interface table gives them as `format`.

use serde_json::{Map, Value};

use super::quantity::Quantity;
use super::{label, name};

/// Why a value does not have a form; nothing where it has, and where the form is not one of these.
#[must_use]
pub fn fault(form: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text_fault(form, text),
        Value::Number(number) => match (form, number.as_i64()) {
            ("port" | "port-or-name", number_) if !number_.is_some_and(|it| (1..=65535).contains(&it)) => {
                Some(format!("{number} is not a port (1 to 65535)"))
            }
            ("count-or-percent", Some(..0)) => Some(format!("{number} is less than none")),
            _ => None,
        },
        Value::Object(map) => map_fault(form, map),
        _ => None,
    }
}

fn text_fault(form: &str, text: &str) -> Option<String> {
    match form {
        "dns-label" => name::dns_label_fault(text),
        "dns-subdomain" => name::dns_subdomain_fault(text),
        "path-segment" => name::path_segment_fault(text),
        "port-name" | "port-or-name" => name::port_name_fault(text),
        "label-key" => label::key_fault(text),
        "label-value" => label::value_fault(text),
        "quantity" => quantity_fault(text),
        "env-name" => not(is_env_name(text), text, "the name of a variable: letters, digits, `_`, `-` and `.`"),
        "header-name" => {
            let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            not(fits, text, "the name of a header: letters, digits and `-`")
        }
        "file-key" => file_key_fault(text),
        "absolute-path" => not(text.starts_with('/') && !climbs(text), text, "an absolute path without `..`"),
        "mount-path" => {
            let fits = text.starts_with('/') && !climbs(text) && !text.contains(':');
            not(fits, text, "an absolute path without `..` and `:`")
        }
        "relative-path" => {
            let fits = !text.is_empty() && !text.starts_with('/') && !climbs(text);
            not(fits, text, "a relative path without `..`")
        }
        "count-or-percent" => {
            let percent = text.strip_suffix('%').and_then(|number| number.parse::<u8>().ok());
            not(percent.is_some_and(|percent| percent <= 100), text, "a number of pods or a share of them such as 25%")
        }
        "cidr" => not(is_cidr(text), text, "a range of addresses such as 10.0.0.0/8"),
        "cron" => not(is_cron(text), text, "a schedule of five fields such as `0 4 * * *`"),
        _ => None,
    }
}

fn not(fits: bool, text: &str, what: &str) -> Option<String> {
    (!fits).then(|| format!("`{text}` is not {what}"))
}

fn map_fault(form: &str, map: &Map<String, Value>) -> Option<String> {
    match form {
        "labels" => map.iter().find_map(|(key, value)| {
            label::key_fault(key)
                .or_else(|| value.as_str().and_then(label::value_fault))
                .map(|it| format!("{key}: {it}"))
        }),
        "annotations" => {
            let size: usize = map.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
            let key = map.keys().find_map(|key| label::key_fault(&key.to_lowercase()));
            let most = label::MOST_ANNOTATIONS;
            key.or_else(|| (size > most).then(|| format!("all annotations have {size} bytes; {most} are allowed")))
        }
        "file-keys" => map.keys().find_map(|key| file_key_fault(key)),
        "resources" => map.keys().find_map(|key| {
            let known = matches!(key.as_str(), "cpu" | "memory" | "ephemeral-storage" | "storage");
            let fits = known || key.starts_with("hugepages-") || key.contains('/');
            not(
                fits,
                key,
                "a resource: cpu, memory, ephemeral-storage, storage, hugepages-… or one with its owner's domain",
            )
        }),
        _ => None,
    }
}

/// Why a text is no quantity, or not in the form in which an API server would give it back.
#[must_use]
pub fn quantity_fault(text: &str) -> Option<String> {
    match Quantity::parse(text) {
        Err(fault) => Some(fault.to_string()),
        Ok(quantity) => {
            let canonical = quantity.to_string();
            (canonical != text).then(|| format!("an API server gives `{text}` back as `{canonical}`"))
        }
    }
}

fn is_env_name(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    text.chars().all(allowed) && text.starts_with(|char: char| !char.is_ascii_digit()) && !text.starts_with("..")
}

fn file_key_fault(text: &str) -> Option<String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    let fits = !text.is_empty() && text.len() <= 253 && text.chars().all(allowed) && !text.starts_with("..");
    not(fits && text != ".", text, "a key of data: 1 to 253 letters, digits, `-`, `_` and `.`")
}

fn climbs(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let Ok(address) = address.parse::<std::net::IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let digits = length.bytes().all(|byte| byte.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    digits && length.parse::<u8>().is_ok_and(|length| length <= most)
}

fn is_cron(text: &str) -> bool {
    let named = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"].contains(&text);
    let allowed = |field: &str| field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-?".contains(&byte));
    named || (text.split(' ').count() == 5 && text.split(' ').all(|field| !field.is_empty() && allowed(field)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn good_values_have_their_forms() {
        for (form, value) in [
            ("port", json!(65535)),
            ("port-or-name", json!("https")),
            ("quantity", json!("1536Mi")),
            ("labels", json!({ "app.kubernetes.io/name": "grafana" })),
            ("annotations", json!({ "skopos.dev/configuration": "any text" })),
            ("env-name", json!("ES_HOSTS")),
            ("file-keys", json!({ "fluent.conf": "" })),
            ("mount-path", json!("/var/log")),
            ("relative-path", json!("a/b")),
            ("count-or-percent", json!("10%")),
            ("cidr", json!("fd00::/8")),
            ("cron", json!("*/5 4 * * 1-5")),
            ("resources", json!({ "cpu": "1", "nvidia.com/gpu": "1" })),
            ("unheard-of", json!("x")),
        ] {
            assert_eq!(fault(form, &value), None, "{form} {value}");
        }
    }

    #[test]
    fn bad_values_are_told() {
        for (form, value, message) in [
            ("port", json!(99999), "99999 is not a port (1 to 65535)"),
            ("port-or-name", json!(0), "0 is not a port (1 to 65535)"),
            ("quantity", json!("1Gib"), "\"1Gib\" is not a quantity such as 500m, 2, 512Mi or 10Gi"),
            ("quantity", json!("0.5"), "an API server gives `0.5` back as `500m`"),
            ("env-name", json!("1A"), "`1A` is not the name of a variable: letters, digits, `_`, `-` and `.`"),
            ("mount-path", json!("/a/../b"), "`/a/../b` is not an absolute path without `..` and `:`"),
            ("relative-path", json!("/a"), "`/a` is not a relative path without `..`"),
            ("count-or-percent", json!("101%"), "`101%` is not a number of pods or a share of them such as 25%"),
            ("count-or-percent", json!(-1), "-1 is less than none"),
            ("cidr", json!("10.0.0.0/33"), "`10.0.0.0/33` is not a range of addresses such as 10.0.0.0/8"),
            ("cron", json!("0 4 * *"), "`0 4 * *` is not a schedule of five fields such as `0 4 * * *`"),
            (
                "file-keys",
                json!({ "a/b": "" }),
                "`a/b` is not a key of data: 1 to 253 letters, digits, `-`, `_` and `.`",
            ),
        ] {
            assert_eq!(fault(form, &value).as_deref(), Some(message));
        }
        for (form, value) in [
            ("labels", json!({ "a": "b c" })),
            ("annotations", json!({ "a b": "" })),
            ("annotations", json!({ "a": "x".repeat(262_144) })),
            ("resources", json!({ "memroy": "1Gi" })),
        ] {
            assert!(fault(form, &value).is_some(), "{form}");
        }
    }
}
