//! Object templates: YAML documents, parsed once, whose scalars may be expressions. Rendering is a walk over the tree.

use std::sync::Arc;

use minijinja::value::ValueKind;
use serde_json::{Map, Value};

use super::expression::Text;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::pointer::unescape;
use crate::source::{Source, Span};
use crate::spanned::{self, Data};

/// One object, or a part of one, with expressions at its leaves.
#[derive(Debug)]
pub struct Template {
    file: Arc<str>,
    source: Source,
    root: Node,
}

#[derive(Debug)]
struct Node {
    span: Span,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Constant(Value),
    Text(Text),
    Sequence(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Template {
    /// Parses the expressions of a template file, whose YAML is read.
    ///
    /// # Errors
    /// Faults of its expressions, with their places.
    pub fn parse(source: Source, tree: spanned::Node) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::default();
        let root = node(&source, tree, &mut faults);
        if faults.has_errors() {
            return Err(faults);
        }
        Ok(Self { file: source.name().into(), source, root })
    }

    /// The file's name below the catalog's root.
    #[must_use]
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The value in a context; what evaluates to null is left out.
    ///
    /// # Errors
    /// The expression that failed, with its place in the template.
    pub fn evaluate(&self, context: &minijinja::Value) -> Result<Value, Diagnostic> {
        self.walk(&self.root, context).map(Option::unwrap_or_default)
    }

    /// The template's line that gives the field at a JSON pointer; `None` where the template does not say it.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<usize> {
        let mut node = &self.root;
        for step in pointer.split('/').skip(1) {
            node = match &node.shape {
                Shape::Map(entries) => {
                    entries.iter().find(|(key, _)| *key == unescape(step)).map(|(_, value)| value)?
                }
                Shape::Sequence(items) => items.get(step.parse::<usize>().ok()?)?,
                // All of an expression's value is given by its line.
                Shape::Text(_) | Shape::Constant(_) => break,
            };
        }
        Some(self.source.line_column(node.span.start).0)
    }

    fn walk(&self, node: &Node, context: &minijinja::Value) -> Result<Option<Value>, Diagnostic> {
        match &node.shape {
            Shape::Constant(Value::Null) => Ok(None),
            Shape::Constant(value) => Ok(Some(value.clone())),
            Shape::Text(text) => self.leaf(node, text, context),
            Shape::Sequence(items) => {
                let items = items.iter().map(|item| self.walk(item, context)).filter_map(Result::transpose);
                Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
            }
            Shape::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    if let Some(value) = self.walk(value, context)? {
                        map.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(map)))
            }
        }
    }

    fn leaf(&self, node: &Node, text: &Text, context: &minijinja::Value) -> Result<Option<Value>, Diagnostic> {
        let failed = |reason: String| {
            Diagnostic::error(code::TEMPLATE_FAILED, format!("cannot evaluate {reason}")).at(
                &self.source,
                node.span.clone(),
                "",
            )
        };
        let value = text.evaluate(context).map_err(failed)?;
        match value.kind() {
            ValueKind::None => Ok(None),
            _ => serde_json::to_value(&value).map(Some).map_err(|error| failed(error.to_string())),
        }
    }
}

fn node(source: &Source, tree: spanned::Node, faults: &mut Diagnostics) -> Node {
    let span = tree.span.clone();
    let shape = match tree.data {
        Data::Seq(items) => Shape::Sequence(items.into_iter().map(|item| node(source, item, faults)).collect()),
        Data::Map(entries) => {
            Shape::Map(entries.into_iter().map(|(key, value)| (key.text, node(source, value, faults))).collect())
        }
        Data::String(text) if text.contains("{{") => match Text::parse(&text) {
            Ok(text) => Shape::Text(text),
            Err(reason) => {
                faults.push(Diagnostic::error(code::BAD_TEMPLATE, reason).at(source, span.clone(), ""));
                Shape::Constant(Value::Null)
            }
        },
        scalar => Shape::Constant(spanned::Node { span: span.clone(), data: scalar }.to_json()),
    };
    Node { span, shape }
}
