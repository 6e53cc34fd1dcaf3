//! What a custom resource may say: the interface tables of operators that skopos writes custom resources for.
//!
//! A table under `schemas/interfaces/` holds everything that a resource's definition says but its descriptions. From
//! it come the `CustomResourceDefinition` ([`Interface::crd`]), a strict check of a custom resource
//! ([`Interface::check`]) and the defaults that a server would fill in ([`Interface::default_at`]).

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};

mod check;
mod definition;
pub mod keyword;
pub mod model;
mod pattern;
mod prepared;
mod read;
mod standard;

pub use check::Violation;
pub use read::TableError;

use crate::object::Rest;
use definition::Definitions;
use model::{Resource, Schema, Table, Version};
use prepared::Prepared;

/// What `build.rs` made of the tables under `schemas/interfaces/`.
static PREPARED: Dir<'static> = include_dir!("$OUT_DIR/interfaces");
/// The definitions of each source, which it made of the same tables.
static DEFINITIONS: Dir<'static> = include_dir!("$OUT_DIR/definitions");

/// How the names of tables begin that are of Kubernetes itself.
const KUBERNETES: &str = "kubernetes-";

/// The built-in tables, by their files' names: of Kubernetes itself, or of custom resources.
fn built_in(of_kubernetes: bool) -> Interfaces {
    let files = PREPARED.files().filter_map(|file| Some((file.path().to_str()?, file.contents())));
    let mut tables: Vec<_> = files.filter(|(name, _)| name.starts_with(KUBERNETES) == of_kubernetes).collect();
    tables.sort_unstable();
    // A test holds that all can be read; one that could not would be missing.
    Interfaces { tables: tables.into_iter().filter_map(|(_, table)| postcard::from_bytes(table).ok()).collect() }
}

/// A built-in resource definition, of which only the metadata may still change.
#[derive(Debug, PartialEq)]
pub struct Definition {
    /// All but the specification.
    pub head: Map<String, Value>,
    /// The specification.
    pub rest: Rest,
}

/// The built-in definitions of one source, such as `prometheus-operator`, in the order of their kinds; none of a source that is not
/// built in.
#[must_use]
pub fn definitions_of(source: &str) -> Vec<Definition> {
    let prepared = DEFINITIONS.get_file(source).and_then(|file| postcard::from_bytes(file.contents()).ok());
    let prepared: Vec<Prepared<'static>> = prepared.unwrap_or_default(); // a test holds that all can be read
    let definition = |it: Prepared<'static>| Definition {
        head: serde_json::from_str(it.head).unwrap_or_default(),
        rest: Rest { yaml: it.yaml, size: it.size },
    };
    prepared.into_iter().map(definition).collect()
}

/// A set of interface tables.
#[derive(Debug, Default)]
pub struct Interfaces {
    tables: Vec<Table>,
}

impl Interfaces {
    /// The built-in tables, read once.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Interfaces> = LazyLock::new(|| built_in(false));
        &BUILTIN
    }

    /// The kinds of Kubernetes itself that skopos writes, as far as a person writes them: no status, and nothing that only a
    /// server fills in.
    #[must_use]
    pub fn kubernetes() -> &'static Self {
        static KINDS: LazyLock<Interfaces> = LazyLock::new(|| built_in(true));
        &KINDS
    }

    /// Reads the texts of tables.
    ///
    /// # Errors
    /// The first line that is not understood.
    pub fn read(texts: &[&str]) -> Result<Self, TableError> {
        let tables = texts.iter().map(|text| read::table(text)).collect::<Result<_, _>>()?;
        Ok(Self { tables })
    }

    /// The tables themselves.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter()
    }

    /// The interface of `kind` in `api_version`, such as `monitoring.coreos.com/v1` and `ServiceMonitor`.
    #[must_use]
    pub fn get(&self, api_version: &str, kind: &str) -> Option<Interface<'_>> {
        let (group, name) = api_version.split_once('/').unwrap_or(("core", api_version));
        self.tables.iter().find_map(|table| {
            let resource = table.resources.iter().find(|it| it.names.kind == kind && it.group == group)?;
            let version = resource.versions.iter().find(|it| it.name == name && it.served)?;
            Some(Interface { table, resource, version })
        })
    }

    /// The custom resource definitions of one source, such as `prometheus-operator`, in the order of their kinds. Compilation takes those
    /// of the built-in tables from [`definitions_of`].
    pub fn crds_of(&self, source: &str) -> impl Iterator<Item = Value> {
        let tables = self.tables.iter().filter(move |table| table.source == source);
        tables.flat_map(|table| {
            let mut definitions = Definitions::new(table);
            table.resources.iter().map(move |resource| definitions.of(resource))
        })
    }
}

