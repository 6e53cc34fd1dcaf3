//! Volumes of kinds that bring more than data.

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// The kinds that Pod Security `restricted` admits.
const ALLOWED: &[&str] =
    &["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/// Volumes of other kinds. Paths of the node have a rule of their own.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (volume, pointer) in pod.pod.volumes() {
        let kinds = volume.keys().filter(|key| *key != "name" && *key != "hostPath");
        for kind in kinds.filter(|kind| !ALLOWED.contains(&kind.as_str())) {
            let message = format!("the volume is of the kind {kind}; {} are allowed", ALLOWED.join(", "));
            breaches.push(Breach { container: None, pointer: pointer.clone(), message, level: Level::Restricted });
        }
    }
    breaches
}
