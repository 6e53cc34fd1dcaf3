//! Puts a whole folder in the place of another in one step.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::Changes;
use super::stage;

/// The most files that are carried over into a new folder. A folder that holds more is somebody's home, not an output.
const MOST_KEPT: usize = 5_000;

/// Makes a folder that is not there yet.
pub fn create(parent: &Path, folder: &Path, changes: &Changes<'_>) -> io::Result<()> {
    let stage = stage::make(parent, folder.file_name().unwrap_or(OsStr::new("out")))?;
    let new = stage.path().join("new");
    stage::write(&new, changes.written())?;
    fs::rename(new, folder)
}

/// Exchanges a folder for one in which the changes are made. Answers `false`, with nothing changed, where files or folders
/// of this place cannot be linked or moved.
pub fn exchange(folder: &Path, metadata: &Metadata, changes: &Changes<'_>) -> io::Result<bool> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else { return Ok(false) };
    let Ok(stage) = stage::make(parent, name) else { return Ok(false) };
    let new = stage.path().join("new");
    fs::create_dir(&new)?;
    if !has_same_owner(metadata, &new.metadata()?) {
        return Ok(false);
    }
    let mut keeper = Keeper { folder, new: &new, changes: paths(changes), left: MOST_KEPT };
    if keeper.keep(Path::new("")).is_err() {
        return Ok(false);
    }
    stage::write(&new, changes.written())?;
    fs::set_permissions(&new, metadata.permissions())?;
    Ok(swap(&new, folder).is_ok())
}

fn paths(changes: &Changes<'_>) -> BTreeSet<PathBuf> {
    changes.iter().map(|change| PathBuf::from(&*change.path)).collect()
}

/// Links everything that does not change into the new folder.
struct Keeper<'a> {
    folder: &'a Path,
    new: &'a Path,
    changes: BTreeSet<PathBuf>,
    left: usize,
}

impl Keeper<'_> {
    fn keep(&mut self, below: &Path) -> io::Result<()> {
        for entry in fs::read_dir(self.folder.join(below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::FileTooLarge)?;
            if entry.file_type()?.is_dir() {
                self.keep_folder(&path)?;
            } else if !self.changes.contains(&path) {
                fs::hard_link(entry.path(), self.new.join(&path))?;
            }
        }
        Ok(())
    }

    fn keep_folder(&mut self, path: &Path) -> io::Result<()> {
        let (old, new) = (self.folder.join(path), self.new.join(path));
        fs::create_dir(&new)?;
        self.keep(path)?;
        let is_empty = |folder: &Path| fs::read_dir(folder).map(|mut entries| entries.next().is_none());
        if is_empty(&new)? && !is_empty(&old)? {
            return fs::remove_dir(new);
        }
        fs::set_permissions(new, old.metadata()?.permissions())
    }
}

/// A folder of somebody else would become ours.
#[cfg(unix)]
fn has_same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.uid(), one.gid(), one.dev()) == (other.uid(), other.gid(), other.dev())
}

#[cfg(not(unix))]
fn has_same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
