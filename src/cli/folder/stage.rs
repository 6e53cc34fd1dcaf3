//! A folder to the side, in which a run prepares what it is going to put in place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::{Builder, TempDir};

/// A folder that is removed with all that is in it, by this run or, where this one is killed, by the next.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    /// Held until the end, so that other runs see that the folder is in use.
    _lock: File,
}

impl Stage {
    /// Makes a stage in `parent` for what is called `name`, and removes those that killed runs left there.
    pub fn new(parent: &Path, name: &OsStr) -> io::Result<Self> {
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".skopos-");
        sweep(parent, &prefix);
        let folder = Builder::new().prefix(&prefix).tempdir_in(parent)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Whether a name is that of a stage, left by a killed run.
pub fn is_stage(name: &OsStr, prefix: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes())
}

fn sweep(parent: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(|entry| is_stage(&entry.file_name(), prefix)) {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_free = || File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_folder && is_free() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Writes files below a folder, with the folders that they are in.
pub fn write<'a>(folder: &Path, files: impl Iterator<Item = (&'a str, &'a str)>) -> io::Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
