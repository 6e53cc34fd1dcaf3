//! The output folder: what a run would change in it, and how that is done.
//!
//! A run owns the files that the record of the run before it names, and no others. What it guarantees:
//!
//! - A run that would change nothing touches nothing, and files that stay the same keep their times.
//! - Files that skopos did not write are never changed, moved or removed. One that stands where a file of ours should go
//!   is an error, and so is a symbolic link there: nothing is written through it.
//! - All is written to the side first. Then the folder is exchanged for the new one in one step ([`swap`]): who looks at it
//!   at any time, also after the run was killed or the disk is full, sees all of the old or all of the new.
//! - Where a folder cannot be exchanged, each file is ([`in_place`]): after an interruption some are old and some new, each
//!   of them whole, and the next run completes the change.
//!
//! What a killed run leaves, in a folder called `.NAME.skopos-…` beside the folder or in it, the next run removes.

mod in_place;
mod record;
mod stage;
mod swap;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use skopos::diagnostic::{Diagnostic, Diagnostics, code};
use skopos::emit::{File, RECORD};

use super::input::cannot_read;
use super::output::cannot_write;
use stage::Turn;

/// One file that a run would make, change or remove.
#[derive(Debug)]
pub struct Change<'a> {
    /// Its path below the folder, with `/`.
    pub path: Cow<'a, str>,
    /// What is there.
    pub before: Option<Vec<u8>>,
    /// What should be there.
    pub after: Option<&'a str>,
    /// Whether an earlier run wrote what is there.
    is_ours: bool,
}

/// All that a run would change, in the order of the paths.
#[derive(Debug)]
pub struct Changes<'a>(Vec<Change<'a>>);

impl<'a> Changes<'a> {
    /// Whether the folder is what it should be.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each in turn.
    pub fn iter(&self) -> impl Iterator<Item = &Change<'a>> {
        self.0.iter()
    }

    /// The files to write, with their texts.
    pub fn written(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.iter().filter_map(|change| Some((&*change.path, change.after?)))
    }

    /// The files to remove.
    pub fn gone(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|change| change.after.is_none()).map(|change| &*change.path)
    }
}

/// Compares a folder, which need not exist, with the files that it should hold.
///
/// # Errors
/// What cannot be read, a record that is none, and links where our files should be.
pub fn changes<'a>(folder: &Path, files: &'a [File]) -> Result<Changes<'a>, Diagnostics> {
    let recorded = record::read(folder)?;
    let mut looked = BTreeMap::new();
    let mut all = Vec::new();
    for file in files {
        record::check(&file.path).map_err(|reason| in_the_way(folder, &file.path, reason))?;
        let before = look(folder, &file.path, &mut looked)?;
        if before.as_deref() != Some(file.text.as_bytes()) {
            let is_ours = file.path == RECORD || recorded.contains(&file.path);
            all.push(Change { path: (&*file.path).into(), before, after: Some(&file.text), is_ours });
        }
    }
    let wanted: BTreeSet<&str> = files.iter().map(|file| &*file.path).collect();
    for path in recorded.into_iter().filter(|path| !wanted.contains(&**path)) {
        // What is no file any more was replaced by somebody, and is theirs.
        if let Ok(Some(before)) = look(folder, &path, &mut looked) {
            all.push(Change { path: path.into(), before: Some(before), after: None, is_ours: true });
        }
    }
    all.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Changes(all))
}

/// Makes a folder hold the files, and tells what that changed. Runs that want the same folder wait for each other.
///
/// # Errors
/// Files of others that are in the way, and what cannot be read or written.
pub fn update<'a>(folder: &Path, files: &'a [File]) -> Result<Changes<'a>, Diagnostics> {
    let failed = |error: io::Error| cannot_write(&folder.display().to_string(), &error);
    let found = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let parent = found.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let turn = Turn::wait(parent);
    // Another run may have made it while this one waited.
    let real = fs::canonicalize(folder).ok();
    turn.sweep(parent, found.file_name().unwrap_or_default());
    turn.sweep(&found, OsStr::new(in_place::STAGE));
    let changes = changes(folder, files)?;
    let foreign = changes.iter().filter(|change| change.before.is_some() && !change.is_ours);
    let reason = "skopos did not write it, and does not replace it";
    let foreign: Diagnostics = foreign.map(|change| in_the_way(folder, &change.path, reason)).collect();
    if foreign.has_errors() {
        return Err(foreign);
    }
    if !changes.is_empty() {
        match &real {
            Some(real) => change(real, &changes).map_err(failed)?,
            None => swap::create(parent, folder, &changes).map_err(failed)?,
        }
    }
    Ok(changes)
}

fn change(real: &Path, changes: &Changes<'_>) -> io::Result<()> {
    let metadata = fs::metadata(real)?;
    if metadata.permissions().readonly() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    if is_movable(real, &metadata) && swap::exchange(real, &metadata, changes)? {
        return Ok(());
    }
    in_place::update(real, changes)
}

/// Whether another folder may take this one's place: not where somebody stands in it.
fn is_movable(real: &Path, metadata: &Metadata) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    metadata.is_dir() && here.is_ok_and(|here| !here.starts_with(real)) && real.file_name().is_some()
}

/// The bytes of a file below the folder; `None` where nothing is. No link is followed but the folder itself.
fn look(folder: &Path, path: &str, looked: &mut BTreeMap<PathBuf, bool>) -> Result<Option<Vec<u8>>, Diagnostic> {
    let file = folder.join(path);
    for parent in Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
        let parent = folder.join(parent);
        let is_folder = match looked.get(&parent) {
            Some(known) => *known,
            None => match parent.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => true,
                Ok(_) => return Err(in_the_way(folder, path, "a part of its path is no folder")),
                Err(error) if is_nothing(&error) => false,
                Err(error) => return Err(cannot_read(&parent.display().to_string(), &error)),
            },
        };
        looked.insert(parent, is_folder);
        if !is_folder {
            return Ok(None);
        }
    }
    match file.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            fs::read(&file).map(Some).map_err(|error| cannot_read(&file.display().to_string(), &error))
        }
        Ok(_) => Err(in_the_way(folder, path, "it is a link or a folder")),
        Err(error) if is_nothing(&error) => Ok(None),
        Err(error) => Err(cannot_read(&file.display().to_string(), &error)),
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound)
}

fn in_the_way(folder: &Path, path: &str, reason: &str) -> Diagnostic {
    let shown = folder.join(path);
    Diagnostic::error(code::IN_THE_WAY, format!("{} is in the way: {reason}", shown.display()))
        .help("move it away, or name another folder with `--out`")
}
