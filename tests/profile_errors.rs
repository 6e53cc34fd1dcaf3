//! Each file in `tests/profile_errors/` is a profile with a mistake, and beside it the report that a person gets.
//! `SKOPOS_BLESS=1 cargo test --test profile_errors` writes the reports anew.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads its cases and stops at what is wrong")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use skopos::diagnostic::code;
use skopos::profile::{self, ComponentVocabulary, Invalid, Least, Milestone, Replicas, Vocabulary};
use skopos::report::{self, Style};
use skopos::source::Source;

/// Two components that stand for all: one keeps data, the other has parameters.
fn vocabulary() -> Vocabulary {
    let component = |name: &str, summary: &str| ComponentVocabulary {
        name: name.to_owned(),
        summary: summary.to_owned(),
        since: Milestone::M3,
        optional: true,
        stores: false,
        replicas: Replicas::Any,
        least: Least::default(),
        retention_step: None,
        versions: vec!["1.2.3".to_owned(), "1.1.0".to_owned()],
        parameters: json!({ "type": "object", "properties": {} }),
    };
    let parameters = json!({
        "type": "object",
        "$defs": { "name": { "type": "string", "pattern": "^[a-z]+$", "patternErrorMessage": "it must be lower-case letters" } },
        "properties": {
            "theme": { "enum": ["dark", "light"] },
            "title": { "$ref": "#/$defs/name" },
            "rows": { "type": "integer", "minimum": 1 },
            "links": { "type": "array", "items": { "type": "object", "required": ["url"], "properties": { "url": { "type": "string", "minLength": 1 } } } },
            "receiver": { "type": "object", "additionalProperties": true, "x-skopos-resource": { "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "AlertmanagerConfig", "field": "/spec/receivers/0" } },
            "motd": { "anyOf": [{ "type": "string" }, { "type": "object", "properties": { "text": { "type": "string" } } }] },
        },
    });
    let database = ComponentVocabulary {
        stores: true,
        optional: false,
        replicas: Replicas::Odd,
        least: Least {
            memory: Some("1Gi".to_owned()),
            storage: Some("5Gi".to_owned()),
            retention: Some("1d".to_owned()),
        },
        retention_step: Some("1d".to_owned()),
        ..component("database", "Keeps the data.")
    };
    let pages = ComponentVocabulary { parameters, ..component("pages", "Shows the data.") };
    let agent = ComponentVocabulary {
        replicas: Replicas::Fixed,
        since: Milestone::M4,
        ..component("agent", "Collects the data.")
    };
    Vocabulary { components: vec![database, pages, agent] }
}

fn report(name: &str, bytes: &[u8]) -> String {
    let diagnostics = match Source::from_bytes(name, bytes) {
        Err(diagnostic) => diagnostic.into(),
        Ok(source) => {
            match profile::parse(&source).map_err(Invalid::from).and_then(|raw| profile::validate(raw, &vocabulary())) {
                Err(invalid) => invalid.faults,
                Ok(profile) => profile.warnings,
            }
        }
    };
    report::human(&diagnostics, Style::PLAIN)
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profile_errors");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn each_mistake_is_reported_as_recorded() {
    let bless = std::env::var_os("SKOPOS_BLESS").is_some();
    let mut different = Vec::new();
    let mut seen = BTreeSet::new();
    for path in cases().iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let found = report(&name, &fs::read(path).unwrap());
        let recorded = path.with_extension("stderr");
        seen.extend(code::ALL.iter().map(|code| code.id).filter(|id| found.lines().any(|line| line == *id)));
        if bless {
            fs::write(&recorded, &found).unwrap();
        } else if fs::read_to_string(&recorded).unwrap_or_default() != found {
            different.push(format!("--- {name}\n{found}"));
        }
    }
    assert!(different.is_empty(), "these reports differ from the recorded ones:\n{}", different.join("\n"));
    let of_the_profile = |id: &str| id < "SK0305" && id != "SK0303" && id != "SK0102";
    let untested: Vec<_> =
        code::ALL.iter().map(|code| code.id).filter(|id| of_the_profile(id) && !seen.contains(id)).collect();
    assert_eq!(untested, Vec::<&str>::new(), "each code of the front end has a case");
}

#[test]
fn each_report_has_its_profile() {
    let bless = std::env::var_os("SKOPOS_BLESS").is_some();
    for path in cases().into_iter().filter(|_| !bless) {
        let other = if path.extension().unwrap() == "yaml" { "stderr" } else { "yaml" };
        assert!(path.with_extension(other).exists(), "{} stands alone", path.display());
    }
}
