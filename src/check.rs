//! Verifies every claim about every object before it may be emitted. All findings are collected; each names the object, the
//! place in it, what is wrong there and what is allowed.

mod baseline;
mod collision;
mod fields;
mod findings;
mod namespace_level;
mod network;
mod pods;
mod reference;
mod secret_material;
mod size;
mod terms;
mod world;

use crate::diagnostic::Diagnostics;
use crate::object::{Checked, Hardened, Manifest};
use findings::Findings;
use world::World;

pub use terms::{Edge, Exception, External, OpenEndpoint, OperatorPods, Peer, Serving, Terms, WorkloadName};

/// The checks, in the order in which their findings are told.
const CHECKS: &[fn(&World<'_>, &mut Findings)] = &[
    fields::check,
    collision::check,
    size::check,
    secret_material::check,
    pods::check,
    reference::check,
    network::check,
    baseline::check,
    namespace_level::check,
];

/// Vouches for the objects.
///
/// Guarantees: each object fits its kind with no field unknown, missing or of a wrong form; each name that refers to
/// something has its target; selectors select; the network is open exactly where the terms have an edge; no pod or role
/// breaks the baseline but by a declared exception, and each exception is needed; no object is too large, has another's name
/// or holds a secret.
///
/// # Errors
/// Each finding.
pub fn check(manifest: Manifest<Hardened>, terms: &Terms<'_>) -> Result<Manifest<Checked>, Diagnostics> {
    let mut findings = Findings::default();
    let world = World::new(manifest.objects(), terms);
    for check in CHECKS {
        check(&world, &mut findings);
    }
    let found = findings.into_diagnostics();
    if found.has_errors() { Err(found) } else { Ok(Manifest::vouch(manifest.into_objects())) }
}

#[cfg(test)]
mod tests;
