//! Label selectors: which labels they select.

use serde_json::{Map, Value};

/// Labels of an object, as they stand in it.
pub type Labels = Map<String, Value>;

/// Whether a label selector, with `matchLabels` and `matchExpressions`, selects labels. One that says nothing selects all.
#[must_use]
pub fn selects(selector: &Map<String, Value>, labels: &Labels) -> bool {
    let equal = selector.get("matchLabels").and_then(Value::as_object).is_none_or(|all| contains(labels, all));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    equal && expressions.into_iter().flatten().all(|expression| meets(expression, labels))
}

/// Whether labels hold all of the others with the same values.
#[must_use]
pub fn contains(labels: &Labels, others: &Labels) -> bool {
    others.iter().all(|(key, value)| labels.get(key) == Some(value))
}

fn meets(expression: &Value, labels: &Labels) -> bool {
    let field = |name: &str| expression.get(name).and_then(Value::as_str).unwrap_or_default();
    let value = labels.get(field("key"));
    let listed = || {
        let values = expression.get("values").and_then(Value::as_array);
        values.into_iter().flatten().any(|listed| Some(listed) == value)
    };
    match field("operator") {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_select_as_in_a_cluster() {
        let labels = json!({ "app": "grafana", "tier": "ui" });
        for (selector, selected) in [
            (json!({}), true),
            (json!({ "matchLabels": { "app": "grafana" } }), true),
            (json!({ "matchLabels": { "app": "kibana" } }), false),
            (
                json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": ["kibana", "grafana"] }] }),
                true,
            ),
            (json!({ "matchExpressions": [{ "key": "app", "operator": "NotIn", "values": ["grafana"] }] }), false),
            (json!({ "matchExpressions": [{ "key": "zone", "operator": "NotIn", "values": ["a"] }] }), true),
            (json!({ "matchExpressions": [{ "key": "tier", "operator": "Exists" }] }), true),
            (json!({ "matchExpressions": [{ "key": "tier", "operator": "DoesNotExist" }] }), false),
        ] {
            assert_eq!(selects(selector.as_object().unwrap(), labels.as_object().unwrap()), selected, "{selector}");
        }
    }
}
