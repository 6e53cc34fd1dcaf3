//! skopos compiles a short monitoring profile into hardened Kubernetes manifests.
//!
//! The stages, in order: [`profile::parse`], [`profile::validate`], [`resolve::resolve`], [`plan::plan`], [`render::render`],
//! [`derive::derive`], [`harden::harden`], [`check::check`]; then [`emit`] turns what they vouch for into bytes.

pub mod catalog;
pub mod check;
pub mod content;
pub mod derive;
pub mod diagnostic;
pub mod emit;
pub mod harden;
pub mod interface;
pub mod kubernetes;
pub mod object;
pub mod plan;
pub mod pointer;
pub mod profile;
pub mod render;
pub mod report;
pub mod resolve;
pub mod secret_specs;
pub mod secrets;
pub mod source;
pub mod spanned;
pub mod terms;

use std::collections::BTreeSet;

use catalog::Catalog;
use catalog::component::{Scaling, Workload};
use diagnostic::{Diagnostics, Warned};
use object::{Checked, Manifest};
use profile::{ComponentVocabulary, Milestone, Replicas, Vocabulary};
use secrets::{SecretId, SecretSpec};
use source::Source;

/// Everything that one profile gives.
#[derive(Debug)]
pub struct Compilation {
    /// The objects, verified, in apply order.
    pub manifest: Manifest<Checked>,
    /// What the owners of other programs must do: file name and text.
    pub notes: Vec<(String, String)>,
    /// The Secrets that the objects name and `skopos secrets` makes.
    pub secrets: Vec<SecretSpec>,
    /// The Secrets that the profile names and its owner makes.
    pub named_secrets: BTreeSet<SecretId>,
}

/// What a profile may say, by the catalog's components.
#[must_use]
pub fn vocabulary(catalog: &Catalog) -> Vocabulary {
    let named = catalog.entries().iter().filter(|entry| entry.is_backend());
    let components = named.map(|entry| ComponentVocabulary {
        name: entry.name.to_string(),
        summary: entry.component.summary.clone(),
        since: Milestone::from_name(&entry.component.since).unwrap_or(Milestone::M3),
        optional: !entry.component.required,
        stores: entry.component.workloads.iter().any(Workload::keeps_data),
        replicas: replicas(&entry.component.workloads),
        versions: resolve::versions(catalog, entry),
        parameters: entry.parameters.clone(),
    });
    Vocabulary { components: components.collect() }
}

fn replicas(workloads: &[Workload]) -> Replicas {
    if workloads.iter().any(|workload| workload.scaling == Scaling::Quorum) {
        return Replicas::Odd;
    }
    if workloads.iter().any(Workload::scales) { Replicas::Any } else { Replicas::Fixed }
}

/// Reads and checks a profile without making anything of it.
///
/// # Errors
/// Every mistake of the profile.
pub fn read_profile(source: &Source, catalog: &Catalog) -> Result<Warned<profile::Profile>, Diagnostics> {
    profile::validate(profile::parse(source)?, &vocabulary(catalog))
}

/// Compiles a profile with a catalog.
///
/// # Errors
/// Every mistake that the stage which found one could find.
pub fn compile(source: &Source, catalog: &Catalog) -> Result<Warned<Compilation>, Diagnostics> {
    let Warned { value: profile, mut warnings } = read_profile(source, catalog)?;
    let resolved = resolve::resolve(&profile, catalog)?.take_warnings(&mut warnings);
    let plan = plan::plan(&resolved)?;
    let rendered = render::render(&plan, catalog)?;
    let notes = rendered.notes.clone();
    let secrets = secret_specs::secret_specs(&plan);
    let named_secrets = secret_specs::named_secrets(&plan);
    let derived = derive::derive(rendered, &plan, catalog)?.take_warnings(&mut warnings);
    let hardened = harden::harden(derived, &plan);
    let manifest = check::check(hardened, &terms::terms(&plan))?;
    Ok(Warned { value: Compilation { manifest, notes, secrets, named_secrets }, warnings })
}
