//! The catalog: all components with their templates, read from folders that follow the component contract, parsed once.

pub mod board;
pub mod component;
pub mod expression;
mod filter;
pub mod metric;
mod payload;
pub mod query;
pub mod rule_file;
pub mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::source::Source;
use crate::spanned;
use board::Board;
use component::{Component, ConditionalFile, Scope};
use metric::Families;
use payload::Payloads;
use rule_file::RuleFile;
use template::Template;

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// What `build.rs` made of the declarations, metrics, rules and dashboards among them.
static PREPARED: Dir<'static> = include_dir!("$OUT_DIR/templates");

/// Where a catalog's files come from, so that built-in components and extensions are read by the same code.
pub trait Files {
    /// The text of a file below the catalog's root.
    fn read(&self, path: &str) -> Option<&str>;
    /// What was made of a file before, because it reads faster: of an object template the [`spanned::Node`], of metrics the
    /// [`Families`], of rules a [`RuleFile`] and of a dashboard a [`Board`], all as postcard; of other YAML the same data as JSON.
    fn prepared(&self, _path: &str) -> Option<&[u8]> {
        None
    }
    /// The names of the folders at the root that hold a component, in order.
    fn folders(&self) -> Vec<String>;
}

/// The built-in files by path: a folder that is embedded finds a file by looking at each.
struct Embedded {
    files: BTreeMap<&'static str, &'static [u8]>,
    prepared: BTreeMap<&'static str, &'static [u8]>,
}

impl Embedded {
    fn new() -> Self {
        Self { files: by_path(&BUILT_IN), prepared: by_path(&PREPARED) }
    }
}

fn by_path(dir: &'static Dir<'static>) -> BTreeMap<&'static str, &'static [u8]> {
    let own = dir.files().filter_map(|file| Some((file.path().to_str()?, file.contents())));
    own.chain(dir.dirs().flat_map(by_path)).collect()
}

impl Files for Embedded {
    fn read(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    fn prepared(&self, path: &str) -> Option<&[u8]> {
        self.prepared.get(path).copied()
    }

    fn folders(&self) -> Vec<String> {
        let folders = self.files.keys().filter_map(|path| path.strip_suffix("/component.yaml"));
        let mut names: Vec<_> = folders.map(str::to_owned).collect();
        names.sort_unstable(); // paths sort `a-b/` before `a/`
        names
    }
}

/// An image that components run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Registry and path, without a tag.
    pub repository: String,
    /// SPDX identifier of what is in it.
    pub license: String,
    /// Tag by version name; the first is the default.
    pub versions: IndexMap<String, String>,
}

/// A component with the files of its folder.
#[derive(Debug)]
pub struct Entry {
    /// Its declaration.
    pub component: Component,
    /// The shared name of its folder.
    pub name: Arc<str>,
    /// JSON Schema of its parameters: an object schema.
    pub parameters: Value,
    templates: BTreeMap<String, Template>,
    texts: BTreeMap<String, String>,
    metrics: BTreeMap<String, Families>,
    rules: BTreeMap<String, RuleFile>,
    dashboards: BTreeMap<String, Board>,
}

impl Entry {
    /// Whether a profile may name it under `backends`.
    #[must_use]
    pub fn is_backend(&self) -> bool {
        self.component.scope != Scope::Platform && self.component.guard.is_none()
    }

    /// An object template of its folder.
    #[must_use]
    pub fn template(&self, file: &str) -> Option<&Template> {
        self.templates.get(file)
    }

    /// The text of a file of its folder that `skopos secrets` renders.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// The metric families that one of its files declares.
    #[must_use]
    pub fn metrics(&self, file: &str) -> Option<&Families> {
        self.metrics.get(file)
    }

    /// One of its rule files.
    #[must_use]
    pub fn rules(&self, file: &str) -> Option<&RuleFile> {
        self.rules.get(file)
    }

    /// One of its dashboards.
    #[must_use]
    pub fn dashboard(&self, file: &str) -> Option<&Board> {
        self.dashboards.get(file)
    }
}

