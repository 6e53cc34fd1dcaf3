//! What `skopos secrets` prints: the Secrets that the manifests refer to, made once and kept from then on.
//!
//! In go the Secrets that a plan needs ([`SecretSpec`]) and those that an earlier run made ([`Existing`]); out come all of
//! them as manifests, with what was there kept byte for byte where it still holds ([`Outcome`]). No program is named here:
//! what a server's user file looks like is a template of its component. Chance and the time come from the caller. Nothing
//! but the manifests themselves holds a secret: neither `Debug` output nor a diagnostic shows one.
//!
//! Certificates, then random values, then the files that are made from both: so a file may import what any other Secret
//! of the run keeps, in whatever order the Secrets are given.

mod authority;
mod certificate;
mod chain;
mod check;
mod data;
mod existing;
mod file;
mod filter;
mod hash;
mod outcome;
mod random;
mod spec;
mod trust_store;

use time::OffsetDateTime;

use crate::diagnostic::{Diagnostic, Diagnostics};

use authority::Authority;
use data::{Data, Draft, Drafts};
pub use existing::Existing;
pub use outcome::{Change, Entry, Outcome};
pub use random::{ALPHANUMERIC, Entropy, Random};
pub use spec::{AuthoritySpec, CertificateSpec, GeneratedSpec, Import, SecretId, SecretKind, SecretSpec};

/// What each step needs beside the Secret that it makes.
struct Run<'a> {
    existing: &'a Existing,
    entropy: &'a mut dyn Entropy,
    now: OffsetDateTime,
}

impl<'a> Run<'a> {
    /// What an earlier run put into the Secret.
    fn earlier(&self, spec: &SecretSpec) -> Option<&'a Data> {
        self.existing.data(&spec.id())
    }
}

/// Makes every Secret of `specs`, keeping what `existing` has of them.
///
/// With the outcome of an earlier run as `existing` and the same `specs`, the bytes are the same until a certificate
/// comes within [`certificate::RENEWAL_DAYS`] of its end.
///
/// # Errors
/// Specs that contradict each other, templates that fail, earlier Secrets that cannot be used and must not be replaced in
/// silence, and no randomness.
pub fn make(
    specs: &[SecretSpec],
    existing: &Existing,
    entropy: &mut dyn Entropy,
    now: OffsetDateTime,
) -> Result<Outcome, Diagnostics> {
    check::specs(specs)?;
    let mut run = Run { existing, entropy, now };
    let mut drafts = Drafts::new();
    let authority = settle_authority(specs, &mut run, &mut drafts)?;
    let mut diagnostics = Diagnostics::default();
    for spec in specs {
        keep(first_pass(spec, authority.as_ref(), &mut run, &mut drafts), &mut diagnostics);
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    for spec in specs {
        keep(second_pass(spec, &mut run, &mut drafts), &mut diagnostics);
    }
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(Outcome::new(specs, &drafts, existing)) }
}

fn settle_authority(
    specs: &[SecretSpec],
    run: &mut Run<'_>,
    drafts: &mut Drafts,
) -> Result<Option<Authority>, Diagnostic> {
    for spec in specs {
        if let SecretKind::Authority(wanted) = &spec.kind {
            let (authority, draft) = authority::settle(spec, wanted, run)?;
            drafts.insert(spec.id(), draft);
            return Ok(Some(authority));
        }
    }
    Ok(None)
}

/// Certificates and random values.
fn first_pass(
    spec: &SecretSpec,
    authority: Option<&Authority>,
    run: &mut Run<'_>,
    drafts: &mut Drafts,
) -> Result<(), Diagnostic> {
    let draft = match (&spec.kind, authority) {
        (SecretKind::Certificate(wanted), Some(authority)) => certificate::settle(spec, wanted, authority, run)?,
        (SecretKind::Generated(wanted), _) => Draft::of(random::settle(spec, &wanted.values, run)?),
        _ => return Ok(()),
    };
    drafts.insert(spec.id(), draft);
    Ok(())
}

/// Files that are made from the first pass.
fn second_pass(spec: &SecretSpec, run: &mut Run<'_>, drafts: &mut Drafts) -> Result<(), Diagnostic> {
    let SecretKind::Generated(wanted) = &spec.kind else { return Ok(()) };
    let files = file::render(spec, wanted, drafts, run)?;
    if let Some(draft) = drafts.get_mut(&spec.id()) {
        draft.data.extend(files);
    }
    Ok(())
}

fn keep(result: Result<(), Diagnostic>, diagnostics: &mut Diagnostics) {
    if let Err(diagnostic) = result {
        diagnostics.push(diagnostic);
    }
}

#[cfg(test)]
mod tests;
