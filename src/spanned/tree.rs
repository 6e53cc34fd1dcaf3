//! The tree itself, and how JSON pointers walk it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::pointer::{escape, unescape};
use crate::source::{Source, Span};

/// One value with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The bytes of the value. A list or map has only its first byte here, since its end is of no use to a reader.
    pub span: Span,
    /// The value.
    pub data: Data,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Data {
    /// Nothing was written, or `null`.
    Null,
    /// `true` or `false`; `yes` and `on` are strings.
    Bool(bool),
    /// An integer or a finite fraction.
    Number(#[serde(with = "crate::as_text")] Number),
    /// Text.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// The key of a map's entry with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Its bytes, with the quotes where it has them.
    pub span: Span,
}

impl Node {
    /// The same value without places.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(value) => Value::Number(value.clone()),
            Data::String(value) => Value::String(value.clone()),
            Data::Seq(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Map(entries) => Value::Object(
                entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value at a JSON pointer; the empty pointer is the value itself.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        tokens(pointer)?.try_fold(self, |node, token| node.child(&token).map(|(_, child)| child))
    }

    /// The place of the key at the end of a JSON pointer; nothing for the root and for items of a list.
    #[must_use]
    pub fn key_span(&self, pointer: &str) -> Option<Span> {
        let (parent, last) = pointer.rsplit_once('/')?;
        let (key, _) = self.at(parent)?.child(&unescape(last))?;
        key.map(|key| key.span.clone())
    }

    /// The bytes that a message about a JSON pointer should underline: a scalar itself, the key of a list or map, and
    /// the first key of a map that is an item of a list.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Option<Span> {
        let node = self.at(pointer)?;
        let hard_to_see = node.data.is_container() || node.span.is_empty();
        Some(match (hard_to_see, self.key_span(pointer)) {
            (true, Some(key)) => key,
            _ => node.first_span(),
        })
    }

    /// The value's own bytes, or those of its first key or item where it is a list or map.
    #[must_use]
    pub fn first_span(&self) -> Span {
        match &self.data {
            Data::Map(entries) => entries.first().map_or_else(|| self.span.clone(), |(key, _)| key.span.clone()),
            Data::Seq(items) => items.first().map_or_else(|| self.span.clone(), Self::first_span),
            _ => self.span.clone(),
        }
    }

    /// The line, from 1, on which the value begins in its source.
    #[must_use]
    pub fn line(&self, source: &Source) -> usize {
        source.line_column(self.span.start).0
    }

    /// The value of a map's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.child(key).map(|(_, node)| node)
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data { Some(text) } else { None }
    }

    /// How many values it holds, with itself.
    pub(super) fn size(&self) -> usize {
        let below: usize = match &self.data {
            Data::Seq(items) => items.iter().map(Self::size).sum(),
            Data::Map(entries) => entries.iter().map(|(_, node)| node.size()).sum(),
            _ => 0,
        };
        below.saturating_add(1)
    }

    /// Calls `visit` for each value, parents first, with its JSON pointer and its key.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&str, Option<&'a Key>, &'a Self)) {
        self.walk_from(&mut String::new(), None, visit);
    }

    fn walk_from<'a>(
        &'a self,
        pointer: &mut String,
        key: Option<&'a Key>,
        visit: &mut dyn FnMut(&str, Option<&'a Key>, &'a Self),
    ) {
        visit(pointer, key, self);
        let length = pointer.len();
        match &self.data {
            Data::Seq(items) => {
                for (index, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    item.walk_from(pointer, None, visit);
                    pointer.truncate(length);
                }
            }
            Data::Map(entries) => {
                for (key, node) in entries {
                    pointer.push('/');
                    pointer.push_str(&escape(&key.text));
                    node.walk_from(pointer, Some(key), visit);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn child(&self, token: &str) -> Option<(Option<&Key>, &Self)> {
        match &self.data {
            Data::Seq(items) => items.get(token.parse::<usize>().ok()?).map(|item| (None, item)),
            Data::Map(entries) => {
                entries.iter().find(|(key, _)| key.text == token).map(|(key, node)| (Some(key), node))
            }
            _ => None,
        }
    }
}

impl Data {
    /// Whether it is a list or a map.
    #[must_use]
    pub fn is_container(&self) -> bool {
        matches!(self, Self::Seq(_) | Self::Map(_))
    }
}

fn tokens(pointer: &str) -> Option<impl Iterator<Item = String>> {
    let rest = if pointer.is_empty() { None } else { Some(pointer.strip_prefix('/')?) };
    Some(rest.into_iter().flat_map(|rest| rest.split('/')).map(unescape))
}
