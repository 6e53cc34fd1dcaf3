//! Writes an interface table from custom resource definitions. `schemas/interfaces/update` calls it.
//!
//! `interface SOURCE VERSION MODULE KINDS FILE…` prints the table of the KINDS (a list with commas, or `all`) that the
//! FILEs define. Anything in a definition that a table has no word for is an error.
//!
//! `interface kubernetes FILE` prints the table of the kinds of Kubernetes itself that skopos writes, from the types of
//! k8s-openapi and the additions in FILE.

#![allow(clippy::disallowed_methods, reason = "a developer's tool reads files and arguments")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::error::Error;
use std::process::ExitCode;

use serde_json::Value;
use skopos::interface::Interfaces;
use skopos::interface::model::Table;

mod builtin;
mod extract;
mod shapes;
mod write;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [kubernetes, additions] if kubernetes == "kubernetes" => builtin(additions),
        [source, version, module, kinds, files @ ..] if !files.is_empty() => {
            table(source, version, module, kinds, files)
        }
        _ => Err("usage: interface SOURCE VERSION MODULE KINDS FILE…".into()),
    };
    match result {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("interface: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The text of the table, proved to be read back as what was written.
fn table(source: &str, version: &str, module: &str, kinds: &str, files: &[String]) -> Result<String, Box<dyn Error>> {
    let wanted: Option<Vec<&str>> = (kinds != "all").then(|| kinds.split(',').collect());
    let mut resources = Vec::new();
    for file in files {
        for definition in documents(file)? {
            let kind = definition.pointer("/spec/names/kind").and_then(Value::as_str).unwrap_or_default();
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(&kind)) {
                resources.push(extract::resource(definition).map_err(|error| format!("{file}: {error}"))?);
            }
        }
    }
    if resources.len() < wanted.map_or(1, |wanted| wanted.len()) {
        return Err(format!("the files define only {} of the kinds", resources.len()).into());
    }
    resources.sort_by(|a, b| a.names.kind.cmp(&b.names.kind));
    let table = shapes::share(Table {
        source: source.to_owned(),
        version: version.to_owned(),
        module: module.to_owned(),
        resources,
        ..Table::default()
    });
    proved(&table)
}

/// The table of the kinds of Kubernetes itself.
fn builtin(additions: &str) -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(additions).map_err(|error| format!("{additions}: {error}"))?;
    proved(&builtin::table(&text)?)
}

/// The text of a table that is read back as it was written.
fn proved(table: &Table) -> Result<String, Box<dyn Error>> {
    let text = write::table(table);
    let read = Interfaces::read(&[&text])?;
    if read.tables().next() != Some(table) {
        return Err("the table would not be read back as it was written".into());
    }
    Ok(text)
}

/// The custom resource definitions in a file of YAML documents.
fn documents(file: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|error| format!("{file}: {error}"))?;
    Ok(documents.into_iter().filter(|it| it.get("kind") == Some(&"CustomResourceDefinition".into())).collect())
}
