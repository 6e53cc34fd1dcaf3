//! `skopos render`.

use std::mem::ManuallyDrop;
use std::path::Path;

use skopos::diagnostic::Diagnostics;
use skopos::emit;

use super::call::Render;
use super::ending::Ending;
use super::folder::Changes;
use super::shell::Shell;
use super::{compare, folder, output};

/// Compiles a profile, then prints a stream, writes a folder, or compares one.
///
/// # Errors
/// Every mistake of the profile, and what could not be written.
pub fn run(args: &Render, shell: &mut Shell) -> Result<Ending, Diagnostics> {
    // The process ends soon: to free every part of every object would only cost time.
    let compiled = ManuallyDrop::new(shell.compile(&args.profile)?);
    let definitions = args.crds.into();
    let Some(out) = &args.out else {
        output::print_all(emit::parts(&compiled.manifest, definitions))?;
        return Ok(Ending::Success);
    };
    let named: Vec<String> = compiled.named_secrets.iter().map(ToString::to_string).collect();
    let files = emit::folder(&compiled.manifest, &compiled.notes, &named, definitions);
    if args.check {
        let changes = folder::changes(out, &files)?;
        output::print(&compare::diff(&changes))?;
        shell.tell(&compare::summary(out, &changes));
        return Ok(if changes.is_empty() { Ending::Success } else { Ending::Differences });
    }
    let changes = folder::update(out, &files)?;
    shell.tell(&told(out, files.len(), compiled.manifest.objects().len(), &changes));
    Ok(Ending::Success)
}

fn told(out: &Path, files: usize, objects: usize, changes: &Changes<'_>) -> String {
    let (written, removed) = (changes.written().count(), changes.gone().count());
    let (out, unchanged) = (out.display(), files - written);
    format!("{objects} objects in {out}: {written} files written, {unchanged} unchanged, {removed} removed\n")
}
