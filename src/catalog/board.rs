//! Dashboards in Grafana's own JSON, taken apart so that panels can go without the rest being read again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::query::Query;

/// What stands for the panels while the rest is printed.
const PLACE: &str = "\u{1}";

/// One dashboard.
#[derive(Debug, Serialize, Deserialize)]
pub struct Board {
    /// What its variables ask.
    pub variables: Vec<Variable>,
    /// Its text up to the first panel.
    pub head: String,
    /// Its panels.
    pub panels: Vec<Panel>,
    /// Its text after the last panel.
    pub tail: String,
}

/// A variable that lists the values of a label: `label_values(up, namespace)`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Variable {
    /// The series that have it.
    pub query: Query,
    /// The same as PromQL.
    pub text: String,
    /// The label.
    pub label: String,
}

/// One panel or row.
#[derive(Debug, Serialize, Deserialize)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// Whether it is a row, which heads the panels below it.
    pub row: bool,
    /// Whether it shows the results of queries.
    pub shows: bool,
    /// What it asks, each with its PromQL.
    pub queries: Vec<(Query, String)>,
    /// Its text.
    pub text: String,
}

impl Board {
    /// Takes a dashboard apart.
    ///
    /// # Errors
    /// What is wrong with its JSON, or with a query.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut dashboard: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let variables = dashboard.pointer("/templating/list").and_then(Value::as_array).into_iter().flatten();
        let variables = variables.filter_map(variable).collect::<Result<_, _>>()?;
        let panels = match dashboard.get_mut("panels") {
            Some(panels) => std::mem::replace(panels, Value::Array(vec![PLACE.into()])),
            None => return Err("it has no panels".to_owned()),
        };
        let frame = pretty(&dashboard)?;
        let place = pretty(&PLACE.into())?;
        let (head, tail) = frame.split_once(&place).ok_or_else(|| "its panels cannot be told".to_owned())?;
        let panels = panels.as_array().into_iter().flatten().map(panel).collect::<Result<_, _>>()?;
        Ok(Self { variables, head: head.to_owned(), panels, tail: format!("{tail}\n") })
    }

    /// The dashboard's text with some of its panels.
    #[must_use]
    pub fn text(&self, panels: &[&Panel]) -> String {
        let panels: Vec<&str> = panels.iter().map(|panel| panel.text.as_str()).collect();
        [&self.head, &*panels.join(",\n    "), &self.tail].concat()
    }
}

fn variable(variable: &Value) -> Option<Result<Variable, String>> {
    let query = variable.get("query")?;
    let query = query.as_str().or_else(|| query.get("query")?.as_str())?;
    let (text, label) = query.strip_prefix("label_values(")?.strip_suffix(')')?.rsplit_once(',')?;
    let query = Query::parse(&plain(text)).map_err(|reason| format!("not PromQL: {reason} in {text}"));
    Some(query.map(|query| Variable { query, text: text.to_owned(), label: label.trim().to_owned() }))
}

fn panel(panel: &Value) -> Result<Panel, String> {
    let title = panel.get("title").and_then(Value::as_str).unwrap_or("a panel").to_owned();
    let targets = panel.get("targets").and_then(Value::as_array);
    let queries = targets.into_iter().flatten().filter_map(|target| target.get("expr")?.as_str());
    let queries = queries.map(|text| match Query::parse(&plain(text)) {
        Ok(query) => Ok((query, text.to_owned())),
        Err(reason) => Err(format!("{title}: not PromQL: {reason} in {text}")),
    });
    Ok(Panel {
        queries: queries.collect::<Result<_, _>>()?,
        row: panel.get("type").and_then(Value::as_str) == Some("row"),
        shows: targets.is_some(),
        // Two levels deep in the dashboard. Text itself has no line breaks in JSON.
        text: pretty(panel)?.replace('\n', "\n    "),
        title,
    })
}

fn pretty(value: &Value) -> Result<String, String> {
    serde_json::to_string_pretty(value).map_err(|error| error.to_string())
}

/// The query with Grafana's own variables replaced by values of their kind, so that it is PromQL.
fn plain(query: &str) -> String {
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
