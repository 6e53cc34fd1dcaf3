//! PromQL as the closing of content needs it: what a query selects, groups and joins. Parsed once; the built-in content when skopos
//! is built.

use promql_parser::label::{MatchOp, Matcher as ParsedMatcher};
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector, parse, token,
};
use serde::{Deserialize, Serialize};

/// A query, without what does not decide on its labels.
#[derive(Debug, Serialize, Deserialize)]
pub enum Query {
    /// A number or a text.
    Literal {
        /// Whether it is a number.
        scalar: bool,
    },
    /// The samples of a series, at one moment or over a time.
    Series {
        /// Its name.
        name: String,
        /// What its labels must be.
        matchers: Vec<Matcher>,
    },
    /// `sum by (pod) (…)`.
    Aggregate {
        /// What is aggregated.
        of: Box<Operand>,
        /// The labels that group; none where all are one group.
        grouping: Option<Grouping>,
        /// Whether it picks among the series, as `topk` does, and so leaves them their labels.
        picks: bool,
        /// The label that it adds, as `count_values` does.
        adds: Option<String>,
    },
    /// `… / on (pod) …`.
    Join {
        /// The left side.
        left: Box<Operand>,
        /// The right side.
        right: Box<Operand>,
        /// Whether either side suffices: `or`.
        or: bool,
        /// How series of both sides find each other, where that is said.
        matching: Option<Matching>,
    },
    /// A function.
    Call {
        /// What it is given.
        arguments: Vec<Query>,
        /// The label that it writes, as `label_replace` does.
        adds: Option<String>,
        /// Whether it makes one number of a histogram's buckets.
        merges_buckets: bool,
        /// Whether its result is a number.
        scalar: bool,
    },
}

/// A condition on a label.
#[derive(Debug, Serialize, Deserialize)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// The value or pattern, as it is written.
    pub value: String,
    /// Whether that is a regular expression.
    pub pattern: bool,
    /// Whether the label must be unlike it.
    pub negated: bool,
}

/// A part of a query that must have certain labels, with its text for a report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Operand {
    /// The part.
    pub query: Query,
    /// As PromQL.
    pub text: String,
}

/// The labels of an aggregation.
#[derive(Debug, Serialize, Deserialize)]
pub enum Grouping {
    /// `by`: these stay.
    By(Vec<String>),
    /// `without`: all but these stay.
    Without(Vec<String>),
}

/// How the two sides of a join find each other.
#[derive(Debug, Serialize, Deserialize)]
pub struct Matching {
    /// The labels of `on`.
    pub on: Option<Vec<String>>,
    /// How many series of each side make a pair.
    pub pairs: Pairs,
}

/// Which side of a join may have many series for one of the other.
#[derive(Debug, Serialize, Deserialize)]
pub enum Pairs {
    /// Neither.
    OneToOne,
    /// The left one, which takes these labels over from the right.
    ManyToOne(Vec<String>),
    /// The right one, which takes these labels over from the left.
    OneToMany(Vec<String>),
    /// Both, in a set operation.
    ManyToMany,
}

impl Query {
    /// Reads PromQL.
    ///
    /// # Errors
    /// What keeps it from being PromQL.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse(text).map(|expr| query(&expr))
    }

    /// Whether its result is a number rather than series.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        match self {
            Self::Literal { scalar } | Self::Call { scalar, .. } => *scalar,
            Self::Join { left, right, .. } => left.query.is_scalar() && right.query.is_scalar(),
            Self::Series { .. } | Self::Aggregate { .. } => false,
        }
    }
}

fn query(expr: &Expr) -> Query {
    match expr {
        Expr::Aggregate(aggregate) => aggregated(aggregate),
        Expr::Unary(unary) => query(&unary.expr),
        Expr::Binary(binary) => joined(binary),
        Expr::Paren(paren) => query(&paren.expr),
        Expr::Subquery(subquery) => query(&subquery.expr),
        Expr::NumberLiteral(_) => Query::Literal { scalar: true },
        Expr::StringLiteral(_) | Expr::Extension(_) => Query::Literal { scalar: false },
        Expr::VectorSelector(selector) => selected(selector),
        Expr::MatrixSelector(matrix) => selected(&matrix.vs),
        Expr::Call(call) => called(call),
    }
}

fn operand(expr: &Expr) -> Operand {
    Operand { query: query(expr), text: expr.to_string() }
}

fn selected(selector: &VectorSelector) -> Query {
    let by_matcher = || selector.matchers.find_matchers("__name__").first().map(|matcher| matcher.value.clone());
    let Some(name) = selector.name.clone().or_else(by_matcher) else { return Query::Literal { scalar: false } };
    let matchers = selector.matchers.matchers.iter().chain(selector.matchers.or_matchers.iter().flatten());
    let matchers = matchers.filter(|matcher| matcher.name != "__name__").map(matched).collect();
    Query::Series { name, matchers }
}

fn matched(matcher: &ParsedMatcher) -> Matcher {
    Matcher {
        label: matcher.name.clone(),
        value: matcher.value.clone(),
        pattern: matches!(matcher.op, MatchOp::Re(_) | MatchOp::NotRe(_)),
        negated: matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRe(_)),
    }
}

fn aggregated(aggregate: &AggregateExpr) -> Query {
    let is = |operators: &[token::TokenId]| operators.contains(&aggregate.op.id());
    let adds = match aggregate.param.as_deref() {
        Some(Expr::StringLiteral(label)) if is(&[token::T_COUNT_VALUES]) => Some(label.val.clone()),
        _ => None,
    };
    Query::Aggregate {
        of: Box::new(operand(&aggregate.expr)),
        grouping: aggregate.modifier.as_ref().map(|modifier| match modifier {
            LabelModifier::Include(by) => Grouping::By(by.labels.clone()),
            LabelModifier::Exclude(without) => Grouping::Without(without.labels.clone()),
        }),
        picks: is(&[token::T_TOPK, token::T_BOTTOMK, token::T_LIMITK, token::T_LIMIT_RATIO]),
        adds,
    }
}

fn joined(binary: &BinaryExpr) -> Query {
    let matching = binary.modifier.as_ref().map(|modifier| Matching {
        on: match &modifier.matching {
            Some(LabelModifier::Include(on)) => Some(on.labels.clone()),
            _ => None,
        },
        pairs: match &modifier.card {
            VectorMatchCardinality::OneToOne => Pairs::OneToOne,
            VectorMatchCardinality::ManyToOne(extra) => Pairs::ManyToOne(extra.labels.clone()),
            VectorMatchCardinality::OneToMany(extra) => Pairs::OneToMany(extra.labels.clone()),
            VectorMatchCardinality::ManyToMany => Pairs::ManyToMany,
        },
    });
    let or = binary.op.id() == token::T_LOR;
    let [left, right] = [&binary.lhs, &binary.rhs].map(|side| Box::new(operand(side)));
    Query::Join { left, right, or, matching }
}

fn called(call: &Call) -> Query {
    let arguments = &call.args.args;
    let adds = match (call.func.name, arguments.get(1).map(|argument| &**argument)) {
        ("label_replace" | "label_join", Some(Expr::StringLiteral(label))) => Some(label.val.clone()),
        _ => None,
    };
    Query::Call {
        arguments: arguments.iter().map(|argument| query(argument)).collect(),
        adds,
        merges_buckets: matches!(call.func.name, "histogram_quantile" | "histogram_fraction"),
        scalar: matches!(call.func.name, "time" | "scalar" | "pi"),
    }
}
