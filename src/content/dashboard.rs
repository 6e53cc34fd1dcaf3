//! Dashboards: panels whose queries the plan can feed stay; rows and dashboards without any go.

use serde_json::Value;

use super::producers::Producers;
use super::query::{Missing, check};
use super::rules::describe;

/// A dashboard with the panels that the plan can feed; `None` where none is left.
///
/// # Errors
/// What is wrong with its JSON or with a query: a label that a produced series does not have.
pub(super) fn close(text: &str, producers: &Producers) -> Result<Option<Value>, String> {
    let mut dashboard: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for variable in dashboard.pointer("/templating/list").and_then(Value::as_array).into_iter().flatten() {
        if !feeds_variable(variable, producers)? {
            return Ok(None);
        }
    }
    let Some(Value::Array(panels)) = dashboard.get_mut("panels") else { return Ok(None) };
    let mut kept: Vec<Value> = Vec::new();
    for panel in std::mem::take(panels) {
        if feeds(&panel, producers)? {
            if is_row(&panel) && kept.last().is_some_and(is_row) {
                kept.pop();
            }
            kept.push(panel);
        }
    }
    if kept.last().is_some_and(is_row) {
        kept.pop();
    }
    let any = kept.iter().any(|panel| panel.get("targets").is_some());
    *panels = kept;
    Ok(any.then_some(dashboard))
}

fn is_row(panel: &Value) -> bool {
    panel.get("type").and_then(Value::as_str) == Some("row")
}

fn feeds(panel: &Value, producers: &Producers) -> Result<bool, String> {
    let targets = panel.get("targets").and_then(Value::as_array).into_iter().flatten();
    for query in targets.filter_map(|target| target.get("expr")?.as_str()) {
        match check(&plain(query), producers) {
            Ok(_) => {}
            Err(Missing::Series(_)) => return Ok(false),
            Err(fault) => {
                let title = panel.get("title").and_then(Value::as_str).unwrap_or("a panel");
                return Err(format!("{title}: {} in {query}", describe(&fault)));
            }
        }
    }
    Ok(true)
}

/// A variable's `label_values(metric{…}, label)`.
fn feeds_variable(variable: &Value, producers: &Producers) -> Result<bool, String> {
    let query = variable.get("query");
    let query = query.and_then(|query| query.as_str().or_else(|| query.get("query")?.as_str())).unwrap_or_default();
    let Some(inside) = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')) else {
        return Ok(true);
    };
    let Some((selector, label)) = inside.rsplit_once(',') else { return Ok(true) };
    match check(&plain(selector), producers) {
        Ok(labels) if labels.contains(label.trim()) => Ok(true),
        Ok(_) => Err(format!("{selector} has no label {}", label.trim())),
        Err(Missing::Series(_)) => Ok(false),
        Err(fault) => Err(describe(&fault)),
    }
}

/// The query with Grafana's own variables replaced by values of their kind, so that it is PromQL.
pub(super) fn plain(query: &str) -> String {
    let mut text = query.to_owned();
    for (variable, value) in [
        ("$__rate_interval", "5m"),
        ("$__interval", "1m"),
        ("$__range", "1h"),
        ("${__rate_interval}", "5m"),
        ("${__range}", "1h"),
    ] {
        text = text.replace(variable, value);
    }
    text
}
