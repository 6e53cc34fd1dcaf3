//! Changes a folder file by file, where it cannot be exchanged as a whole.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use skopos::emit::RECORD;

use super::Changes;
use super::stage;

/// What the stage inside the folder is for.
pub const STAGE: &str = "new";

/// Writes everything to the side, then moves each file into its place, then removes what is gone.
///
/// Meanwhile the record names the files of both runs, so that an interruption leaves none without an owner.
pub fn update(folder: &Path, changes: &Changes<'_>) -> io::Result<()> {
    let stage = stage::make(folder, OsStr::new(STAGE))?;
    stage::write(stage.path(), changes.written())?;
    let both = stage.path().join(".both");
    fs::write(&both, record_of_both(folder, changes))?;
    fs::rename(both, folder.join(RECORD))?;
    for (path, _) in changes.written().filter(|(path, _)| *path != RECORD) {
        let to = folder.join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(stage.path().join(path), to)?;
    }
    for path in changes.gone() {
        fs::remove_file(folder.join(path))?;
        for parent in Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
            // Only a folder that is empty can be removed like this.
            let _ = fs::remove_dir(folder.join(parent));
        }
    }
    finish(folder, stage.path(), changes)
}

/// The record goes last: with it the change is complete.
fn finish(folder: &Path, stage: &Path, changes: &Changes<'_>) -> io::Result<()> {
    let written = stage.join(RECORD);
    if changes.written().any(|(path, _)| path == RECORD) {
        return fs::rename(written, folder.join(RECORD));
    }
    Ok(())
}

fn record_of_both(folder: &Path, changes: &Changes<'_>) -> String {
    let old = fs::read_to_string(folder.join(RECORD)).unwrap_or_default();
    let mut paths: BTreeSet<&str> = old.lines().collect();
    paths.extend(changes.written().map(|(path, _)| path).filter(|path| *path != RECORD));
    paths.into_iter().map(|path| format!("{path}\n")).collect()
}
