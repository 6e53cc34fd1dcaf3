//! docs/exceptions.md is made of what components declare: it cannot go stale.

#![allow(clippy::disallowed_methods, reason = "a test reads and renews a file of the repository")]
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect")]

use std::fmt::Write as _;
use std::path::Path;

use skopos::catalog::Catalog;

const HEAD: &str = "# Exceptions from the baseline\n\n\
    Made of the components' own declarations (`make bless`). Every pod keeps every rule of the baseline but for these.\n\n\
    | workload | rule | why |\n| --- | --- | --- |\n";

const OF_SCANNERS: &str = "\n## Findings of scanners\n\n\
    What scanners of manifests hold against these workloads by rules that are none of the baseline, and why it stays so. What they find in \
    every workload alike is in `tests/conformance/scanners/policies.rs`.\n\n\
    | workload | scanner | rule | why |\n| --- | --- | --- | --- |\n";

#[test]
fn the_list_of_exceptions_is_what_components_declare() {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let mut text = HEAD.to_owned();
    let mut of_scanners = OF_SCANNERS.to_owned();
    for entry in catalog.entries() {
        for workload in &entry.component.workloads {
            let name =
                workload.name.as_ref().map_or_else(|| entry.name.to_string(), |own| format!("{}-{own}", entry.name));
            for exception in &workload.exceptions {
                let _ = writeln!(text, "| {name} | `{}` | {} |", exception.rule, exception.reason);
            }
            for finding in &workload.scanner_findings {
                let _ =
                    writeln!(of_scanners, "| {name} | {} | `{}` | {} |", finding.scanner, finding.rule, finding.reason);
            }
        }
    }
    text.push_str(&of_scanners);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exceptions.md");
    if std::env::var_os("SKOPOS_BLESS").is_some() {
        std::fs::write(&path, &text).expect("docs/exceptions.md is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, text, "docs/exceptions.md differs from what components declare: run `make bless`");
}
