//! The record of the files that a run wrote. It decides what the next run removes, so nothing in it is taken on trust.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use skopos::diagnostic::{Diagnostic, code};
use skopos::emit::RECORD;

use crate::cli::input::cannot_read;

/// The most bytes that a record has: some ten thousand paths.
const MOST_BYTES: u64 = 1 << 20;

/// The paths that the last run wrote; none where there is no record.
///
/// # Errors
/// That the folder is no folder, or that the record cannot be read or is none.
pub fn read(folder: &Path) -> Result<BTreeSet<String>, Diagnostic> {
    let path = folder.join(RECORD);
    let shown = path.display().to_string();
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Diagnostic::error(code::IN_THE_WAY, format!("{} is no folder", folder.display())));
        }
        Err(error) => return Err(cannot_read(&shown, &error)),
    };
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Err(wrong(&shown, "it is not the record of files that skopos writes"));
    }
    let bytes = fs::read(&path).map_err(|error| cannot_read(&shown, &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(&shown, "it is not UTF-8"))?;
    for (number, line) in text.lines().enumerate() {
        check(line).map_err(|reason| wrong(&shown, &format!("line {}: {reason}", number + 1)))?;
    }
    Ok(text.lines().map(str::to_owned).collect())
}

/// Whether a text is the path of a file below an output folder.
pub fn check(path: &str) -> Result<(), &'static str> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return Err("a path holds characters that no output has");
    }
    let parts = Path::new(path).components();
    let stays = path.split('/').all(is_plain) && parts.into_iter().all(|part| matches!(part, Component::Normal(_)));
    if stays { Ok(()) } else { Err("a path leads out of the folder") }
}

fn wrong(shown: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_RECORD, format!("{shown} cannot be trusted: {reason}"))
        .help("restore it, or remove it: files of earlier runs that are not needed any more then stay")
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_paths_that_stay_inside_are_recorded() {
        for path in ["README.md", "20-access/monitoring/grafana/role-grafana.yaml", "notes/..md"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in
            ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "a/./b", "C:\\x", "a\tb", "a\u{0}"]
        {
            assert!(check(path).is_err(), "{path:?}");
        }
    }
}
