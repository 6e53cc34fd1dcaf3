//! `render --check`: how a folder would change, as a unified diff that `patch -p1` can apply inside the folder.

use std::path::Path;

use similar::TextDiff;

use super::folder::{Change, Changes};

/// The diff of every file that would change, in the order of their paths.
pub fn diff(changes: &Changes<'_>) -> String {
    changes.iter().map(of_file).collect()
}

/// What would change, a line a file.
pub fn summary(folder: &Path, changes: &Changes<'_>) -> String {
    let line = |change: &Change<'_>| format!("{} {}\n", word(change), folder.join(&*change.path).display());
    changes.iter().map(line).collect()
}

fn word(change: &Change<'_>) -> &'static str {
    match (&change.before, change.after) {
        (None, _) => "missing",
        (Some(_), None) => "extra  ",
        (Some(_), Some(_)) => "changed",
    }
}

fn of_file(change: &Change<'_>) -> String {
    let path = &change.path;
    let Ok(before) = std::str::from_utf8(change.before.as_deref().unwrap_or_default()) else {
        return format!("Binary files a/{path} and b/{path} differ\n");
    };
    let side =
        |is_there: bool, letter: char| if is_there { format!("{letter}/{path}") } else { "/dev/null".to_owned() };
    let from = side(change.before.is_some(), 'a');
    let to = side(change.after.is_some(), 'b');
    TextDiff::from_lines(before, change.after.unwrap_or_default()).unified_diff().header(&from, &to).to_string()
}
