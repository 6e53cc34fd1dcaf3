//! The filters that templates may use; each one is a decision.

use std::collections::BTreeSet;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

use crate::kubernetes::address::{self, Address};
use crate::kubernetes::duration;
use crate::kubernetes::quantity::Quantity;

/// Adds them, and the tests, to an environment.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("json", json);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("map", minijinja::filters::map);
    environment.add_filter("reject", minijinja::filters::reject);
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("mebibytes", mebibytes);
    environment.add_filter("days", days);
    environment.add_filter("major", major);
    environment.add_filter("at", at);
    environment.add_filter("ports", ports);
    environment.add_filter("services", services);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("in", minijinja::tests::is_in);
    environment.add_test("none", minijinja::tests::is_none);
}

/// The value as compact JSON, which YAML also reads.
fn json(value: &Value) -> Result<Value, Error> {
    let text =
        serde_json::to_string(value).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(Value::from_safe_string(text))
}

/// A quantity of bytes in whole mebibytes, rounded down.
fn mebibytes(quantity: &str) -> Result<i64, Error> {
    Quantity::parse(quantity)
        .map(Quantity::mebibytes)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// The first number of a version.
fn major(version: &str) -> String {
    version.split('.').next().unwrap_or(version).to_owned()
}

/// A duration in whole days, rounded up.
fn days(text: &str) -> Result<i64, Error> {
    duration::days(text).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("{text} is not a duration")))
}

/// The values at the ends of paths such as `*/webhookConfigs/*/url`, in which `*` is any item or key. What is not there is
/// left out.
fn at(value: &Value, paths: Vec<String>) -> Vec<Value> {
    let mut found = Vec::new();
    for path in paths {
        let steps: Vec<_> = path.split('/').collect();
        descend(value, &steps, &mut found);
    }
    found
}

fn descend(value: &Value, steps: &[&str], found: &mut Vec<Value>) {
    let Some((step, rest)) = steps.split_first() else { return found.push(value.clone()) };
    match (*step, value.kind()) {
        ("*", ValueKind::Seq) => {
            value.try_iter().into_iter().flatten().for_each(|item| descend(&item, rest, found));
        }
        ("*", ValueKind::Map) => {
            let keys = value.try_iter().into_iter().flatten();
            keys.filter_map(|key| value.get_item(&key).ok()).for_each(|item| descend(&item, rest, found));
        }
        (key, ValueKind::Map) => {
            if let Ok(item) = value.get_attr(key).map_err(drop)
                && !item.is_undefined()
            {
                descend(&item, rest, found);
            }
        }
        _ => {}
    }
}

/// The ports of those values that are URLs or `host:port`, each once, in their order.
fn ports(values: &Value) -> Result<Vec<u16>, Error> {
    let ports: BTreeSet<u16> = addresses(values)?.into_iter().map(|address| address.port).collect();
    Ok(ports.into_iter().collect())
}

/// The hosts of those values that are URLs or `host:port`, where the host is the name of a Service of this cluster.
fn services(values: &Value, domain: &str) -> Result<Vec<String>, Error> {
    let of_cluster = |host: &String| {
        let service = host.strip_suffix(domain).and_then(|host| host.strip_suffix('.')).unwrap_or(host);
        !host.contains(['.', ':']) || service.rsplit('.').next() == Some("svc")
    };
    Ok(addresses(values)?.into_iter().map(|address| address.host).filter(of_cluster).collect())
}

fn addresses(values: &Value) -> Result<Vec<Address>, Error> {
    let texts = values.try_iter()?.filter(|value| value.kind() == ValueKind::String);
    let read = |value: Value| {
        let text = value.as_str()?;
        address::url(text).or_else(|_| address::host_and_port(text)).ok()
    };
    Ok(texts.filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use minijinja::value::Serde;
    use serde_json::json;

    use super::super::expression::Expression;
    use super::*;

    fn of(source: &str) -> String {
        let receivers = json!([
            { "name": "a", "hooks": [{ "url": "https://example.org" }, { "url": "http://hook.tools.svc:8080/x" }] },
            { "name": "b", "hooks": [{ "url": { "name": "c", "key": "d" } }], "mail": [{ "host": "mail:587" }] },
        ]);
        let context = minijinja::context! { receivers => Value::from(Serde(&receivers)) };
        Expression::parse(source).unwrap().evaluate(&context).unwrap().to_string()
    }

    #[test]
    fn values_are_found_at_paths() {
        assert_eq!(of("receivers | at(['*/name', '*/lost', '0/name'])"), "['a', 'b']");
        assert_eq!(of("receivers | at(['*/mail/*/*', '*/hooks/*/url/*'])"), "['mail:587', 'c', 'd']");
    }

    #[test]
    fn addresses_have_ports_and_perhaps_services() {
        let all = "receivers | at(['*/hooks/*/url', '*/mail/*/host', '*/name'])";
        assert_eq!(of(&format!("{all} | ports")), "[443, 587, 8080]");
        assert_eq!(of(&format!("{all} | services('cluster.local')")), "['hook.tools.svc', 'mail']");
    }
}
