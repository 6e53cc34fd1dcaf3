//! What a golden asks of Prometheus: the expressions of its rules, and the queries of its dashboards with their variables.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser::{Expr, Offset, VectorSelector, parse, token};
use serde_json::{Value, json};

use super::server::Server;
use crate::emitted;

/// Everything that one golden asks.
pub struct Asked {
    /// The groups of its rule files.
    pub groups: Vec<Value>,
    pub n_rules: usize,
    pub alerts: Vec<Query>,
    pub panels: Vec<Query>,
    /// What rules and panels read of the past.
    pub past: Past,
}

/// Families by the seconds since the time that is read.
pub type Past = BTreeMap<u64, BTreeSet<String>>;

/// A query and where it stands.
pub struct Query {
    pub place: String,
    pub text: String,
    pub variables: Vec<Variable>,
}

/// A choice on a dashboard.
#[derive(Clone)]
pub struct Variable {
    pub name: String,
    query: Option<(String, String)>,
    fixed: Option<String>,
}

/// All that a golden's rules and dashboards ask.
pub fn emitted(golden: &str) -> Asked {
    let rules = emitted::named(golden, "prometheusrule-");
    of_rules(golden, rules.iter().flat_map(|object| object["spec"]["groups"].as_array().unwrap()))
}

/// All that groups of rules and a golden's dashboards ask.
pub fn of_rules<'r>(golden: &str, groups: impl Iterator<Item = &'r Value>) -> Asked {
    let mut asked = Asked { groups: Vec::new(), n_rules: 0, alerts: Vec::new(), panels: Vec::new(), past: Past::new() };
    for group in groups {
        read_group(group.clone(), &mut asked);
    }
    for object in emitted::named(golden, "configmap-dashboard-") {
        for text in object["data"].as_object().unwrap().values() {
            read_dashboard(&serde_json::from_str(text.as_str().unwrap()).unwrap(), &mut asked);
        }
    }
    assert!(!asked.alerts.is_empty() && !asked.panels.is_empty(), "golden/{golden} asks nothing");
    asked
}

fn read_group(mut group: Value, asked: &mut Asked) {
    for rule in group["rules"].as_array_mut().unwrap() {
        asked.n_rules += 1;
        let text = rule["expr"].as_str().unwrap().to_owned();
        asked.remember_past(&text);
        if let Some(alert) = rule["alert"].as_str() {
            asked.alerts.push(Query { place: alert.to_owned(), text, variables: Vec::new() });
        }
        // The suite does not wait for the minutes until an alert fires, and for those between two evaluations.
        rule.as_object_mut().unwrap().remove("for");
    }
    group["interval"] = json!("2s");
    asked.groups.push(group);
}

impl Asked {
    fn remember_past(&mut self, text: &str) {
        for (ago, families) in past(text) {
            self.past.entry(ago).or_default().extend(families);
        }
    }
}

fn read_dashboard(dashboard: &Value, asked: &mut Asked) {
    let list = dashboard["templating"]["list"].as_array().map_or(&[][..], Vec::as_slice);
    let variables: Vec<Variable> = list.iter().map(variable).collect();
    let mut panels: Vec<&Value> = dashboard["panels"].as_array().unwrap().iter().collect();
    while let Some(panel) = panels.pop() {
        panels.extend(panel["panels"].as_array().into_iter().flatten());
        for target in panel["targets"].as_array().into_iter().flatten() {
            let Some(text) = target["expr"].as_str() else { continue };
            let place = format!("{} / {}", dashboard["title"].as_str().unwrap(), panel["title"].as_str().unwrap());
            asked.remember_past(text);
            asked.panels.push(Query { place, text: text.to_owned(), variables: variables.clone() });
        }
    }
}

fn variable(json: &Value) -> Variable {
    let name = json["name"].as_str().unwrap().to_owned();
    let text = json["query"]["query"].as_str().or_else(|| json["query"].as_str()).unwrap_or_default();
    let inner = text.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let query =
        inner.and_then(|inner| inner.rsplit_once(',')).map(|(of, label)| (of.to_owned(), label.trim().to_owned()));
    let all = json["includeAll"] == true;
    let fixed = match &query {
        Some(_) => all.then(|| json["allValue"].as_str().unwrap().to_owned()),
        None => Some(json["current"]["value"].as_str().filter(|value| *value != "$__all").unwrap_or(".*").to_owned()),
    };
    Variable { name, query, fixed }
}

