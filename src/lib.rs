//! skopos compiles a short monitoring profile into hardened Kubernetes manifests.
//!
//! The stages, in order: [`profile::parse`], [`profile::validate`], [`resolve::resolve`], [`plan::plan`], [`render::render`],
//! [`derive::derive`], [`harden::harden`], [`check::check`]; then [`emit`] turns what they vouch for into bytes.

mod as_text;
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
use profile::{ComponentVocabulary, Invalid, Least, Milestone, Replicas, Vocabulary};
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
        least: least(&entry.component.workloads),
        retention_step: entry.component.workloads.iter().find_map(|workload| workload.retention_step.clone()),
        versions: resolve::versions(catalog, entry),
        parameters: entry.parameters.clone(),
    });
    Vocabulary { components: components.collect() }
}

/// What the workload needs that a profile's settings are for; the first one says it for its like.
fn least(workloads: &[Workload]) -> Least {
    let set = workloads.iter().find(|workload| !workload.auxiliary).map(|workload| workload.least.clone());
    let set = set.unwrap_or_default();
    Least { memory: set.memory, storage: set.storage, retention: set.retention }
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
pub fn read_profile(source: &Source, catalog: &Catalog) -> Result<Warned<profile::Profile>, Invalid> {
    profile::validate(profile::parse(source)?, &vocabulary(catalog))
}

/// What the front end has against a profile, and what components and the plan have against the rest of it.
fn all_faults(invalid: Invalid, catalog: &Catalog) -> Diagnostics {
    let Invalid { mut faults, rest } = invalid;
    let Some(profile) = rest else { return faults };
    let (resolved, found) = resolve::resolve(&profile, catalog);
    faults.extend(found.errors());
    if !profile.components_are_doubtful() {
        faults.extend(plan::plan(&resolved).err().unwrap_or_default());
    }
    faults
}

/// Compiles a profile with a catalog.
///
/// # Errors
/// Every mistake that can be told before something is made of the profile, or else every fault of what is made.
pub fn compile(source: &Source, catalog: &Catalog) -> Result<Warned<Compilation>, Diagnostics> {
    let read = read_profile(source, catalog).map_err(|invalid| all_faults(invalid, catalog))?;
    let Warned { value: profile, warnings: mut found } = read;
    let (resolved, more) = resolve::resolve(&profile, catalog);
    found.extend(more);
    let plan = match plan::plan(&resolved) {
        Ok(plan) if !found.has_errors() => plan,
        Ok(_) => return Err(found),
        Err(faults) => {
            found.extend(faults);
            return Err(found);
        }
    };
    let rendered = render::render(&plan, catalog)?;
    let notes = rendered.notes.clone();
    let secrets = secret_specs::secret_specs(&plan);
    let named_secrets = secret_specs::named_secrets(&plan);
    let derived = derive::derive(rendered, &plan, catalog)?.take_warnings(&mut found);
    let hardened = harden::harden(derived, &plan);
    let manifest = check::check(hardened, &terms::terms(&plan))?;
    Ok(Warned { value: Compilation { manifest, notes, secrets, named_secrets }, warnings: found })
}
