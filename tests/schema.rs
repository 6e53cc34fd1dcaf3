//! `schemas/profile.schema.json` is what `skopos schema` prints: editors check by what the compiler checks by.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the program and reads files")]
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use skopos::catalog::Catalog;
use skopos::interface::Interfaces;

#[test]
fn the_schema_that_is_kept_is_the_one_that_is_printed() {
    let run = Command::new(env!("CARGO_BIN_EXE_skopos")).arg("schema").output().expect("skopos runs");
    let printed = String::from_utf8(run.stdout).expect("the schema is text");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/profile.schema.json");
    if std::env::var_os("SKOPOS_BLESS").is_some() {
        std::fs::write(&path, &printed).expect("the schema is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, printed, "schemas/profile.schema.json is stale: run `make bless`");
}

/// A misspelt kind or field would check nothing.
#[test]
fn every_part_of_a_resource_that_a_parameter_names_exists() {
    fn named<'s>(schema: &'s Value, found: &mut Vec<&'s Value>) {
        match schema {
            Value::Object(words) => {
                found.extend(words.get("x-skopos-resource"));
                words.values().for_each(|word| named(word, found));
            }
            Value::Array(items) => items.iter().for_each(|item| named(item, found)),
            _ => {}
        }
    }
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let mut found = Vec::new();
    catalog.entries().iter().for_each(|entry| named(&entry.parameters, &mut found));
    assert!(!found.is_empty());
    for field in found {
        let text = |key: &str| field[key].as_str().expect("a text");
        let interface = Interfaces::builtin().get(text("apiVersion"), text("kind")).expect("a known resource");
        assert!(interface.schema_at(text("field")).is_some(), "{field}");
    }
}
