//! What the goldens hold, for the parts that read it without a cluster.

use std::path::PathBuf;

use serde_json::Value;

use crate::support;

/// The profiles that have a golden, which are all built-in ones.
pub fn goldens() -> Vec<String> {
    let folders = std::fs::read_dir(support::root().join("golden")).unwrap();
    let mut names: Vec<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(!names.is_empty(), "there are no goldens");
    names
}

/// The objects that a golden applies: kustomizations are for kustomize, and notes for the owners of other programs.
pub fn objects(golden: &str) -> Vec<Value> {
    named(golden, "")
}

/// The same for a folder that another run wrote.
pub fn objects_in(folder: &str) -> Vec<Value> {
    in_folder(folder, "")
}

/// Those of them whose file's name begins with `prefix`, such as `configmap-dashboard-`.
pub fn named(golden: &str, prefix: &str) -> Vec<Value> {
    in_folder(&format!("golden/{golden}"), prefix)
}

fn in_folder(folder: &str, prefix: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = support::yaml_files(folder);
    files.retain(|file| file.file_name().is_some_and(|name| name != "kustomization.yaml"));
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "notes"));
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    files.iter().map(|file| support::yaml(file)).collect()
}
