//! Turns checked objects into bytes: one YAML stream, or a folder of waves with one object a file.

mod readme;
mod yaml;

use std::borrow::Cow;

use crate::object::{Checked, Manifest, Object, Wave};

pub use yaml::to_yaml;

/// The record of the files that a run wrote, so that the next run removes what is gone and nothing else.
pub const RECORD: &str = ".skopos-files";

/// Which resource definitions the output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definitions {
    /// With everything else.
    Include,
    /// None of them.
    Exclude,
    /// Nothing but them.
    Only,
}

impl Definitions {
    fn keep(self, object: &Object) -> bool {
        match self {
            Self::Include => true,
            Self::Exclude => object.wave != Wave::Crds,
            Self::Only => object.wave == Wave::Crds,
        }
    }
}

/// One file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the output folder, with `/`.
    pub path: String,
    /// Content.
    pub text: String,
}

/// All objects as one stream of YAML documents, in apply order.
#[must_use]
pub fn stream(manifest: &Manifest<Checked>, definitions: Definitions) -> String {
    parts(manifest, definitions).collect()
}

/// The same, part by part, so that no more than one document is held.
pub fn parts(manifest: &Manifest<Checked>, definitions: Definitions) -> impl Iterator<Item = Cow<'static, str>> {
    let kept = manifest.objects().iter().filter(move |object| definitions.keep(object));
    kept.flat_map(|object| {
        let body = Cow::Owned(yaml::document(&object.body));
        std::iter::once(body).chain(object.rest.map(|rest| Cow::Borrowed(rest.yaml)))
    })
}

/// All objects as files in waves, each wave a kustomization; then the notes and the record of all files. `named_secrets` are
/// those that the profile names and its owner makes, as `namespace/name`.
#[must_use]
pub fn folder(
    manifest: &Manifest<Checked>,
    notes: &[(String, String)],
    named_secrets: &[String],
    definitions: Definitions,
) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut waves: Vec<(&str, Vec<String>)> = Vec::new();
    for object in manifest.objects().iter().filter(|object| definitions.keep(object)) {
        let path = object.path();
        let folder = object.wave.folder();
        let below = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/').to_owned();
        match waves.last_mut() {
            Some((last, paths)) if *last == folder => paths.push(below),
            _ => waves.push((folder, vec![below])),
        }
        let text = to_yaml(&object.body) + object.rest.map_or("", |rest| rest.yaml);
        files.push(File { path, text });
    }
    for (folder, paths) in &waves {
        files.push(File { path: format!("{folder}/kustomization.yaml"), text: kustomization(paths) });
    }
    let folders: Vec<_> = waves.iter().map(|(folder, _)| (*folder).to_owned()).collect();
    files.push(File { path: "kustomization.yaml".into(), text: kustomization(&folders) });
    files.push(File { path: "README.md".into(), text: readme::readme(&folders, notes, named_secrets) });
    files.extend(notes.iter().map(|(name, text)| File { path: format!("notes/{name}"), text: text.clone() }));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let record: String = files.iter().map(|file| format!("{}\n", file.path)).collect();
    files.push(File { path: RECORD.into(), text: record });
    files
}

fn kustomization(resources: &[String]) -> String {
    let mut text = String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n");
    for resource in resources {
        text.push_str("  - ");
        text.push_str(resource);
        text.push('\n');
    }
    text
}
