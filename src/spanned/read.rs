//! Reads one YAML document from the parser's events. The tree is built with a list of open lists and maps rather than by
//! recursion, so no depth of nesting can exhaust the stack.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::fault::{self, Fault};
use super::scalar::{self, Tagged};
use super::{Data, Key, MAX_DEPTH, Node};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Source, Span};

/// How many values a file may hold, with those that aliases repeat.
const MAX_NODES: usize = 100_000;

/// A tree with the faults that do not keep anyone from reading on: duplicate and merge keys.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The tree; a duplicate key stands in it each time that it is written.
    pub root: Node,
    /// Errors only; empty for a good file.
    pub faults: Diagnostics,
}

/// The tree of a file without any fault.
///
/// # Errors
/// What is wrong with the file as YAML.
pub fn parse(source: &Source) -> Result<Node, Diagnostics> {
    let reading = read(source)?;
    if reading.faults.is_empty() { Ok(reading.root) } else { Err(reading.faults) }
}

/// The tree of a file, with the faults beside it where the tree can be made in spite of them.
///
/// # Errors
/// The one fault that ends the reading.
pub fn read(source: &Source) -> Result<Reading, Diagnostics> {
    if let Some(diagnostic) = fault::raw_control(source) {
        return Err(diagnostic.into());
    }
    let mut builder = Builder::new(source);
    for next in Parser::new_from_str_with_options(source.text(), options()) {
        let step = match next {
            Ok((event, span)) => builder.take(event, fault::bytes(source, &span)),
            Err(error) => Err(fault::syntax(source, &error)),
        };
        step.map_err(Diagnostics::from)?;
    }
    match builder.root {
        Some(root) if root.data != Data::Null || !root.span.is_empty() => Ok(Reading { root, faults: builder.faults }),
        _ => Err(fault::empty(source).into()),
    }
}

fn options() -> serde_saphyr::granit_parser::Options {
    serde_saphyr::granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
    }
}

/// A list or map whose end has not come yet.
struct Open {
    span: Span,
    anchor: usize,
    /// The levels below it so far.
    height: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, seen: BTreeMap<String, Span>, key: Option<Key> },
}

/// A value that an alias may repeat.
struct Anchored {
    node: Node,
    height: usize,
    size: usize,
}

struct Builder<'a> {
    source: &'a Source,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    n_nodes: usize,
    root: Option<Node>,
    faults: Diagnostics,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            n_nodes: 0,
            root: None,
            faults: Diagnostics::default(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(self.fault(&Fault::SecondDocument, span)),
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), span),
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span)?;
                self.begin(Content::Seq(Vec::new()), anchor, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span)?;
                self.begin(Content::Map { entries: Vec::new(), seen: BTreeMap::new(), key: None }, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let plain = style == ScalarStyle::Plain;
        if self.expects_key() {
            if plain && text.is_empty() {
                return Err(self.fault(&Fault::EmptyKey, span));
            }
            self.key(Key { text: text.to_owned(), span }, plain);
            return Ok(());
        }
        let tagged = Tagged { text, plain, tag: tag.map(Tag::original), core: tag.and_then(Tag::core_suffix) };
        let data = scalar::data(&tagged).map_err(|fault| self.fault(&fault, span.clone()))?;
        self.count(1, &span)?;
        self.finish(Node { span, data }, anchor, 0)
    }

    fn key(&mut self, key: Key, plain: bool) {
        if plain && key.text == "<<" {
            self.faults.push(fault::describe(self.source, &Fault::MergeKey, key.span.clone()));
        }
        let Some(Open { content: Content::Map { seen, key: pending, .. }, .. }) = self.open.last_mut() else { return };
        if let Some(first) = seen.get(&key.text) {
            self.faults.push(fault::describe(self.source, &Fault::DuplicateKey(&key.text), key.span.clone()).at(
                self.source,
                first.clone(),
                "first here",
            ));
        } else {
            seen.insert(key.text.clone(), key.span.clone());
        }
        *pending = Some(key);
    }

    fn begin(&mut self, content: Content, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.expects_key() {
            return Err(self.fault(&Fault::KeyNotText, span));
        }
        self.count(1, &span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fault(&Fault::TooDeep, span));
        }
        self.open.push(Open { span, anchor, height: 0, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        let Some(Open { span, anchor, height, content }) = self.open.pop() else { return Ok(()) };
        let data = match content {
            Content::Seq(items) => Data::Seq(items),
            Content::Map { entries, .. } => Data::Map(entries),
        };
        self.finish(Node { span, data }, anchor, height + 1)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.expects_key() {
            return Err(self.fault(&Fault::KeyNotText, span));
        }
        let Some(Anchored { node, height, size }) = self.anchors.get(&anchor) else {
            return Err(self.fault(&Fault::AliasInItself, span));
        };
        let (height, size) = (*height, *size);
        if self.n_nodes + size > MAX_NODES {
            return Err(self.fault(&Fault::TooMany, span));
        }
        if self.open.len() + height > MAX_DEPTH {
            return Err(self.fault(&Fault::TooDeep, span));
        }
        let node = Node { span, data: node.data.clone() };
        self.n_nodes += size;
        self.finish(node, 0, height)
    }

    /// Puts a complete value where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            let size = node.size();
            self.count(size, &node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), height, size });
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.height = parent.height.max(height);
        match &mut parent.content {
            Content::Seq(items) => items.push(node),
            Content::Map { entries, key, .. } => entries.extend(key.take().map(|key| (key, node))),
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn count(&mut self, more: usize, span: &Span) -> Result<(), Diagnostic> {
        self.n_nodes += more;
        if self.n_nodes > MAX_NODES { Err(self.fault(&Fault::TooMany, span.clone())) } else { Ok(()) }
    }

    fn check_tag(&self, tag: Option<&Tag>, expected: &str, span: &Span) -> Result<(), Diagnostic> {
        match tag {
            Some(tag) if tag.core_suffix() != Some(expected) => {
                Err(self.fault(&Fault::Tag(tag.original()), span.clone()))
            }
            _ => Ok(()),
        }
    }

    fn fault(&self, fault: &Fault<'_>, span: Span) -> Diagnostic {
        fault::describe(self.source, fault, span)
    }
}