/// All components and images.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    images: IndexMap<String, Image>,
    payloads: Payloads,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogFile {
    images: IndexMap<String, Image>,
}

impl Catalog {
    /// The components that come with skopos.
    ///
    /// # Errors
    /// Faults of the built-in files, which tests exclude.
    pub fn built_in() -> Result<Self, Diagnostics> {
        Self::load(&Embedded::new())
    }

    /// Reads a catalog.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn load(files: &dyn Files) -> Result<Self, Diagnostics> {
        let mut loader = Loader { files, faults: Diagnostics::default(), payloads: Payloads::default() };
        let images = loader.yaml::<CatalogFile>("catalog.yaml").map(|file| file.images).unwrap_or_default();
        let entries: Vec<_> = files.folders().iter().filter_map(|folder| loader.entry(folder)).collect();
        if loader.faults.has_errors() {
            return Err(loader.faults);
        }
        Ok(Self { entries, images, payloads: loader.payloads })
    }

    /// The components, by name.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An image by its key.
    #[must_use]
    pub fn image(&self, key: &str) -> Option<&Image> {
        self.images.get(key)
    }

    /// All images by key.
    #[must_use]
    pub fn images(&self) -> &IndexMap<String, Image> {
        &self.images
    }

    /// Renders a payload template of a component.
    ///
    /// # Errors
    /// The fault with the file and line of the template.
    pub fn render(&self, entry: &Entry, file: &str, context: &minijinja::Value) -> Result<String, Diagnostic> {
        self.payloads
            .render(&format!("{}/{file}", entry.name), context)
            .map_err(|reason| Diagnostic::error(code::TEMPLATE_FAILED, reason))
    }
}

/// A catalog's own files are no threat, so nothing is counted; comments are for people.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! { budget: None, emit_comments: false }
}

struct Loader<'a> {
    files: &'a dyn Files,
    faults: Diagnostics,
    payloads: Payloads,
}

