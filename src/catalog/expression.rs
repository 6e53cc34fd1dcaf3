//! Expressions at the leaves of templates and in conditions: minijinja's, in a closed environment with few filters.

use std::fmt;
use std::sync::LazyLock;

use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::{Deserialize, Deserializer, de};

use super::filter;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    filter::add(&mut environment);
    environment
});

/// One expression, parsed when the catalog is loaded.
pub struct Expression {
    source: String,
    compiled: minijinja::Expression<'static, 'static>,
}

impl Expression {
    /// Parses an expression without its braces.
    ///
    /// # Errors
    /// What minijinja finds wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let compiled = ENVIRONMENT.compile_expression_owned(source.to_owned()).map_err(|error| describe(&error))?;
        Ok(Self { source: source.to_owned(), compiled })
    }

    /// Its value in a context.
    ///
    /// # Errors
    /// What the context lacks, in words.
    pub fn evaluate(&self, context: &Value) -> Result<Value, String> {
        self.compiled.eval(context).map_err(|error| format!("{}: {}", self.source, describe(&error)))
    }

    /// The text that was parsed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

/// An error of minijinja as one sentence, without its own place.
pub(super) fn describe(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// A `when:`: an expression of which only the truth counts.
#[derive(Debug)]
pub struct Condition(Expression);

impl Condition {
    /// Whether it holds.
    ///
    /// # Errors
    /// What the context lacks, in words.
    pub fn holds(&self, context: &Value) -> Result<bool, String> {
        self.0.evaluate(context).map(|value| value.is_true())
    }

    /// The text that was parsed.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.source()
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Expression::parse(&source).map(Self).map_err(de::Error::custom)
    }
}

/// A text of a declaration that may hold expressions: `{{ cluster.mesh.namespace }}`.
#[derive(Debug)]
pub struct Text(Vec<Piece>);

/// A part of a [`Text`].
#[derive(Debug)]
pub(super) enum Piece {
    /// Taken as it is.
    Plain(String),
    /// Evaluated.
    Expression(Expression),
}

impl Text {
    /// Splits a text at its `{{ … }}`.
    ///
    /// # Errors
    /// Where a brace is not closed or an expression is wrong.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            if !before.is_empty() {
                pieces.push(Piece::Plain(before.to_owned()));
            }
            let (expression, after) = first_expression(after, source)?;
            pieces.push(Piece::Expression(expression));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Plain(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The value: of any type where the text is one expression and nothing else, a string otherwise.
    ///
    /// # Errors
    /// What the context lacks, or a list or map amid text.
    pub fn evaluate(&self, context: &Value) -> Result<Value, String> {
        match self.0.as_slice() {
            [Piece::Expression(only)] => only.evaluate(context),
            pieces => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(plain) => text.push_str(plain),
                        Piece::Expression(expression) => text.push_str(&scalar(expression, context)?),
                    }
                }
                Ok(Value::from(text))
            }
        }
    }

    /// The value as a string.
    ///
    /// # Errors
    /// What the context lacks, in words.
    pub fn string(&self, context: &Value) -> Result<String, String> {
        self.evaluate(context).map(|value| value.to_string())
    }

    /// Whether it holds no expression.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Plain(_)))
    }
}

/// The expression up to the first `}}` that ends one: braces of a map literal may stand before it.
fn first_expression<'t>(text: &'t str, source: &str) -> Result<(Expression, &'t str), String> {
    let mut fault = format!("`{{{{` without `}}}}` in {source}");
    for (end, _) in text.match_indices("}}") {
        let (inside, after) = text.split_at(end);
        match Expression::parse(inside.trim()) {
            Ok(expression) => return Ok((expression, after.strip_prefix("}}").unwrap_or(after))),
            Err(reason) => fault = reason,
        }
    }
    Err(fault)
}

fn scalar(expression: &Expression, context: &Value) -> Result<String, String> {
    use minijinja::value::ValueKind;
    let value = expression.evaluate(context)?;
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        kind => Err(format!("{}: a {kind} cannot stand amid text", expression.source())),
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Self::parse(&source).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn one_expression_keeps_its_type_and_text_around_it_makes_a_string() {
        let of = |source| Text::parse(source).unwrap().evaluate(&context! { port => 80, name => "a" }).unwrap();
        assert_eq!(of("{{ port }}"), Value::from(80));
        assert_eq!(of("{{ name }}-{{ port + 1 }}").to_string(), "a-81");
        assert_eq!(of("{{ {'a': {'b': port}} }}").to_string(), "{'a': {'b': 80}}");
        assert_eq!(of("plain").to_string(), "plain");
    }

    #[test]
    fn what_is_not_an_expression_or_not_known_is_told() {
        assert_eq!(Text::parse("a {{ b").unwrap_err(), "`{{` without `}}` in a {{ b");
        assert!(Text::parse("{{ a b }}").unwrap_err().starts_with("syntax error"));
        assert_eq!(
            Text::parse("{{ lost.field }}").unwrap().evaluate(&context! {}).unwrap_err(),
            "lost.field: undefined value"
        );
        let amid = Text::parse("x{{ list }}").unwrap().evaluate(&context! { list => [1] });
        assert_eq!(amid.unwrap_err(), "list: a sequence cannot stand amid text");
    }
}
