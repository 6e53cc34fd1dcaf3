//! The invariants of ARCHITECTURE.md that a reader of the sources can check: Rust names no product, stages do not import each other,
//! every file of the catalog is used, and files stay small.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads the sources")]
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "file names of the repository are lower-case")]

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting: Vec<PathBuf> = vec![root.join(folder)];
    let mut all = Vec::new();
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the repository") {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(root).expect("a path below the root").display().to_string();
                all.push((name, fs::read_to_string(&path).expect("a source is text")));
            }
        }
    }
    all.sort();
    all
}

/// The code of a source: without its comments and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(name: &str) -> bool {
    name.contains("/tests")
}

/// Products whose names are not ordinary words of the field: `prometheus` and `istio` also name APIs and interface tables.
const PRODUCTS: [&str; 9] = [
    "grafana",
    "elasticsearch",
    "kibana",
    "zipkin",
    "fluentd",
    "node-exporter",
    "kube-state-metrics",
    "tekton",
    "otel",
];

#[test]
fn the_compiler_names_no_product() {
    // The escape for a file ending is named after the syntax, and the filters of secrets after the formats that they make.
    // The profile's own defaults say where others usually install their parts of a cluster.
    let allowed =
        ["src/catalog/payload.rs", "src/secrets/filter.rs", "src/secrets/hash.rs", "src/profile/settings/cluster.rs"];
    let mut faults = Vec::new();
    for (name, text) in files("src").into_iter().filter(|(name, _)| !is_test(name) && name.ends_with(".rs")) {
        let code = code(&text).to_lowercase();
        let named = PRODUCTS.iter().filter(|product| code.contains(**product));
        faults.extend(
            named.filter(|_| !allowed.contains(&name.as_str())).map(|product| format!("{name} names {product}")),
        );
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_stage_imports_no_later_stage() {
    let order = ["profile", "resolve", "plan", "render", "derive", "harden", "check", "emit"];
    let mut faults = Vec::new();
    for (name, text) in files("src").into_iter().filter(|(name, _)| !is_test(name)) {
        let Some(stage) = order
            .iter()
            .position(|stage| name == format!("src/{stage}.rs") || name.starts_with(&format!("src/{stage}/")))
        else {
            continue;
        };
        let code = code(&text);
        let later = order.iter().skip(stage + 1).filter(|later| code.contains(&format!("crate::{later}::")));
        faults.extend(later.map(|later| format!("{name} imports {later}")));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_file_of_the_catalog_is_used_by_its_component() {
    let mut faults = Vec::new();
    let all = files("templates");
    for (name, _) in &all {
        let mut parts = name.trim_start_matches("templates/").splitn(2, '/');
        let (Some(component), Some(file)) = (parts.next(), parts.next()) else { continue };
        let declaration = all.iter().find(|(other, _)| *other == format!("templates/{component}/component.yaml"));
        let used = declaration.is_some_and(|(_, text)| text.contains(file));
        if !used && file != "component.yaml" && file != "parameters.schema.json" {
            faults.push(format!("{name} is used by nothing"));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn object_templates_have_no_statements_and_fit_on_a_page() {
    let mut faults = Vec::new();
    for (name, text) in files("templates") {
        let is_payload = ["/config/", "/notes/", "/rules/", "/dashboards/"].iter().any(|folder| name.contains(folder));
        let is_object = name.ends_with(".yaml") && text.contains("apiVersion:") && !is_payload;
        if is_object && (text.contains("{%") || text.lines().count() > 120) {
            faults.push(name);
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn no_source_needs_a_table_of_contents() {
    let long = files("src").into_iter().filter(|(_, text)| text.lines().count() > 600);
    assert_eq!(long.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<String>::new());
}
