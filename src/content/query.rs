//! Reads PromQL and tells which labels its result has, or what it reads that nothing produces.

use std::fmt::Display;

use promql_parser::label::Matcher;
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector, token,
};

use super::pattern;
use super::producers::{Labels, Producers};

/// What keeps a query from being emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A series that no component of the plan produces: the query has no place in this plan.
    Series(String),
    /// A label that a produced series does not have: a fault of the query.
    Label {
        /// The label.
        label: String,
        /// What was expected to have it.
        of: String,
    },
    /// The text is not PromQL.
    Syntax(String),
}

/// The labels of a query's result.
///
/// # Errors
/// The first series or label that nothing produces.
pub fn check(query: &str, producers: &Producers) -> Result<Labels, Missing> {
    let expr = promql_parser::parser::parse(&pattern::hide(query)).map_err(Missing::Syntax)?;
    labels(&expr, producers).map_err(|missing| match missing {
        Missing::Label { label, of } => Missing::Label { label, of: pattern::show(&of) },
        other => other,
    })
}

fn labels(expr: &Expr, producers: &Producers) -> Result<Labels, Missing> {
    match expr {
        Expr::Aggregate(aggregate) => aggregated(aggregate, producers),
        Expr::Unary(unary) => labels(&unary.expr, producers),
        Expr::Binary(binary) => joined(binary, producers),
        Expr::Paren(paren) => labels(&paren.expr, producers),
        Expr::Subquery(subquery) => labels(&subquery.expr, producers),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Ok(Labels::new()),
        Expr::VectorSelector(selector) => selected(selector, producers),
        Expr::MatrixSelector(matrix) => selected(&matrix.vs, producers),
        Expr::Call(call) => called(call, producers),
    }
}

fn selected(selector: &VectorSelector, producers: &Producers) -> Result<Labels, Missing> {
    let by_matcher =
        || selector.matchers.find_matchers("__name__").first().map(|matcher| pattern::written(matcher).to_owned());
    let Some(name) = selector.name.clone().or_else(by_matcher) else { return Ok(Labels::new()) };
    let found = producers.labels(&name).ok_or_else(|| Missing::Series(name.clone()))?;
    let matchers = selector.matchers.matchers.iter().chain(selector.matchers.or_matchers.iter().flatten());
    for matcher in matchers.filter(|matcher| matcher.name != "__name__") {
        require(found, &matcher.name, &name)?;
        // A target that is not in the plan gives no series, however well they are known.
        if matcher.name == "job" && !matcher.value.contains('$') && !has_job(producers, matcher)? {
            return Err(Missing::Series(format!("{name} of the job {}", pattern::written(matcher))));
        }
    }
    Ok(found.clone())
}

fn has_job(producers: &Producers, matcher: &Matcher) -> Result<bool, Missing> {
    let jobs = producers.jobs();
    Ok(jobs.is_empty() || pattern::admits(matcher, jobs.iter().map(String::as_str)).map_err(Missing::Syntax)?)
}

fn require(labels: &Labels, label: &str, of: &dyn Display) -> Result<(), Missing> {
    if labels.contains(label) {
        return Ok(());
    }
    Err(Missing::Label { label: label.to_owned(), of: of.to_string() })
}

fn aggregated(aggregate: &AggregateExpr, producers: &Producers) -> Result<Labels, Missing> {
    let inner = labels(&aggregate.expr, producers)?;
    let selects = [token::T_TOPK, token::T_BOTTOMK, token::T_LIMITK, token::T_LIMIT_RATIO].contains(&aggregate.op.id());
    let mut result = match &aggregate.modifier {
        None => Labels::new(),
        Some(LabelModifier::Include(by)) => {
            for label in &by.labels {
                require(&inner, label, &aggregate.expr)?;
            }
            by.labels.iter().cloned().collect()
        }
        Some(LabelModifier::Exclude(without)) => {
            inner.iter().filter(|label| !without.labels.contains(label)).cloned().collect()
        }
    };
    if selects {
        result = inner;
    }
    if aggregate.op.id() == token::T_COUNT_VALUES
        && let Some(Expr::StringLiteral(label)) = aggregate.param.as_deref()
    {
        result.insert(label.val.clone());
    }
    Ok(result)
}

