//! Finds and reads what a person names: a profile, or the Secrets of an earlier run.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use include_dir::{Dir, include_dir};
use skopos::diagnostic::{Diagnostic, code};
use skopos::profile::nearest;
use skopos::source::{self, Source};

static PROFILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// The profile that is read where none is named.
pub const DEFAULT: &str = "skopos.yaml";

/// The most bytes of earlier Secrets that are read: those of a whole cluster.
const MOST_SECRETS: usize = 64 << 20;

/// The names of the built-in profiles, in order.
pub fn built_in() -> Vec<&'static str> {
    let mut names: Vec<_> = PROFILES.files().filter_map(|file| file.path().to_str()?.strip_suffix(".yaml")).collect();
    names.sort_unstable();
    names
}

/// The profile of a name: `-` is stdin, a path is a file, anything else is a built-in profile.
///
/// # Errors
/// That there is none, or that it cannot be read.
pub fn profile(name: Option<&OsStr>) -> Result<Source, Diagnostic> {
    let Some(name) = name else { return default() };
    if name == "-" {
        let bytes = read("stdin", io::stdin().lock(), source::MAX_BYTES)?;
        return Source::from_bytes("<stdin>", &bytes);
    }
    if is_path(name) {
        return file(Path::new(name));
    }
    let embedded = PROFILES.get_file(Path::new(name).with_extension("yaml"));
    match (embedded.and_then(|file| file.contents_utf8()), name.to_str()) {
        (Some(text), Some(name)) => Ok(Source::new(format!("{name}.yaml (built in)"), text)),
        _ => Err(unknown(&name.to_string_lossy())),
    }
}

/// The bytes of earlier Secrets, as text. No diagnostic shows any of it.
///
/// # Errors
/// That they cannot be read.
pub fn secrets(path: &Path) -> Result<Source, Diagnostic> {
    let (name, bytes) = if path == Path::new("-") {
        ("stdin".to_owned(), read("stdin", io::stdin().lock(), MOST_SECRETS)?)
    } else {
        let name = path.display().to_string();
        (name.clone(), read(&name, open(path)?, MOST_SECRETS)?)
    };
    if bytes.len() > MOST_SECRETS {
        return Err(Diagnostic::error(code::TOO_LARGE, format!("{name} is larger than 64 MiB"))
            .help("only the Secrets that skopos made are needed: `-l app.kubernetes.io/part-of=skopos`"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(_) => Err(Diagnostic::error(code::NOT_UTF8, format!("{name} is not UTF-8"))),
    }
}

fn default() -> Result<Source, Diagnostic> {
    if Path::new(DEFAULT).exists() {
        return file(Path::new(DEFAULT));
    }
    Err(Diagnostic::error(code::NO_PROFILE, format!("no profile is named, and there is no {DEFAULT} here")).help(
        format!(
            "name a file or one of the built-in profiles ({}), or make one: `skopos init --out {DEFAULT}`",
            built_in().join(", ")
        ),
    ))
}

/// A word that can only be meant as a path, or names a file. A folder's name is no profile: it may be an output folder.
fn is_path(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let path = Path::new(name);
    text.contains([std::path::MAIN_SEPARATOR, '.']) || (path.exists() && !path.is_dir())
}

fn unknown(name: &str) -> Diagnostic {
    let names = built_in();
    let meant = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Diagnostic::error(code::NO_PROFILE, format!("there is no file and no built-in profile called `{name}`"))
        .help(format!("{meant}the built-in profiles are {}", names.join(", ")))
}

fn file(path: &Path) -> Result<Source, Diagnostic> {
    let name = path.display().to_string();
    let bytes = read(&name, open(path)?, source::MAX_BYTES)?;
    Source::from_bytes(name, &bytes)
}

fn open(path: &Path) -> Result<File, Diagnostic> {
    File::open(path).map_err(|error| cannot_read(&path.display().to_string(), &error))
}

/// At most one byte more than `most`, so that a stream without an end is refused, too.
fn read(name: &str, from: impl Read, most: usize) -> Result<Vec<u8>, Diagnostic> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match from.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(cannot_read(name, &error)),
    }
}

/// That a file cannot be read.
pub fn cannot_read(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(code::CANNOT_READ, format!("{name} cannot be read: {}", reason(error)))
}

/// What the system says, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
