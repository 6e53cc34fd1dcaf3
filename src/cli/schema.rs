//! `skopos schema`.

use skopos::catalog::Catalog;
use skopos::diagnostic::Diagnostics;
use skopos::profile;

use super::ending::Ending;
use super::output;

/// Prints the JSON Schema of profiles.
///
/// # Errors
/// That stdout cannot be written.
pub fn run() -> Result<Ending, Diagnostics> {
    let schema = profile::schema(&skopos::vocabulary(&Catalog::built_in()?));
    output::print(&format!("{schema:#}\n"))?;
    Ok(Ending::Success)
}
