//! skopos compiles a short monitoring profile into hardened Kubernetes manifests.

pub mod check;
pub mod content;
pub mod diagnostic;
pub mod interface;
pub mod object;
pub mod profile;
pub mod report;
pub mod secrets;
pub mod source;
pub mod spanned;