/// One version of one custom resource.
#[derive(Debug, Clone, Copy)]
pub struct Interface<'t> {
    table: &'t Table,
    resource: &'t Resource,
    version: &'t Version,
}

impl<'t> Interface<'t> {
    /// The whole resource, with its names, scope and all its versions.
    #[must_use]
    pub fn resource(&self) -> &'t Resource {
        self.resource
    }

    /// `group/version`.
    #[must_use]
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.resource.group, self.version.name)
    }

    /// The complete `apiextensions.k8s.io/v1` definition of the resource, with all its versions and no descriptions.
    #[must_use]
    pub fn crd(&self) -> Value {
        Definitions::new(self.table).of(self.resource)
    }

    /// What is wrong with `object`, strictly: an unknown field counts. Rules in CEL are carried into the definition, where
    /// a server evaluates them, but are not evaluated here.
    #[must_use]
    pub fn check(&self, object: &Value) -> Vec<Violation> {
        check::check(self.table, self.resource, self.version, object)
    }

    /// The same of the fields of an object.
    #[must_use]
    pub fn check_fields(&self, fields: &serde_json::Map<String, Value>) -> Vec<Violation> {
        check::check_fields(self.table, self.resource, self.version, fields)
    }

    /// What is wrong with a value of the field at a JSON pointer, with pointers from that value on. Nothing where there is no
    /// such field.
    #[must_use]
    pub fn check_field(&self, pointer: &str, value: &Value) -> Vec<Violation> {
        self.schema_at(pointer).map(|schema| check::check_value(self.table, schema, value)).unwrap_or_default()
    }

    /// The schema of the field at a JSON pointer; a number stands for any item of a list, and any key for one of a map.
    #[must_use]
    pub fn schema_at(&self, pointer: &str) -> Option<&'t Schema> {
        let path = pointer.strip_prefix('/').map(|path| path.split('/')).into_iter().flatten();
        let root = self.table.resolve(&self.version.schema);
        path.map(|token| token.replace("~1", "/").replace("~0", "~"))
            .try_fold(root, |schema, token| Some(self.table.resolve(schema.child(&token)?)))
    }

    /// What a server fills in where the field at a JSON pointer is left out.
    #[must_use]
    pub fn default_at(&self, pointer: &str) -> Option<&'t Value> {
        self.schema_at(pointer)?.attribute(keyword::Keyword::Default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_that_were_prepared_are_those_of_the_tables() {
        let sources: Vec<_> = Interfaces::builtin().tables().map(|table| &*table.source).collect();
        assert_eq!(sources, ["cert-manager", "istio", "prometheus-operator"]);
        for source in sources {
            let prepared = definitions_of(source);
            assert!(!prepared.is_empty(), "{source}");
            let made: Vec<_> = Interfaces::builtin().crds_of(source).collect();
            assert_eq!(prepared.len(), made.len());
            for (prepared, made) in prepared.into_iter().zip(made) {
                let mut head = crate::object::map(made.clone());
                let spec = Map::from_iter([("spec".to_owned(), head.shift_remove("spec").unwrap())]);
                assert_eq!(prepared.head, head);
                assert_eq!(prepared.rest.yaml, crate::emit::to_yaml(&spec));
                let whole = Value::Object(prepared.head).to_string().len() + prepared.rest.size;
                assert_eq!(whole, made.to_string().len());
            }
        }
        assert!(definitions_of("unknown").is_empty());
    }
}
