//! Writes results: to stdout, or to one file.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use skopos::diagnostic::{Diagnostic, code};
use tempfile::Builder;

use super::input::reason;

/// Writes a result to stdout. A reader that had enough and closed the pipe, as `head` does, is no failure.
///
/// # Errors
/// That stdout cannot be written.
pub fn print(text: &str) -> Result<(), Diagnostic> {
    print_all([text])
}

/// Writes the parts of a result to stdout, each as it comes.
///
/// # Errors
/// That stdout cannot be written.
pub fn print_all(parts: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Diagnostic> {
    let mut stdout = io::stdout().lock();
    let written = parts.into_iter().try_for_each(|part| stdout.write_all(part.as_ref().as_bytes()));
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(cannot_write("stdout", &error)),
        _ => Ok(()),
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the system lets by default.
    Usual,
    /// Nobody but its owner.
    Owner,
}

/// Makes a file that must not be there yet, whole or not at all.
///
/// # Errors
/// That something is there, or that the file cannot be written.
pub fn create(path: &Path, text: &str, readers: Readers) -> Result<(), Diagnostic> {
    let file = stage(path, text, readers)?;
    match file.persist_noclobber(path) {
        Err(failure) if failure.error.kind() == ErrorKind::AlreadyExists => Err(is_there(path)),
        Err(failure) => Err(cannot_write(&path.display().to_string(), &failure.error)),
        Ok(_) => Ok(()),
    }
}

/// Replaces a file, whole or not at all.
///
/// # Errors
/// That the file cannot be written.
pub fn replace(path: &Path, text: &str, readers: Readers) -> Result<(), Diagnostic> {
    // The file itself, where a link leads to it.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = stage(path, text, readers)?;
    file.persist(path).map(drop).map_err(|failure| cannot_write(&path.display().to_string(), &failure.error))
}

/// That something is where a new file should go.
pub fn is_there(path: &Path) -> Diagnostic {
    Diagnostic::error(code::IN_THE_WAY, format!("{} is there already, and stays", path.display()))
}

/// That a file cannot be written.
pub fn cannot_write(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(code::CANNOT_WRITE, format!("{name} cannot be written: {}", reason(error)))
}

fn stage(path: &Path, text: &str, readers: Readers) -> Result<tempfile::NamedTempFile, Diagnostic> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".skopos-");
    if readers == Readers::Usual {
        usual(&mut builder);
    }
    let written = builder.tempfile_in(parent).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    written.map_err(|error| cannot_write(&path.display().to_string(), &error))
}

/// A temporary file is its owner's alone where nothing else is said; of this the system takes the umask off.
#[cfg(unix)]
fn usual(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn usual(_: &mut Builder<'_, '_>) {}

/// Whether two paths name one file.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}
