//! The goldens as an operator has them: folders of waves, and the objects in them.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use serde_json::Value;

use crate::{emitted, support};

/// The definitions of the programs that the profiles rely on and that skopos does not install. They are stand-ins: they take any
/// field, since what is proved about those objects here is only that they can be applied.
pub const PLATFORM: &str = "tests/conformance/cluster/platform.yaml";

/// The profiles that have goldens, those with the most to look at first.
pub fn profiles() -> Vec<String> {
    let mut profiles = emitted::goldens();
    profiles.sort_by_key(|profile| (profile != super::PROFILE, profile != super::upgrade::FIRST, profile.clone()));
    profiles
}

/// What was rendered for a profile.
pub struct Install {
    /// The profile's name.
    pub profile: String,
    /// The objects of each wave in the order of application; the folder, from the repository's, first.
    pub waves: Vec<(String, Vec<Value>)>,
    /// Its Secrets as `skopos secrets` makes them.
    pub secrets: Vec<Value>,
}

impl Install {
    /// The golden of a profile, with fresh Secrets.
    pub fn of(profile: &str) -> Self {
        let folder = format!("golden/{profile}");
        let mut waves: Vec<(String, Vec<Value>)> = std::fs::read_dir(support::root().join(&folder))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir() && entry.file_name() != "notes")
            .map(|entry| format!("{folder}/{}", entry.file_name().into_string().unwrap()))
            .map(|wave| (objects(&wave), wave))
            .map(|(objects, wave)| (wave, objects))
            .collect();
        waves.sort_by(|left, right| left.0.cmp(&right.0));
        Self { profile: profile.to_owned(), waves, secrets: secrets(profile) }
    }

    /// The folder that has all waves, from the repository's.
    pub fn root(&self) -> String {
        format!("golden/{}", self.profile)
    }

    /// All objects but the Secrets.
    pub fn objects(&self) -> impl Iterator<Item = &Value> {
        self.waves.iter().flat_map(|(_, objects)| objects)
    }

    /// The objects of a kind.
    pub fn kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects().filter(move |object| object["kind"] == kind)
    }

    /// One object.
    pub fn one(&self, kind: &str, name: &str) -> &Value {
        let found: Vec<&Value> = self.kind(kind).filter(|object| object["metadata"]["name"] == name).collect();
        assert_eq!(found.len(), 1, "{} has one {kind} {name}", self.profile);
        found[0]
    }

    /// One Secret's entry.
    pub fn secret(&self, name: &str, key: &str) -> Vec<u8> {
        let secret = self.secrets.iter().find(|secret| secret["metadata"]["name"] == name);
        let secret = secret.unwrap_or_else(|| panic!("there is no Secret {name}"));
        decoded(secret["data"][key].as_str().unwrap_or_else(|| panic!("Secret {name} has no {key}")))
    }
}

/// `Kind namespace/name` of an object.
pub fn id(object: &Value) -> String {
    let metadata = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {}/{}", text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

/// The bytes that a Secret's data stands for.
pub fn decoded(data: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(data).unwrap_or_else(|error| panic!("{data}: {error}"))
}

fn objects(wave: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = support::yaml_files(wave);
    files.retain(|file| file.file_name().is_some_and(|name| name != "kustomization.yaml"));
    files.iter().map(|file| support::yaml(file)).collect()
}

fn secrets(profile: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skopos"));
    let made = support::run(command.current_dir(support::root()).args(["secrets", profile]));
    let text = String::from_utf8(made.stdout).unwrap();
    // Each is read as skopos reads: the documents are its own.
    text.split("\n---\n")
        .map(|document| document.trim_start_matches("---\n"))
        .filter(|document| document.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')))
        .map(|document| serde_saphyr::from_str(document).unwrap())
        .collect()
}
