//! What upstream publishes in Go modules, which the `go` command downloads where it is not there yet.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The module of the Prometheus Operator whose definitions skopos writes.
pub const OPERATOR: &str = "github.com/prometheus-operator/prometheus-operator@v0.93.1";

/// The folder of a Go module. Tests that ask for one fail without the `go` command.
pub fn go_module(module: &str) -> PathBuf {
    let mut command = Command::new("go");
    command.args(["mod", "download", "-json", module]).current_dir(std::env::temp_dir());
    let output = command.output().expect("these tests need the `go` command");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("go answers in JSON");
    let folder = answer["Dir"].as_str().unwrap_or_else(|| panic!("go cannot download {module}: {answer}"));
    PathBuf::from(folder)
}

/// The files below a folder whose names end like this, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .flat_map(|path| if path.is_dir() { files(&path, extension) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}

/// The documents of a YAML file.
pub fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents in the YAML blocks of a Markdown file, but for blocks that are no YAML (some hold placeholders).
pub fn documents_in_markdown(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("\n```").skip(1).step_by(2);
    let yaml = blocks.filter_map(|block| block.split_once('\n')).filter(|(word, _)| word.starts_with("yaml"));
    yaml.flat_map(|(_, block)| serde_saphyr::from_multiple::<Value>(block).unwrap_or_default()).collect()
}
