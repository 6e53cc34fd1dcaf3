//! The invariants of ARCHITECTURE.md that a reader of the sources can check: Rust names no product, stages do not import each other,
//! every file of the catalog is used, and files stay small.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads the sources")]
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "file names of the repository are lower-case")]

use std::collections::{BTreeMap, BTreeSet};
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

/// Folders below templates/ whose names are words of the field rather than a product's.
const WORDS: [&str; 3] = ["applications", "internet", "kubernetes"];

/// Where code may hold a component's name, and why. Comments may always: they say what a fact is from.
const NAMED: [(&str, &str, &str); 9] = [
    ("src/content.rs", "prometheus", "the kind PrometheusRule is what rules become"),
    ("src/kubernetes/pod.rs", "alertmanager", "a kind with pods"),
    ("src/kubernetes/pod.rs", "prometheus", "a kind with pods"),
    ("src/profile/format/image.rs", "prometheus", "an example that people read"),
    ("src/profile/format/name.rs", "istio", "an example that people read"),
    ("src/profile/format/time.rs", "prometheus", "the name of a form of durations"),
    ("src/profile/settings/cluster.rs", "istio", "the namespace where others install the mesh by default"),
    (
        "src/profile/settings/cluster.rs",
        "knative-serving",
        "the namespace where others install the serving layer by default",
    ),
    ("src/profile/settings/cluster.rs", "tekton", "the namespace where others install builds by default"),
];

#[test]
fn the_compiler_names_no_product() {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).expect("templates");
    let folders = folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let names = folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let products: Vec<String> = names.filter(|name| !WORDS.contains(&name.as_str())).collect();
    assert!(products.len() > 10, "{products:?}");

    let mut found = Vec::new();
    for (name, text) in files("src").into_iter().filter(|(name, _)| !is_test(name) && name.ends_with(".rs")) {
        let code = code(&text).to_lowercase();
        let forms = |product: &str| [product.to_owned(), product.replace('-', "_"), product.replace('-', "")];
        let named = products.iter().filter(|product| forms(product).iter().any(|form| code.contains(form)));
        found.extend(named.map(|product| (name.clone(), product.clone())));
    }
    found.sort();
    let mut allowed: Vec<_> =
        NAMED.iter().map(|(file, product, _)| ((*file).to_owned(), (*product).to_owned())).collect();
    allowed.sort();
    assert_eq!(found, allowed);
}

/// What each module imports of the others, outside of tests: the stages in their order, then what they share. No stage knows a later
/// one, and `check` knows none at all, so that a mistake of the others does not repeat itself there.
const IMPORTS: [(&str, &str); 22] = [
    ("profile", "diagnostic interface kubernetes pointer source spanned"),
    ("resolve", "catalog diagnostic pointer profile"),
    ("plan", "catalog diagnostic kubernetes resolve"),
    ("render", "catalog diagnostic kubernetes object plan pointer resolve"),
    ("derive", "catalog content diagnostic interface kubernetes object plan pointer render resolve secret_specs"),
    ("harden", "catalog kubernetes object plan"),
    ("check", "diagnostic interface kubernetes object"),
    ("emit", "object"),
    ("catalog", "diagnostic kubernetes pointer secrets source spanned"),
    ("content", "catalog diagnostic object plan"),
    ("as_text", ""),
    ("diagnostic", "source"),
    ("interface", "as_text kubernetes object"),
    ("kubernetes", "pointer"),
    ("object", ""),
    ("pointer", ""),
    ("report", "diagnostic source"),
    ("secret_specs", "catalog kubernetes plan render resolve secrets"),
    ("secrets", "diagnostic source"),
    ("source", "diagnostic"),
    ("spanned", "as_text diagnostic pointer source"),
    ("terms", "catalog check interface plan secret_specs secrets"),
];

