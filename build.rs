//! Reads the built-in declarations, object templates, metrics, rules, dashboards and interface tables once, so that skopos does not read them at each
//! run: what is in `templates` as YAML, or holds PromQL, comes out as the bytes of the types that the catalog takes, and the tables
//! likewise.
//!
//! It also tells cargo which folders the binary holds: a file that is added there is a change, too.

#![allow(clippy::disallowed_methods, reason = "a build script reads and writes files")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[path = "src/as_text.rs"]
mod as_text;
#[path = "src/catalog/board.rs"]
#[allow(dead_code, reason = "the catalog uses the rest")]
mod board;
#[path = "src/interface/definition.rs"]
mod definition;
#[path = "src/diagnostic.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod diagnostic;
#[path = "src/interface/keyword.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod keyword;
#[path = "src/catalog/metric.rs"]
mod metric;
#[path = "src/interface/model.rs"]
#[allow(dead_code, clippy::struct_field_names, reason = "the library uses the rest, under other names")]
mod model;
#[path = "src/pointer.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod pointer;
#[path = "src/interface/prepared.rs"]
mod prepared;
#[path = "src/catalog/query.rs"]
#[allow(dead_code, reason = "the catalog uses the rest")]
mod query;
#[path = "src/interface/read.rs"]
mod read;
#[path = "src/catalog/rule_file.rs"]
mod rule_file;
#[path = "src/source.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod source;
#[path = "src/spanned.rs"]
#[allow(dead_code, unused_imports, reason = "the library uses the rest")]
mod spanned;
#[path = "src/emit/yaml.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod yaml;

use board::Board;
use definition::Definitions;
use metric::Families;
use model::Table;
use prepared::Prepared;
use rule_file::RuleFile;
use source::Source;

/// The files and folders of the library's modules above.
const MODULES: [&str; 17] = [
    "as_text.rs",
    "catalog/board.rs",
    "catalog/metric.rs",
    "catalog/query.rs",
    "catalog/rule_file.rs",
    "diagnostic",
    "diagnostic.rs",
    "emit/yaml.rs",
    "interface/definition.rs",
    "interface/keyword.rs",
    "interface/model.rs",
    "interface/prepared.rs",
    "interface/read.rs",
    "pointer.rs",
    "source.rs",
    "spanned",
    "spanned.rs",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=schemas/interfaces");
    for module in MODULES {
        println!("cargo::rerun-if-changed=src/{module}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    templates(&empty(out.join("templates"))?)?;
    interfaces(&empty(out.join("interfaces"))?, &empty(out.join("definitions"))?)
}

/// A folder without what an earlier run wrote: a file that is gone from its source must go here, too.
fn empty(folder: PathBuf) -> Result<PathBuf, Box<dyn Error>> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Prepares the interface tables, and the definitions that those of custom resources give.
fn interfaces(out: &Path, definitions: &Path) -> Result<(), Box<dyn Error>> {
    // What is Kubernetes' own and its crate does not say is read by the tool that makes the table.
    const ADDITIONS: &str = "kubernetes-additions.txt";
    for file in fs::read_dir("schemas/interfaces")? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "txt") && name != ADDITIONS {
            let table = read::table(&fs::read_to_string(&path)?).map_err(|reason| at(&path, &reason))?;
            fs::write(out.join(name), postcard::to_allocvec(&table)?)?;
            if table.source != "kubernetes" {
                fs::write(definitions.join(&table.source), prepared(&table)?)?;
            }
        }
    }
    Ok(())
}

/// The definitions of a table, written.
fn prepared(table: &Table) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut definitions = Definitions::new(table);
    let mut parts = Vec::new();
    for resource in &table.resources {
        let Value::Object(mut head) = definitions.of(resource) else { continue };
        let spec: Map<_, _> =
            [("spec".to_owned(), head.shift_remove("spec").unwrap_or_default())].into_iter().collect();
        let yaml = yaml::to_yaml(&spec);
        // Without the braces around it, and with a comma before it.
        let size = Value::Object(spec).to_string().len() - 1;
        parts.push((Value::Object(head).to_string(), yaml, size));
    }
    let prepared = parts.iter().map(|(head, yaml, size)| Prepared { head, yaml, size: *size });
    Ok(postcard::to_allocvec(&prepared.collect::<Vec<_>>())?)
}

/// Prepares the components.
fn templates(out: &Path) -> Result<(), Box<dyn Error>> {
    copy(out, Path::new("templates/catalog.yaml"))?;
    for folder in fs::read_dir("templates")? {
        let folder = folder?.path();
        if folder.is_dir() {
            component(out, &folder)?;
        }
    }
    Ok(())
}

/// Prepares one component's folder.
fn component(out: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let declaration = folder.join("component.yaml");
    if !declaration.exists() {
        return Ok(());
    }
    let component = copy(out, &declaration)?;
    for template in object_templates(&component) {
        let path = folder.join(template);
        let source = Source::new(path.to_string_lossy(), fs::read_to_string(&path)?);
        let tree = spanned::parse(&source).map_err(|faults| at(&path, &format!("{faults:?}")))?;
        compact(out, &path, &tree)?;
    }
    for metrics in files(&component, "/produces") {
        let path = folder.join(metrics);
        compact(out, &path, &from_yaml::<Families>(&path)?)?;
    }
    for rules in files(&component, "/content/rules") {
        let path = folder.join(rules);
        compact(out, &path, &RuleFile::read(from_yaml(&path)?).map_err(|reason| at(&path, &reason))?)?;
    }
    for dashboard in files(&component, "/content/dashboards") {
        let path = folder.join(dashboard);
        compact(out, &path, &Board::read(&fs::read_to_string(&path)?).map_err(|reason| at(&path, &reason))?)?;
    }
    Ok(())
}

/// The names of the object templates that a declaration names anywhere.
fn object_templates(declared: &Value) -> Vec<&str> {
    let below = |value| object_templates(value);
    match declared {
        Value::Array(items) => items.iter().flat_map(below).collect(),
        Value::Object(fields) => {
            let named = fields.iter().filter_map(|(key, value)| match &**key {
                "template" | "container" => value.as_str(),
                _ => None,
            });
            named.chain(files(declared, "/fragments")).chain(fields.values().flat_map(below)).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of the files in a list of a declaration, each a text or an object with a condition.
fn files<'d>(component: &'d Value, list: &str) -> impl Iterator<Item = &'d str> {
    let items = component.pointer(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().or_else(|| item.get("file")?.as_str()))
}

/// YAML as JSON.
fn copy(out: &Path, path: &Path) -> Result<Value, Box<dyn Error>> {
    let value: Value = from_yaml(path)?;
    write(out, path, value.to_string().as_bytes())?;
    Ok(value)
}

fn compact(out: &Path, path: &Path, value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    write(out, path, &postcard::to_allocvec(value)?)
}

fn from_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let options = serde_saphyr::options! { budget: None };
    Ok(serde_saphyr::from_str_with_options(&text, options).map_err(|error| at(path, &error))?)
}

fn at(path: &Path, reason: &dyn std::fmt::Display) -> String {
    format!("{}: {reason}", path.display())
}

/// Writes a file at its place below `templates`, in the folder of what is made.
fn write(out: &Path, path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let place = out.join(path.strip_prefix("templates")?);
    fs::create_dir_all(place.parent().ok_or("a file has a folder")?)?;
    Ok(fs::write(place, bytes)?)
}