impl Loader<'_> {
    fn fault(&mut self, path: &str, reason: impl std::fmt::Display) {
        self.faults.push(Diagnostic::error(code::BAD_COMPONENT, format!("{path}: {reason}")));
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let text = self.files.read(path).map(str::to_owned);
        if text.is_none() {
            self.fault(path, "no such file");
        }
        text
    }

    fn yaml<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        let from_json = |json: &[u8]| serde_json::from_slice(json).map_err(|error| error.to_string());
        self.read(path, from_json, from_yaml)
    }

    /// A file as it was prepared, or else read now.
    fn read<T>(
        &mut self,
        path: &str,
        from_prepared: impl Fn(&[u8]) -> Result<T, String>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = match self.files.prepared(path) {
            Some(prepared) => from_prepared(prepared),
            None => read(&self.text(path)?),
        };
        value.map_err(|reason| self.fault(path, reason)).ok()
    }

    fn entry(&mut self, folder: &str) -> Option<Entry> {
        let component: Component = self.yaml(&format!("{folder}/component.yaml"))?;
        if component.name != folder {
            self.fault(folder, format!("the component is called {}, unlike its folder", component.name));
        }
        let mut entry = Entry {
            name: component.name.as_str().into(),
            parameters: self.parameters(folder),
            templates: BTreeMap::new(),
            texts: BTreeMap::new(),
            metrics: BTreeMap::new(),
            rules: BTreeMap::new(),
            dashboards: BTreeMap::new(),
            component,
        };
        self.templates(&mut entry);
        self.payloads(&mut entry);
        self.texts(&mut entry);
        self.content(&mut entry);
        Some(entry)
    }

    fn parameters(&mut self, folder: &str) -> Value {
        let path = format!("{folder}/parameters.schema.json");
        let Some(text) = self.files.read(&path) else {
            return serde_json::json!({ "type": "object", "properties": {}, "additionalProperties": false });
        };
        serde_json::from_str(text).unwrap_or_else(|error| {
            self.fault(&path, error);
            Value::Object(Map::new())
        })
    }

    fn templates(&mut self, entry: &mut Entry) {
        let component = &entry.component;
        let of_workloads = component.workloads.iter().flat_map(|workload| {
            let monitors = workload.endpoints.iter().filter_map(|endpoint| endpoint.metrics.as_ref());
            let monitors = monitors.flat_map(|metrics| metrics.monitors.iter().map(|monitor| &monitor.template));
            workload.template.iter().chain(workload.fragments.iter().map(|part| &part.file)).chain(monitors)
        });
        let of_component = component.objects.iter().map(|object| &object.template);
        let of_guard = component.guard.iter().map(|guard| &guard.container);
        for file in of_workloads.chain(of_component).chain(of_guard) {
            let path = format!("{}/{file}", entry.name);
            let Some(text) = self.files.read(&path) else {
                self.faults.push(Diagnostic::error(code::BAD_COMPONENT, format!("{path}: no such file")));
                continue;
            };
            let prepared = self.files.prepared(&path).and_then(|tree| postcard::from_bytes(tree).ok());
            let source = Source::new(path, text);
            let tree = prepared.map_or_else(|| spanned::parse(&source), Ok);
            match tree.and_then(|tree| Template::parse(source, tree)) {
                Ok(template) => {
                    entry.templates.insert(file.clone(), template);
                }
                Err(faults) => self.faults.extend(faults),
            }
        }
    }

    fn payloads(&mut self, entry: &mut Entry) {
        let component = &entry.component;
        let config = component.workloads.iter().flat_map(|workload| &workload.config).flat_map(|c| c.files.values());
        let notes = component.notes.iter().map(|note| &note.file);
        let guard = component.guard.iter().map(|guard| &guard.config);
        let files: Vec<_> = config.chain(notes).chain(guard).cloned().collect();
        for file in files {
            let path = format!("{}/{file}", entry.name);
            if let Some(text) = self.text(&path)
                && let Err(reason) = self.payloads.add(&path, &text)
            {
                self.faults.push(Diagnostic::error(code::BAD_TEMPLATE, reason));
            }
        }
    }

    fn texts(&mut self, entry: &mut Entry) {
        let secrets = entry.component.workloads.iter().flat_map(|workload| &workload.secrets);
        for file in secrets.flat_map(|secret| secret.files.values()) {
            if let Some(text) = self.text(&format!("{}/{file}", entry.name)) {
                entry.texts.insert(file.clone(), text);
            }
        }
    }

    fn content(&mut self, entry: &mut Entry) {
        let Entry { component, name, metrics, rules, dashboards, .. } = entry;
        for ConditionalFile { file, .. } in &component.produces {
            let families = self.read(&format!("{name}/{file}"), from_postcard, from_yaml);
            metrics.extend(families.map(|families| (file.clone(), families)));
        }
        for ConditionalFile { file, .. } in &component.content.rules {
            let read = |text: &str| from_yaml(text).and_then(RuleFile::read);
            let content = self.read(&format!("{name}/{file}"), from_postcard, read);
            rules.extend(content.map(|content| (file.clone(), content)));
        }
        for ConditionalFile { file, .. } in &component.content.dashboards {
            let board = self.read(&format!("{name}/{file}"), from_postcard, Board::read);
            dashboards.extend(board.map(|board| (file.clone(), board)));
        }
    }
}

fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|error| error.to_string())
}

fn from_postcard<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The built-in folders as an extension's would be read.
    struct Unprepared(Embedded);

    impl Files for Unprepared {
        fn read(&self, path: &str) -> Option<&str> {
            self.0.read(path)
        }

        fn folders(&self) -> Vec<String> {
            self.0.folders()
        }
    }

    #[test]
    fn what_was_prepared_is_what_the_folders_say() {
        let all = |catalog: Catalog| format!("{:#?}{:#?}", catalog.entries, catalog.images);
        let prepared = all(Catalog::built_in().unwrap());
        let read = all(Catalog::load(&Unprepared(Embedded::new())).unwrap());
        let differs = prepared.lines().zip(read.lines()).find(|(prepared, read)| prepared != read);
        assert_eq!(differs, None);
        assert_eq!(prepared.len(), read.len());
    }
}
