//! `render --out`: what it writes, keeps, removes and refuses.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{QUIET, documents, folder_with, skopos, tree};

const RECORD: &str = ".skopos-files";

/// The bytes of every file, and for those below `out` when each was last changed.
fn times(folder: &Path) -> BTreeMap<String, std::time::SystemTime> {
    let modified = |path: &str| fs::symlink_metadata(folder.join(path)).unwrap().modified().unwrap();
    tree(folder).into_keys().map(|path| (path.clone(), modified(&path))).collect()
}

fn render(folder: &Path, arguments: &[&str]) {
    let run = skopos(folder, &[&["render"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, "");
}

/// What `render` says in short form when it must not work.
fn fails(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let before = tree(folder);
    let run = skopos(folder, &[&["render", "--message-format", "short"], arguments].concat());
    assert_eq!((run.code, run.out.as_str()), (code, ""), "{}", run.err);
    assert!(tree(folder) == before, "a failed run changes nothing");
    run.err
}

#[test]
fn a_folder_has_one_object_a_file_in_waves_that_kustomize_reads() {
    let folder = folder_with(QUIET);
    let run = skopos(folder.path(), &["render", "--out", "deep/out"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.ends_with("files written, 0 unchanged, 0 removed\n"), "{}", run.err);
    let out = tree(&folder.path().join("deep/out"));
    assert_eq!(tree(folder.path()).len(), out.len() + 1, "nothing stands beside the folder");
    let text = |path: &str| String::from_utf8(out[path].clone()).unwrap();

    let recorded: Vec<String> = text(RECORD).lines().map(str::to_owned).collect();
    let written: Vec<String> = out.keys().filter(|path| *path != RECORD).cloned().collect();
    assert_eq!(recorded, written, "the record names every file");

    let mut named = Vec::new();
    for wave in documents(&text("kustomization.yaml"))[0]["resources"].as_array().unwrap() {
        let wave = wave.as_str().unwrap();
        let kustomization = &documents(&text(&format!("{wave}/kustomization.yaml")))[0];
        named.extend(
            kustomization["resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|file| format!("{wave}/{}", file.as_str().unwrap())),
        );
    }
    named.sort();
    let is_object = |path: &&String| path[..2].parse::<u8>().is_ok() && !path.ends_with("/kustomization.yaml");
    assert_eq!(named, written.iter().filter(is_object).cloned().collect::<Vec<_>>(), "kustomize reads every object");
    assert!(named.iter().all(|path| documents(&text(path)).len() == 1), "one object a file");
}

#[test]
fn an_unchanged_folder_is_not_touched() {
    let folder = folder_with(QUIET);
    render(folder.path(), &["--out", "out"]);
    let out = folder.path().join("out");
    let (before, folder_time) = (times(&out), fs::metadata(&out).unwrap().modified().unwrap());
    let run = skopos(folder.path(), &["render", "--out", "out"]);
    assert!(run.err.contains(" 0 files written, ") && run.err.ends_with(" 0 removed\n"), "{}", run.err);
    assert_eq!(times(&out), before);
    assert_eq!(fs::metadata(&out).unwrap().modified().unwrap(), folder_time);
    let run = skopos(folder.path(), &["render", "--out", "out", "--check"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

/// What a second run with fewer objects does, seen from `out`, called from `here` as `out`.
fn changes_only_what_is_ours(here: &Path, out: &Path, name: &str) {
    let profile = here.join("skopos.yaml");
    fs::write(&profile, QUIET).unwrap();
    render(here, &["skopos.yaml", "--out", name]);
    fs::write(out.join("OWNERS"), "mine\n").unwrap();
    fs::write(out.join("40-backends/mine.yaml"), "mine\n").unwrap();
    fs::create_dir_all(out.join("mine/empty")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", out.join("link")).unwrap();
    let (before, was) = (tree(out), times(out));
    let gone: Vec<_> = before.keys().filter(|path| path.contains("/kibana/")).collect();
    assert!(gone.len() > 5, "{gone:?}");

    let smaller = QUIET.replace("backends: {", "backends: { kibana: { enabled: false },");
    fs::write(&profile, smaller).unwrap();
    render(here, &["skopos.yaml", "--out", name]);
    let (after, is) = (tree(out), times(out));
    for path in ["OWNERS", "40-backends/mine.yaml", "mine/empty/"] {
        assert_eq!(after.get(path), before.get(path), "{path} is somebody else's");
    }
    #[cfg(unix)]
    assert_eq!(after["link"], b"/etc/hostname");
    assert_eq!(after.keys().filter(|path| path.contains("kibana/")).count(), 0, "neither files nor folders are left");
    for (path, bytes) in after.iter().filter(|(path, bytes)| before.get(*path) == Some(bytes) && !path.ends_with('/')) {
        assert_eq!(is[path], was[path], "{path} has not changed: {} bytes", bytes.len());
    }
    let fresh = tempfile::tempdir().unwrap();
    fs::copy(&profile, fresh.path().join("skopos.yaml")).unwrap();
    render(fresh.path(), &["--out", "out"]);
    let theirs = ["OWNERS", "40-backends/mine.yaml", "mine/empty/", "link", "skopos.yaml"];
    let ours: BTreeMap<_, _> = after.into_iter().filter(|(path, _)| !theirs.contains(&path.as_str())).collect();
    assert!(ours == tree(&fresh.path().join("out")), "what is ours is as in a new folder");
}

#[test]
fn files_of_an_earlier_run_go_and_those_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    changes_only_what_is_ours(folder.path(), &folder.path().join("out"), "out");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing stands beside the folder");
}

#[test]
fn the_working_folder_itself_can_be_the_output() {
    let folder = tempfile::tempdir().unwrap();
    changes_only_what_is_ours(folder.path(), folder.path(), ".");
}

#[cfg(unix)]
#[test]
fn a_folder_behind_a_link_is_written_and_the_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("real/out")).unwrap();
    std::os::unix::fs::symlink("real/out", folder.path().join("out")).unwrap();
    fs::write(folder.path().join("skopos.yaml"), QUIET).unwrap();
    render(folder.path(), &["--out", "out"]);
    assert!(folder.path().join("out").is_symlink());
    assert!(folder.path().join("real/out/kustomization.yaml").is_file());
}

#[test]
fn check_prints_what_would_change_and_writes_nothing() {
    let folder = folder_with(QUIET);
    render(folder.path(), &["--out", "out"]);
    let out = folder.path().join("out");
    let namespaces = fs::read_to_string(out.join("kustomization.yaml")).unwrap();
    fs::write(out.join("kustomization.yaml"), namespaces.replace("  - 00-namespaces\n", "")).unwrap();
    let readme = fs::read_to_string(out.join("README.md")).unwrap();
    fs::remove_file(out.join("README.md")).unwrap();
    fs::write(out.join("OWNERS"), "mine\n").unwrap();
    fs::write(out.join("notes.old"), "old\n").unwrap();
    let record = fs::read_to_string(out.join(RECORD)).unwrap();
    fs::write(out.join(RECORD), format!("{record}notes.old\n")).unwrap();

    let before = tree(folder.path());
    let run = skopos(folder.path(), &["render", "--out", "out", "--check"]);
    assert_eq!(run.code, 1);
    let said =
        "changed out/.skopos-files\nmissing out/README.md\nchanged out/kustomization.yaml\nextra   out/notes.old\n";
    assert_eq!(run.err, said);
    let diff = "\
--- a/kustomization.yaml
+++ b/kustomization.yaml
@@ -1,6 +1,7 @@
 apiVersion: kustomize.config.k8s.io/v1beta1
 kind: Kustomization
 resources:
+  - 00-namespaces
   - 10-crds
   - 20-access
   - 30-config
--- a/notes.old
+++ /dev/null
@@ -1 +0,0 @@
-old
";
    assert!(run.out.ends_with(diff), "{}", run.out);
    assert!(run.out.contains("--- /dev/null\n+++ b/README.md\n@@ -0,0 +1,"), "{}", run.out);
    assert!(tree(folder.path()) == before, "a check writes nothing");

    render(folder.path(), &["--out", "out"]);
    assert_eq!(fs::read_to_string(out.join("kustomization.yaml")).unwrap(), namespaces, "an edit is undone");
    assert_eq!(fs::read_to_string(out.join("README.md")).unwrap(), readme);
    assert!(!out.join("notes.old").exists() && out.join("OWNERS").exists());
    let run = skopos(folder.path(), &["render", "--out", "no-folder", "--check"]);
    assert_eq!(run.code, 1, "a folder that is not there differs");
    assert!(!folder.path().join("no-folder").exists());
}

#[test]
fn a_file_of_somebody_else_in_the_way_stays() {
    let folder = folder_with(QUIET);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("README.md"), "mine\n").unwrap();
    let said = "error[SK0804]: out/README.md is in the way: skopos did not write it, and does not replace it\n";
    assert_eq!(fails(folder.path(), 2, &["--out", "out"]), said);
    fs::remove_file(out.join("README.md")).unwrap();
    fs::create_dir(out.join("README.md")).unwrap();
    assert!(
        fails(folder.path(), 2, &["--out", "out"]).contains("out/README.md is in the way: it is a link or a folder")
    );
    assert_eq!(fails(folder.path(), 2, &["--out", "skopos.yaml"]), "error[SK0804]: skopos.yaml is no folder\n");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_inside_the_folder() {
    let folder = folder_with(QUIET);
    let (out, elsewhere) = (folder.path().join("out"), folder.path().join("elsewhere"));
    fs::create_dir_all(&out).unwrap();
    fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, out.join("40-backends")).unwrap();
    assert!(fails(folder.path(), 2, &["--out", "out"]).contains("is in the way: a part of its path is no folder"));
    fs::remove_file(out.join("40-backends")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("x"), out.join("kustomization.yaml")).unwrap();
    assert!(fails(folder.path(), 2, &["--out", "out"]).contains("out/kustomization.yaml is in the way: it is a link"));
    fs::remove_file(out.join("kustomization.yaml")).unwrap();

    // Nor removed: what an earlier run wrote was replaced by a link.
    render(folder.path(), &["--out", "out"]);
    let record = fs::read_to_string(out.join(RECORD)).unwrap();
    fs::write(out.join(RECORD), format!("{record}aside/precious\n")).unwrap();
    fs::write(elsewhere.join("precious"), "mine\n").unwrap();
    std::os::unix::fs::symlink(&elsewhere, out.join("aside")).unwrap();
    render(folder.path(), &["--out", "out"]);
    assert_eq!(fs::read_to_string(elsewhere.join("precious")).unwrap(), "mine\n");
}

#[test]
fn a_record_that_leads_elsewhere_is_not_trusted() {
    let folder = folder_with(QUIET);
    render(folder.path(), &["--out", "out"]);
    fs::write(folder.path().join("precious"), "mine\n").unwrap();
    let record = folder.path().join("out").join(RECORD);
    let good = fs::read_to_string(&record).unwrap();
    let absolute = folder.path().join("precious").display().to_string();
    for line in ["../precious", "a/../../precious", &absolute, "", ".", "a//b"] {
        fs::write(&record, format!("{good}{line}\n")).unwrap();
        let said = fails(folder.path(), 3, &["--out", "out"]);
        let line = good.lines().count() + 1;
        let wanted = format!(
            "error[SK0805]: out/.skopos-files cannot be trusted: line {line}: a path leads out of the folder\n"
        );
        assert_eq!(said, wanted);
    }
    fs::write(&record, b"\xff\n").unwrap();
    assert!(fails(folder.path(), 3, &["--out", "out"]).contains("it is not UTF-8"));
    fs::remove_file(&record).unwrap();
    render(folder.path(), &["--out", "out"]);
    assert_eq!(fs::read_to_string(&record).unwrap(), good, "what is the same is adopted");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_fails_with_3_and_keeps_its_permissions_else() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with(QUIET);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(fails(folder.path(), 3, &["--out", "out"]), "error[SK0802]: out cannot be written: permission denied\n");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o750)).unwrap();
    render(folder.path(), &["--out", "out"]);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o750);
}
