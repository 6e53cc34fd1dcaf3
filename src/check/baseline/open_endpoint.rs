//! Endpoints that authenticate nobody.

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// Endpoints that anybody may call who reaches them; the guard stands before those of programs that know no users.
pub(super) fn find(pod: &OwnPod<'_>, world: &World<'_>) -> Vec<Breach> {
    let open = world.terms.open.iter().filter(|open| pod.is(&open.workload));
    open.map(|open| {
        let message = format!("the endpoint {} authenticates nobody", open.endpoint);
        Breach { container: None, pointer: pod.pod.pointer.clone(), message, level: Level::Ours }
    })
    .collect()
}
