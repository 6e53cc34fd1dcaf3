//! Reads the built-in declarations, metrics, rules and dashboards once, so that skopos does not read them at each run: what is
//! in `templates` as YAML, or holds PromQL, comes out as the bytes of the types that the catalog takes.
//!
//! It also tells cargo which folders the binary holds: a file that is added there is a change, too.

#![allow(clippy::disallowed_methods, reason = "a build script reads and writes files")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[path = "src/catalog/board.rs"]
#[allow(dead_code, reason = "the catalog uses the rest")]
mod board;
#[path = "src/catalog/metric.rs"]
mod metric;
#[path = "src/catalog/query.rs"]
#[allow(dead_code, reason = "the catalog uses the rest")]
mod query;
#[path = "src/catalog/rule_file.rs"]
mod rule_file;

use board::Board;
use metric::Families;
use rule_file::RuleFile;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=schemas/interfaces");
    for module in ["board", "metric", "query", "rule_file"] {
        println!("cargo::rerun-if-changed=src/catalog/{module}.rs");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("templates");
    if out.exists() {
        fs::remove_dir_all(&out)?; // a file that is gone from `templates` must go here, too
    }
    fs::create_dir_all(&out)?;
    copy(&out, Path::new("templates/catalog.yaml"))?;
    for folder in fs::read_dir("templates")? {
        let folder = folder?.path();
        if folder.is_dir() {
            component(&out, &folder)?;
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
    for metrics in files(&component, "/produces") {
        let path = folder.join(metrics);
        compact(out, &path, &yaml::<Families>(&path)?)?;
    }
    for rules in files(&component, "/content/rules") {
        let path = folder.join(rules);
        compact(out, &path, &RuleFile::read(yaml(&path)?).map_err(|reason| at(&path, &reason))?)?;
    }
    for dashboard in files(&component, "/content/dashboards") {
        let path = folder.join(dashboard);
        compact(out, &path, &Board::read(&fs::read_to_string(&path)?).map_err(|reason| at(&path, &reason))?)?;
    }
    Ok(())
}

/// The names of the files in a list of a declaration, each a text or an object with a condition.
fn files<'d>(component: &'d Value, list: &str) -> impl Iterator<Item = &'d str> {
    let items = component.pointer(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().or_else(|| item.get("file")?.as_str()))
}

/// YAML as JSON.
fn copy(out: &Path, path: &Path) -> Result<Value, Box<dyn Error>> {
    let value: Value = yaml(path)?;
    write(out, path, value.to_string().as_bytes())?;
    Ok(value)
}

fn compact(out: &Path, path: &Path, value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    write(out, path, &postcard::to_allocvec(value)?)
}

fn yaml<T: DeserializeOwned>(path: &Path) -> Result<T, Box<dyn Error>> {
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
