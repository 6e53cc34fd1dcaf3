//! What the checks found.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::object::ObjectId;

/// Findings, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Diagnostic>);

impl Findings {
    /// Something wrong at a JSON pointer of an object; the object as a whole where the pointer is empty.
    pub(super) fn add(&mut self, code: Code, id: &ObjectId, pointer: &str, message: &str) {
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        self.0.push(Diagnostic::error(code, format!("{id}: {place}{message}")));
    }

    /// Something wrong that lies in no object.
    pub(super) fn add_general(&mut self, code: Code, message: String) {
        self.0.push(Diagnostic::error(code, message));
    }

    /// All of them.
    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.0.into_iter().collect()
    }
}
