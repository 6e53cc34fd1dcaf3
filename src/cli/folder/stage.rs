//! A folder to the side, in which a run prepares what it is going to put in place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::{Builder, TempDir};

/// The right to change the folders of one parent folder: one run has it at a time, and the others wait.
#[derive(Debug)]
pub struct Turn(Option<File>);

impl Turn {
    /// Waits for it. Where the system has no such locks, nobody waits, and nothing that may be another run's is removed.
    pub fn wait(parent: &Path) -> Self {
        Self(File::open(parent).and_then(|file| file.lock().map(|()| file)).ok())
    }

    /// Removes the stages in `parent` for what is called `name` that killed runs left: whoever has the turn has no rival.
    pub fn sweep(&self, parent: &Path, name: &OsStr) {
        if self.0.is_some() {
            sweep(parent, &prefix(name));
        }
    }
}

/// Makes a stage in `parent` for what is called `name`. It goes with all that is in it when it is dropped.
pub fn make(parent: &Path, name: &OsStr) -> io::Result<TempDir> {
    Builder::new().prefix(&prefix(name)).tempdir_in(parent)
}

fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".skopos-");
    prefix
}

fn sweep(parent: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let is_stage = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
    for entry in entries.flatten().filter(|entry| is_stage(&entry.file_name())) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
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
