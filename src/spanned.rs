//! YAML text in, a tree out in which every value and every key knows its place. One document; no duplicate keys, merge
//! keys or application tags. Any bytes at all end in a tree or in diagnostics: depth, nodes and aliases are limited.

mod fault;
mod read;
mod scalar;
mod tree;

pub(crate) use fault::quoted;
pub use read::{Reading, parse, read};
pub use tree::{Data, Key, Node};

/// How deeply a file may nest.
pub const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests;
