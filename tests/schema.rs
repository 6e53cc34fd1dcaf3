//! `schemas/profile.schema.json` is what `skopos schema` prints: editors check by what the compiler checks by.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the program and reads files")]
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;
use std::process::Command;

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
