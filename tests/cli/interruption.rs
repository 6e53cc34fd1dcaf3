//! A run that is killed at any moment leaves the old folder or the new one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{QUIET, folder_with, program, skopos, tree};

type Tree = BTreeMap<String, Vec<u8>>;

/// How many runs are killed, the first as soon as it begins to write.
const KILLS: u32 = 24;

/// How much later than the one before each run is killed: all of the writing takes some milliseconds.
const APART: Duration = Duration::from_micros(400);

/// A profile that takes its images from a mirror and has no Kibana: many files change and many go.
fn variant(mirror: &str) -> String {
    QUIET.replace("backends: {", "backends: { kibana: { enabled: false },")
        + &format!("images: {{ mirrors: {{ \"*\": {mirror}.example }} }}\n")
}

/// A mixture of two folders can only be seen where they differ in many files.
fn assert_far_apart(one: &Tree, other: &Tree) {
    let differ = one.iter().filter(|(path, bytes)| other.get(*path) != Some(bytes)).count();
    assert!(differ >= 10, "the folders differ in {differ} files only");
}

/// The stages of runs, beside the folder `out` or in it.
fn stages(folder: &Path) -> Vec<PathBuf> {
    let found = |folder: &Path, prefix: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let stages = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        stages.map(|entry| entry.path()).collect()
    };
    [found(folder, ".out.skopos-"), found(&folder.join("out"), ".new.skopos-")].concat()
}

#[test]
fn a_killed_run_leaves_the_old_folder_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::write(folder.path().join("one.yaml"), QUIET).unwrap();
    fs::write(folder.path().join("other.yaml"), variant("other")).unwrap();
    let render = |profile: &str| assert_eq!(skopos(folder.path(), &["render", profile, "--out", "out"]).code, 0);
    render("one.yaml");
    fs::write(out.join("OWNERS"), "mine\n").unwrap();
    let one = tree(&out);
    render("other.yaml");
    let other = tree(&out);
    assert_far_apart(&one, &other);

    let mut killed = 0;
    for kill in 0..KILLS {
        // What an earlier kill left would be taken for this run's.
        for stage in stages(folder.path()) {
            fs::remove_dir_all(stage).unwrap();
        }
        let wanted = if tree(&out) == one { "other.yaml" } else { "one.yaml" };
        let mut child =
            program(folder.path()).args(["render", wanted, "--out", "out"]).stderr(Stdio::null()).spawn().unwrap();
        while stages(folder.path()).is_empty() && child.try_wait().unwrap().is_none() {}
        std::thread::sleep(APART * kill);
        let _ = child.kill();
        killed += usize::from(!child.wait().unwrap().success());
        let mut now = tree(&out);
        now.retain(|path, _| !path.starts_with(".new.skopos-"));
        assert!(now == one || now == other, "after kill {kill} the folder is neither");
    }
    assert!(killed >= 5, "{killed} runs were killed before their end");
    render("one.yaml");
    assert!(tree(&out) == one);
}

#[test]
fn what_a_killed_run_left_is_removed_even_where_nothing_changes() {
    let folder = folder_with(QUIET);
    let render = || assert_eq!(skopos(folder.path(), &["render", "--out", "out"]).code, 0);
    render();
    let before = tree(folder.path());
    for left in [".out.skopos-Ab12Cd/new", "out/.new.skopos-Ab12Cd"] {
        fs::create_dir_all(folder.path().join(left)).unwrap();
        fs::write(folder.path().join(left).join("README.md"), "half\n").unwrap();
    }
    fs::create_dir(folder.path().join(".other.skopos-Ab12Cd")).unwrap();
    render();
    let mut after = tree(folder.path());
    assert!(after.remove(".other.skopos-Ab12Cd/").is_some(), "that of another folder is not ours to remove");
    assert!(after == before);
}

#[test]
fn runs_at_the_same_time_leave_the_folder_of_one_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for name in ["a", "b", "c"] {
        fs::write(folder.path().join(format!("{name}.yaml")), variant(name)).unwrap();
        assert_eq!(skopos(folder.path(), &["render", &format!("{name}.yaml"), "--out", name]).code, 0);
        wanted.push(tree(&folder.path().join(name)));
    }
    assert_far_apart(&wanted[0], &wanted[1]);
    assert_far_apart(&wanted[1], &wanted[2]);
    // A folder is there already, so that each run carries over what it finds in it.
    fs::write(folder.path().join("old.yaml"), QUIET).unwrap();
    assert_eq!(skopos(folder.path(), &["render", "old.yaml", "--out", "out"]).code, 0);
    let start = |name: &str| {
        let profile = format!("{name}.yaml");
        program(folder.path()).args(["render", &profile, "--out", "out"]).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut children: Vec<_> = ["a", "b", "c"].into_iter().map(start).collect();
    for child in &mut children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert!(wanted.contains(&tree(&folder.path().join("out"))), "the folder is a mixture");
}

#[cfg(unix)]
#[test]
fn a_run_waits_for_the_one_before() {
    let folder = folder_with(QUIET);
    let begin = Instant::now();
    assert_eq!(skopos(folder.path(), &["render", "--out", "other"]).code, 0);
    let whole = begin.elapsed();
    let turn = fs::File::open(folder.path()).unwrap();
    turn.lock().unwrap();
    let mut child = program(folder.path()).args(["render", "--out", "out"]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(whole * 3);
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    assert!(!folder.path().join("out").exists());
    turn.unlock().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(tree(&folder.path().join("out")) == tree(&folder.path().join("other")));
}
