//! `golden/<profile>/` is what `skopos render --out` writes for each profile in `profiles/`, byte for byte: missing, changed and
//! extra files fail. `make bless` renews them, and a review reads the diff.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the program and reads files")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn profiles() -> Vec<String> {
    let entries = fs::read_dir(root().join("profiles")).expect("profiles/ is a folder");
    let paths = entries.map(|entry| entry.expect("an entry of profiles/").path());
    let mut names: Vec<_> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// The files below a folder by their path there.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("a path below its folder").display().to_string();
                all.insert(name, fs::read_to_string(&path).expect("a golden is text"));
            }
        }
    }
    all
}

fn render(profile: &str, out: &Path) {
    let run = Command::new(env!("CARGO_BIN_EXE_skopos"))
        .args(["render", &format!("profiles/{profile}.yaml"), "--out"])
        .arg(out)
        .current_dir(root())
        .output()
        .expect("skopos runs");
    assert!(run.status.success(), "{profile}: {}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn every_profile_renders_its_golden() {
    let mut faults = Vec::new();
    for profile in profiles() {
        let golden = root().join("golden").join(&profile);
        if std::env::var_os("SKOPOS_BLESS").is_some() {
            render(&profile, &golden);
        }
        let out = tempfile::tempdir().expect("a temporary folder");
        render(&profile, out.path());
        let (expected, found) = (files(&golden), files(out.path()));
        for (path, text) in &found {
            match expected.get(path) {
                None => faults.push(format!("golden/{profile}/{path} is missing")),
                Some(old) if old != text => {
                    let diff = similar::TextDiff::from_lines(old.as_str(), text.as_str());
                    faults.push(format!("golden/{profile}/{path} differs\n{}", diff.unified_diff().context_radius(1)));
                }
                Some(_) => {}
            }
        }
        let extra = expected.keys().filter(|path| !found.contains_key(*path));
        faults.extend(extra.map(|path| format!("golden/{profile}/{path} is no longer written")));
    }
    assert!(
        faults.is_empty(),
        "{} files, run `make bless` and read the diff\n{}",
        faults.len(),
        faults.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn no_golden_is_left_of_a_profile_that_is_gone() {
    let entries = fs::read_dir(root().join("golden")).expect("golden/ is a folder");
    let names = entries.map(|entry| entry.expect("an entry of golden/").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, profiles());
}
