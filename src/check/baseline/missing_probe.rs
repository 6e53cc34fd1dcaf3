//! Containers that serve, and nobody asks them whether they do.

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Containers that serve without probes of all three kinds.
pub(super) fn find(pod: &OwnPod<'_>, world: &World<'_>) -> Vec<Breach> {
    let first = pod.pod.containers().find(|container| container.pointer.ends_with("/containers/0"));
    let first = first.map(|container| container.name).unwrap_or_default();
    let serving = world.terms.serving.iter().filter(|serving| pod.is(&serving.workload));
    let serving: Vec<&str> = serving.map(|serving| serving.container.as_deref().unwrap_or(first)).collect();
    let mut breaches = Vec::new();
    for container in pod.pod.containers().filter(|container| serving.contains(&container.name)) {
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            if !container.body.contains_key(probe) {
                let message = "the container serves and has no such probe";
                breaches.push(Breach::of_container(&container, probe, Level::Ours, message));
            }
        }
    }
    breaches
}
