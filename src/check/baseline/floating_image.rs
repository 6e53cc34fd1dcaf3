//! Images that may be another tomorrow.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Images without a tag or digest, or with the tag `latest`.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for container in pod.pod.containers() {
        let image = container.body.get("image").and_then(Value::as_str);
        if let Some(fault) = image.and_then(fault) {
            breaches.push(Breach::of_container(&container, "image", Level::Ours, fault));
        }
    }
    if let Some(fault) = pod.pod.spec.get("image").and_then(Value::as_str).and_then(fault) {
        breaches.push(Breach::of_pod(pod, "image", Level::Ours, fault));
    }
    breaches
}

fn fault(image: &str) -> Option<String> {
    if image.contains("@sha256:") {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        Some((_, tag)) if !tag.is_empty() && tag != "latest" => None,
        Some((_, "latest")) => Some(format!("{image} is whatever is latest; a version or digest is allowed")),
        _ => Some(format!("{image} has no tag and no digest")),
    }
}
