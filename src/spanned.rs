//! YAML text in, a tree out in which every value and every key knows its place. One document; no duplicate keys, merge
//! keys or application tags. Any bytes at all end in a tree or in diagnostics: depth, nodes and aliases are limited.

// The build script has this module, too: seen from there, the files lie nowhere else.
#[path = "spanned/fault.rs"]
mod fault;
#[path = "spanned/read.rs"]
mod read;
#[path = "spanned/scalar.rs"]
mod scalar;
#[path = "spanned/tree.rs"]
mod tree;

pub(crate) use fault::quoted;
pub use read::{Reading, parse, read};
pub use tree::{Data, Key, Node};

/// How deeply a file may nest.
pub const MAX_DEPTH: usize = 64;

#[cfg(test)]
#[path = "spanned/tests.rs"]
mod tests;
