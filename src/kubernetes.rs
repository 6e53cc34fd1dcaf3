//! What Kubernetes itself defines: quantities and durations.

pub mod duration;
pub mod quantity;
