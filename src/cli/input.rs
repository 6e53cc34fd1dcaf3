//! Finds and reads what a call names: a path, stdin, or a built-in profile.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use include_dir::{Dir, include_dir};
use skopos::diagnostic::{Diagnostic, Diagnostics, code};
use skopos::source::{MAX_BYTES, Source};

use super::Stop;

static PROFILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// The profile that is read where the call names none.
const DEFAULT: &str = "skopos.yaml";

/// Reads the profile that a call names. A name without a slash or an ending is a built-in profile's, unless a file has it.
pub fn profile(named: Option<&str>) -> Result<Source, Stop> {
    let name = named.unwrap_or(DEFAULT);
    if name == "-" {
        return bounded(io::stdin().lock(), "<stdin>");
    }
    let path = Path::new(name);
    let is_path = name.contains('/') || path.extension().is_some() || path.exists();
    if is_path {
        let file = fs::File::open(path).map_err(|error| unreadable(name, &error, named.is_none()))?;
        return bounded(file, name);
    }
    let built_in = PROFILES.get_file(format!("{name}.yaml")).and_then(|file| file.contents_utf8());
    built_in.map(|text| Source::new(format!("{name}.yaml (built in)"), text)).ok_or_else(|| unknown(name))
}

/// Reads a whole file of any size: what `kubectl` or an earlier run wrote.
pub fn whole(path: &Path) -> Result<Source, Diagnostic> {
    let name = path.display().to_string();
    let text = if name == "-" { io::read_to_string(io::stdin().lock()) } else { fs::read_to_string(path) };
    text.map(|text| Source::new(name.as_str(), text)).map_err(|error| unreadable(&name, &error, false))
}

/// Reads no more than a profile may have, so that a file of any size is refused at once.
fn bounded(reader: impl Read, name: &str) -> Result<Source, Stop> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error, false))?;
    Source::from_bytes(name, &bytes).map_err(|fault| Stop::Mistakes(fault.into()))
}

fn unreadable(name: &str, error: &io::Error, is_default: bool) -> Diagnostic {
    let fault = Diagnostic::error(code::CANNOT_READ, format!("cannot read {name}: {error}"));
    if is_default { fault.help(format!("Name a profile, or begin with `skopos init --out {DEFAULT}`.")) } else { fault }
}

fn unknown(name: &str) -> Stop {
    let mut names: Vec<_> = PROFILES.files().filter_map(|file| file.path().file_stem()?.to_str()).collect();
    names.sort_unstable();
    let fault = Diagnostic::error(code::DANGLING_REFERENCE, format!("there is no built-in profile {name}"));
    Stop::Mistakes(Diagnostics::from(
        fault.help(format!("Built-in profiles: {}. A file is named with its path.", names.join(", "))),
    ))
}
