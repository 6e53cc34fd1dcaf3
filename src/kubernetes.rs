//! What Kubernetes itself defines: quantities, durations, names, labels and selectors, the forms of fields, and where pods are.

pub mod address;
pub mod duration;
pub mod form;
pub mod key_selector;
pub mod label;
pub mod name;
pub mod pod;
pub mod quantity;
pub mod selector;
