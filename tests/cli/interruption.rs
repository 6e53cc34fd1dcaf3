//! A run that is killed at any moment leaves the old folder or the new one.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use crate::program::{QUIET, program, skopos, tree};

/// How many runs are killed, at moments spread over the time that a run takes.
const KILLS: u32 = 24;

#[test]
fn a_killed_run_leaves_the_old_folder_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let other = QUIET.replace("name: quiet", "name: other");
    fs::write(folder.path().join("one.yaml"), QUIET).unwrap();
    fs::write(folder.path().join("other.yaml"), other).unwrap();
    let render = |profile: &str| assert_eq!(skopos(folder.path(), &["render", profile, "--out", "out"]).code, 0);
    render("one.yaml");
    fs::write(out.join("OWNERS"), "mine\n").unwrap();
    let one = tree(&out);
    let begin = Instant::now();
    render("other.yaml");
    let whole = begin.elapsed();
    let other = tree(&out);
    assert!(one != other);

    let mut killed = 0;
    for kill in 0..KILLS {
        let wanted = ["one.yaml", "other.yaml"][kill as usize % 2];
        let mut child =
            program(folder.path()).args(["render", wanted, "--out", "out"]).stderr(Stdio::null()).spawn().unwrap();
        // Half of the kills go to the last quarter of a run, where files are written.
        let share = if kill % 4 < 2 {
            0.75 + 0.3 * f64::from(kill) / f64::from(KILLS)
        } else {
            f64::from(kill) / f64::from(KILLS)
        };
        std::thread::sleep(whole.mul_f64(share));
        let _ = child.kill();
        killed += usize::from(!child.wait().unwrap().success());
        let now = tree(&out);
        assert!(now == one || now == other, "after kill {kill} the folder is neither");
    }
    assert!(killed > 0, "no run was killed before its end");
    render("one.yaml");
    assert!(tree(&out) == one);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let stage = |name: &&std::ffi::OsString| name.to_string_lossy().contains(".skopos-");
    render("other.yaml");
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| stage(&name)).count(), 0, "what killed runs left is swept; before: {left:?}");
}

#[test]
fn runs_at_the_same_time_leave_the_folder_of_one_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for name in ["a", "b", "c"] {
        fs::write(folder.path().join(format!("{name}.yaml")), QUIET.replace("name: quiet", &format!("name: {name}")))
            .unwrap();
        assert_eq!(skopos(folder.path(), &["render", &format!("{name}.yaml"), "--out", name]).code, 0);
        wanted.push(tree(&folder.path().join(name)));
    }
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