fn joined(binary: &BinaryExpr, producers: &Producers) -> Result<Labels, Missing> {
    let left = labels(&binary.lhs, producers)?;
    let right = labels(&binary.rhs, producers)?;
    if is_scalar(&binary.lhs) {
        return Ok(right);
    }
    if is_scalar(&binary.rhs) {
        return Ok(left);
    }
    let Some(modifier) = &binary.modifier else {
        return Ok(if binary.op.id() == token::T_LOR { &left | &right } else { &left & &right });
    };
    if let Some(LabelModifier::Include(on)) = &modifier.matching {
        for label in &on.labels {
            require(&left, label, &binary.lhs)?;
            require(&right, label, &binary.rhs)?;
        }
    }
    let with = |many: Labels, one: &Labels, extra: &[String], of: &Expr| {
        for label in extra {
            require(one, label, of)?;
        }
        Ok(many.into_iter().chain(extra.iter().cloned()).collect())
    };
    match (&modifier.card, &modifier.matching) {
        (VectorMatchCardinality::ManyToOne(extra), _) => with(left, &right, &extra.labels, &binary.rhs),
        (VectorMatchCardinality::OneToMany(extra), _) => with(right, &left, &extra.labels, &binary.lhs),
        (VectorMatchCardinality::ManyToMany, _) if binary.op.id() == token::T_LOR => Ok(&left | &right),
        (VectorMatchCardinality::OneToOne, Some(LabelModifier::Include(on))) => Ok(on.labels.iter().cloned().collect()),
        (VectorMatchCardinality::ManyToMany | VectorMatchCardinality::OneToOne, _) => Ok(left),
    }
}

fn is_scalar(expr: &Expr) -> bool {
    match expr {
        Expr::NumberLiteral(_) => true,
        Expr::Paren(paren) => is_scalar(&paren.expr),
        Expr::Unary(unary) => is_scalar(&unary.expr),
        Expr::Binary(binary) => is_scalar(&binary.lhs) && is_scalar(&binary.rhs),
        Expr::Call(call) => matches!(call.func.name, "time" | "scalar" | "pi"),
        _ => false,
    }
}

fn called(call: &Call, producers: &Producers) -> Result<Labels, Missing> {
    let mut result = Labels::new();
    for argument in &call.args.args {
        result.extend(labels(argument, producers)?);
    }
    let text = |place: usize| match call.args.args.get(place).map(|argument| &**argument) {
        Some(Expr::StringLiteral(literal)) => Some(literal.val.clone()),
        _ => None,
    };
    match call.func.name {
        "label_replace" | "label_join" => result.extend(text(1)),
        "histogram_quantile" | "histogram_fraction" => drop(result.remove("le")),
        _ => {}
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producers() -> Producers {
        let mut producers = Producers::default();
        let set = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        producers.record("requests_total", set(&["job", "code", "pod"]));
        producers.record("latency_bucket", set(&["job", "le"]));
        producers.record("info", set(&["pod", "version"]));
        producers
    }

    fn labels_of(query: &str) -> Result<Vec<String>, Missing> {
        check(query, &producers()).map(|labels| labels.into_iter().collect())
    }

    #[test]
    fn an_aggregation_has_the_labels_that_it_names() {
        assert_eq!(labels_of("sum by (code) (rate(requests_total[5m]))").unwrap(), ["code"]);
        assert_eq!(labels_of("histogram_quantile(0.9, sum by (le, job) (rate(latency_bucket[5m])))").unwrap(), ["job"]);
    }

    #[test]
    fn a_join_adds_the_labels_that_it_takes_over() {
        let query = "requests_total * on (pod) group_left (version) info";
        assert_eq!(labels_of(query).unwrap(), ["code", "job", "pod", "version"]);
    }

    #[test]
    fn what_nothing_produces_is_named() {
        assert_eq!(labels_of("rate(lost_total[5m])"), Err(Missing::Series("lost_total".into())));
        let label = |label: &str, of: &str| Err(Missing::Label { label: label.into(), of: of.into() });
        assert_eq!(labels_of("requests_total{zone=\"a\"}"), label("zone", "requests_total"));
        assert_eq!(labels_of("sum by (zone) (requests_total)"), label("zone", "requests_total"));
        assert!(matches!(labels_of("sum by ("), Err(Missing::Syntax(_))));
    }
}