#[test]
fn modules_import_what_the_table_says_and_stages_no_later_stage() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in files("src").into_iter().filter(|(name, _)| !is_test(name) && name.ends_with(".rs")) {
        let path = name.trim_start_matches("src/").trim_end_matches(".rs");
        let module = path.split('/').next().unwrap_or(path);
        if ["lib", "main", "cli"].contains(&module) {
            continue;
        }
        let imports = found.entry(module.to_owned()).or_default();
        for rest in code(&text).split("crate::").skip(1) {
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
            imports.extend(rest.get(..end).filter(|other| *other != module).map(str::to_owned));
        }
    }
    let found: BTreeMap<_, _> =
        found.into_iter().map(|(module, all)| (module, Vec::from_iter(all).join(" "))).collect();
    let table: BTreeMap<_, _> = IMPORTS.iter().map(|(module, all)| ((*module).to_owned(), (*all).to_owned())).collect();
    assert_eq!(found, table);

    for (place, (stage, imports)) in IMPORTS.iter().take(8).enumerate() {
        let later = IMPORTS.iter().take(8).skip(place + 1).map(|(later, _)| *later);
        let wrong: Vec<_> = later.filter(|later| imports.split(' ').any(|import| import == *later)).collect();
        assert_eq!(wrong, Vec::<&str>::new(), "{stage} imports later stages");
    }
}

#[test]
fn every_diagnostic_code_has_a_number_of_its_own_and_is_used() {
    let table = files("src/diagnostic").into_iter().find(|(name, _)| name.ends_with("code.rs")).expect("the table").1;
    let names: Vec<_> =
        table.lines().filter_map(|line| line.trim().split_once(" \"SK")).map(|(name, _)| name).collect();
    assert_eq!(names.len(), skopos::diagnostic::code::ALL.len());
    let ids: BTreeSet<_> = skopos::diagnostic::code::ALL.iter().map(|code| code.id).collect();
    assert_eq!(ids.len(), names.len());
    let sources = files("src").into_iter().filter(|(name, _)| !is_test(name) && name.ends_with(".rs"));
    let all: String = sources.map(|(_, text)| code(&text)).collect();
    let used: BTreeSet<_> =
        all.split("code::").skip(1).filter_map(|rest| rest.split(|char: char| !is_word(char)).next()).collect();
    let unused: Vec<_> = names.into_iter().filter(|name| !used.contains(name)).collect();
    assert_eq!(unused, Vec::<&str>::new());
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
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

/// The words that docs/contract.md sets as code.
fn documented() -> BTreeSet<String> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contract.md")).expect("the document");
    let code = text.split('`').skip(1).step_by(2);
    let words = code.flat_map(|code| code.split(|char: char| !is_word(char) && char != '-'));
    words.map(str::to_owned).collect()
}

/// `mount_path` as `component.yaml` has it: `mountPath`.
fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// `PerNode` as `component.yaml` has it: `per-node`.
fn kebab_case(variant: &str) -> String {
    let dash = |char: char| if char.is_uppercase() { format!("-{}", char.to_lowercase()) } else { char.to_string() };
    variant.chars().map(dash).collect::<String>().trim_start_matches('-').to_owned()
}

#[test]
fn every_word_of_the_contract_is_documented() {
    let documented = documented();
    let mut words = BTreeSet::new();
    for (_, text) in files("src/catalog").into_iter().filter(|(name, _)| name.contains("component")) {
        let mut of_enum = false;
        for line in code(&text).lines() {
            of_enum = (of_enum || line.starts_with("pub enum")) && line != "}";
            let field = line.strip_prefix("    pub ").and_then(|rest| rest.split_once(": "));
            words.extend(field.map(|(field, _)| camel_case(field)));
            words.extend(line.trim().strip_suffix(',').filter(|_| of_enum).map(kebab_case));
        }
    }
    assert!(words.len() > 100, "{words:?}");
    let missing: Vec<_> = words.difference(&documented).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn every_filter_form_and_rule_that_a_component_can_name_is_documented() {
    let documented = documented();
    let quoted = |text: &str, before: &str| -> Vec<String> {
        text.split(before).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    };
    let mut words: Vec<String> = skopos::profile::format::ALL.iter().map(|format| format.name.to_owned()).collect();
    for (name, text) in files("src") {
        match name.as_str() {
            "src/catalog/filter.rs" | "src/secrets/filter.rs" => {
                words.extend(quoted(&code(&text), "add_filter(\""));
            }
            "src/check/baseline.rs" => words.extend(quoted(&code(&text), "    (\"")),
            _ => {}
        }
    }
    assert!(words.len() > 45, "{words:?}");
    let missing: Vec<_> = words.iter().filter(|word| !documented.contains(*word)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}
