//! skopos compiles a short monitoring profile into hardened Kubernetes manifests.

pub mod content;
pub mod diagnostic;
pub mod interface;
pub mod profile;
pub mod secrets;
pub mod source;
