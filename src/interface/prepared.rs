//! A resource definition as `build.rs` writes it: no profile changes more of it than its labels.

use serde::{Deserialize, Serialize};

/// One definition.
#[derive(Debug, Serialize, Deserialize)]
pub struct Prepared<'p> {
    /// All but the specification, as JSON.
    pub head: &'p str,
    /// The specification as the last entry of a YAML document.
    pub yaml: &'p str,
    /// The bytes of the specification with its key as compact JSON.
    pub size: usize,
}
