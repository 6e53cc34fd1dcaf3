//! What the tests that drive other programs share: where the programs are, and which files there are to read.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub mod strings;
pub mod upstream;

/// The repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One of the pinned programs, to be run in the repository's folder. A test that needs one fails without it.
pub fn tool(name: &str) -> Command {
    let tools = std::env::var_os("SKOPOS_TOOLS").map_or_else(|| PathBuf::from(".tools"), PathBuf::from);
    let program = root().join(tools).join("bin").join(name);
    assert!(program.exists(), "{} is missing: `make tools` builds it", program.display());
    let mut command = Command::new(program);
    // Whatever cluster the person's own kubectl speaks to is none of the tests' business.
    command.current_dir(root()).env("KUBECONFIG", "/dev/null");
    command
}

/// Runs a program that must succeed, and shows all that it said where it does not.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// The `.yaml` files at any depth below a folder, as sorted paths from the repository's folder where it lies in that. No folder, no files.
pub fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path.strip_prefix(root()).unwrap_or(&path).to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The text of a file, by its path from the repository's folder.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One YAML document, as skopos reads it.
pub fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
