//! Where each value of a profile stands in its file.

use std::collections::BTreeMap;

use crate::source::{Source, Span};
use crate::spanned::Node;

/// The place of each JSON pointer of one file.
#[derive(Debug, Clone)]
pub struct Places {
    source: Source,
    values: BTreeMap<String, Span>,
    keys: BTreeMap<String, Span>,
}

impl Places {
    /// The places of a tree.
    #[must_use]
    pub fn new(source: Source, root: &Node) -> Self {
        let (mut values, mut keys) = (BTreeMap::new(), BTreeMap::new());
        root.walk(&mut |pointer, key, node| {
            let own = node.first_span();
            let hard_to_see = node.data.is_container() || node.span.is_empty();
            let span = key.filter(|_| hard_to_see).map_or(own, |key| key.span.clone());
            values.insert(pointer.to_owned(), span);
            keys.extend(key.map(|key| (pointer.to_owned(), key.span.clone())));
        });
        Self { source, values, keys }
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Hides values from whoever reads the source from now on.
    pub(super) fn mask(&mut self, spans: &[Span]) {
        self.source = self.source.masked(spans);
    }

    /// The place of a value: of a scalar itself, of a list or map its key.
    #[must_use]
    pub fn find(&self, pointer: &str) -> Option<Span> {
        self.values.get(pointer).cloned()
    }

    /// The place of a value, or of the nearest one above it.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> Span {
        let mut pointer = pointer;
        loop {
            match (self.values.get(pointer), pointer.rsplit_once('/')) {
                (Some(span), _) => return span.clone(),
                (None, Some((parent, _))) => pointer = parent,
                (None, None) => return 0..0,
            }
        }
    }

    /// The place of a key, or of the item of a list.
    #[must_use]
    pub fn key(&self, pointer: &str) -> Span {
        self.keys.get(pointer).cloned().unwrap_or_else(|| self.nearest(pointer))
    }
}
