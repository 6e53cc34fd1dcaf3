//! Writes an output folder and compares with one.
//!
//! Files that an earlier run wrote stand in the folder's record; they are replaced or removed, and nothing else is touched. All new
//! content is first written beside the folder: a full disk or a wrong permission changes nothing. Then each changed file
//! is renamed into its place, the record last, so a run that is interrupted there is completed by the next one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use skopos::diagnostic::{Diagnostic, code};
use skopos::emit::{File, RECORD};

/// What a run did to a folder.
#[derive(Debug, Default)]
pub struct Written {
    changed: usize,
    unchanged: usize,
    removed: usize,
}

impl Written {
    /// One line for a person.
    pub fn summary(&self, folder: &Path, objects: usize) -> String {
        let Self { changed, unchanged, removed } = self;
        format!(
            "{objects} objects in {}: {changed} files written, {unchanged} unchanged, {removed} removed",
            folder.display()
        )
    }
}

/// Writes the files into a folder.
pub fn write(folder: &Path, files: &[File]) -> Result<Written, Diagnostic> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let recorded = recorded(folder)?;
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    refuse_links(folder, files.iter().map(|file| file.path.as_str()).chain(recorded.iter().map(String::as_str)))?;
    let mut written = Written::default();
    let stage =
        tempfile::Builder::new().prefix(".skopos-").tempdir_in(folder).map_err(|error| failed(folder, &error))?;
    let mut staged: Vec<(PathBuf, PathBuf)> = Vec::new();
    for file in files {
        let target = folder.join(&file.path);
        if fs::read(&target).is_ok_and(|old| old == file.text.as_bytes()) {
            written.unchanged += 1;
            continue;
        }
        let place = stage.path().join(staged.len().to_string());
        put(&place, &file.text).map_err(|error| failed(&target, &error))?;
        staged.push((place, target));
    }
    for (place, target) in staged {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
        }
        fs::rename(&place, &target).map_err(|error| failed(&target, &error))?;
        written.changed += 1;
    }
    for gone in recorded.iter().filter(|path| !paths.contains(path.as_str())) {
        written.removed += usize::from(remove(folder, gone)?);
    }
    Ok(written)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes a file of an earlier run and the folders that it leaves empty.
fn remove(folder: &Path, path: &str) -> Result<bool, Diagnostic> {
    let target = folder.join(path);
    match fs::remove_file(&target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(&target, &error)),
    }
    let mut parent = target.parent();
    while let Some(empty) = parent.filter(|parent| *parent != folder) {
        if fs::remove_dir(empty).is_err() {
            break;
        }
        parent = empty.parent();
    }
    Ok(true)
}

/// The files that earlier runs wrote. A record that names a place outside the folder is refused whole.
fn recorded(folder: &Path) -> Result<Vec<String>, Diagnostic> {
    let path = folder.join(RECORD);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter().find(|line| !is_inside(line)) {
        None => Ok(lines),
        Some(line) => {
            let message = format!("{} names {line:?}, which is not a file of this folder", path.display());
            Err(Diagnostic::error(code::CANNOT_WRITE, message)
                .help("Remove the record, and what an earlier run wrote, by hand."))
        }
    }
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// A link below the folder would lead writes out of it.
fn refuse_links<'p>(folder: &Path, paths: impl Iterator<Item = &'p str>) -> Result<(), Diagnostic> {
    let mut seen = BTreeSet::new();
    for path in paths {
        let mut place = folder.to_owned();
        for part in Path::new(path).components() {
            place.push(part);
            if seen.insert(place.clone()) && fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink()) {
                let message = format!("{} is a symbolic link", place.display());
                return Err(Diagnostic::error(code::CANNOT_WRITE, message)
                    .help("Remove it: skopos writes only inside the folder."));
            }
        }
    }
    Ok(())
}

/// What writing the files would change, as a unified diff; empty where nothing would.
pub fn compare(folder: &Path, files: &[File]) -> Result<String, Diagnostic> {
    let mut text = String::new();
    for file in files.iter().filter(|file| file.path != RECORD) {
        let path = folder.join(&file.path);
        let old = match fs::read_to_string(&path) {
            Ok(old) => old,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        text.push_str(&diff(&file.path, &old, &file.text));
    }
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for gone in recorded(folder)?.iter().filter(|path| !paths.contains(path.as_str())) {
        let old = fs::read_to_string(folder.join(gone)).unwrap_or_default();
        text.push_str(&diff(gone, &old, ""));
    }
    Ok(text)
}

fn diff(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let name = |side: &str, text: &str| if text.is_empty() { "/dev/null".to_owned() } else { format!("{side}/{path}") };
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).header(&name("a", old), &name("b", new)).to_string()
}

/// Writes a file that must not exist yet.
pub fn create(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let file = fs::File::create_new(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(code::CANNOT_WRITE, format!("cannot write {}: {error}", path.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(code::CANNOT_READ, format!("cannot read {}: {error}", path.display()))
}