impl Variable {
    /// What a person sees first: `All` where there is that, and else the first value. None where the choice is empty.
    pub fn value(&self, server: &Server, values: &[(String, String)]) -> Option<String> {
        let choices = self.query.as_ref().map(|(of, label)| server.values(&substituted(of, values), label));
        match choices {
            Some(choices) => choices.first().map(|first| self.fixed.clone().unwrap_or_else(|| first.clone())),
            None => self.fixed.clone(),
        }
    }
}

/// A query as Grafana sends it.
pub fn substituted(text: &str, values: &[(String, String)]) -> String {
    let mut text = text.replace("$__rate_interval", "1m").replace("$__range", "1h").replace("$__interval", "1m");
    for (name, value) in values {
        text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    text
}

/// The queries that must return data for an alert to be able to fire: its expression with comparisons that answer no or yes instead
/// of leaving out, both sides of `or` and `unless`, and what `absent` asks for.
pub fn reads(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    split(&parse(text).unwrap_or_else(|error| panic!("{text}: {error}")), &mut found);
    found
}

fn split(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Paren(paren) => split(&paren.expr, found),
        Expr::Call(call) if call.func.name.starts_with("absent") => split(&call.args.args[0], found),
        Expr::Binary(binary) if binary.op.id() == token::T_LOR || binary.op.id() == token::T_LUNLESS => {
            split(&binary.lhs, found);
            split(&binary.rhs, found);
        }
        _ => {
            let mut expr = expr.clone();
            answer(&mut expr);
            found.push(expr.to_string());
        }
    }
}

/// Lets comparisons answer, in the whole expression.
fn answer(expr: &mut Expr) {
    match expr {
        Expr::Binary(binary) => {
            answer(&mut binary.lhs);
            answer(&mut binary.rhs);
            if binary.op.is_comparison_operator() {
                let modifier = binary.modifier.get_or_insert_default();
                modifier.return_bool = true;
            }
        }
        Expr::Paren(paren) => answer(&mut paren.expr),
        Expr::Unary(unary) => answer(&mut unary.expr),
        Expr::Aggregate(aggregate) => answer(&mut aggregate.expr),
        Expr::Subquery(subquery) => answer(&mut subquery.expr),
        Expr::Call(call) => call.args.args.iter_mut().for_each(|argument| answer(argument)),
        _ => {}
    }
}

/// Each selector of series in a query as it is now, whatever time the query reads it at.
pub fn selectors(text: &str) -> BTreeSet<String> {
    let now = |selector: &VectorSelector| VectorSelector { offset: None, ..selector.clone() }.to_string();
    series(text).iter().map(now).collect()
}

/// The families that a query reads as they were some seconds ago.
fn past(text: &str) -> Past {
    let mut found = Past::new();
    for selector in series(text) {
        if let (Some(name), Some(Offset::Pos(ago))) = (selector.name, selector.offset) {
            found.entry(ago.as_secs()).or_default().insert(name);
        }
    }
    found
}

fn series(text: &str) -> Vec<VectorSelector> {
    let plain = substituted(text, &[]);
    let mut found = Vec::new();
    select(&parse(&plain).unwrap_or_else(|error| panic!("{plain}: {error}")), &mut found);
    found
}

fn select(expr: &Expr, found: &mut Vec<VectorSelector>) {
    match expr {
        Expr::VectorSelector(selector) => found.push(selector.clone()),
        Expr::MatrixSelector(matrix) => found.push(matrix.vs.clone()),
        Expr::Binary(binary) => {
            select(&binary.lhs, found);
            select(&binary.rhs, found);
        }
        Expr::Paren(paren) => select(&paren.expr, found),
        Expr::Unary(unary) => select(&unary.expr, found),
        Expr::Aggregate(aggregate) => select(&aggregate.expr, found),
        Expr::Subquery(subquery) => select(&subquery.expr, found),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| select(argument, found)),
        _ => {}
    }
}
