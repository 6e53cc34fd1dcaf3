//! Each command on good and bad calls.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{QUIET, documents, folder_with, program, skopos, skopos_with};

#[test]
fn render_prints_the_stack_in_apply_order_and_warns_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["render", "m3", "--message-format", "short"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (0, "warning[SK0305]: alerts go nowhere, since Alertmanager has no receiver\n")
    );
    let documents = documents(&run.out);
    assert_eq!((&documents[0]["apiVersion"], &documents[0]["kind"]), (&json!("v1"), &json!("Namespace")));
    let place = |kind: &str| documents.iter().position(|document| document["kind"] == kind).unwrap();
    let order =
        ["Namespace", "CustomResourceDefinition", "ServiceAccount", "ConfigMap", "StatefulSet", "PrometheusRule"];
    assert!(order.map(place).is_sorted(), "{:?}", order.map(place));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a stream writes no file");
}

#[test]
fn a_denied_warning_is_an_error_and_keeps_the_output_back() {
    let folder = tempfile::tempdir().unwrap();
    let said = "error[SK0305]: alerts go nowhere, since Alertmanager has no receiver\n";
    for call in [&["render", "m3"][..], &["render", "m3", "--out", "out"], &["validate", "m3"], &["secrets", "m3"]] {
        let run = skopos(folder.path(), &[call, &["--deny", "warnings", "--message-format", "short"]].concat());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (2, "", said), "{call:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let folder = folder_with(QUIET);
    let run = skopos(folder.path(), &["validate", "--deny", "warnings"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn definitions_are_included_excluded_or_alone() {
    let folder = folder_with(QUIET);
    let kinds = |crds: &str| -> Vec<Value> {
        let run = skopos(folder.path(), &["render", "--crds", crds]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{crds}");
        documents(&run.out).iter().map(|document| document["kind"].clone()).collect()
    };
    let definitions = |kinds: &[Value]| kinds.iter().filter(|kind| *kind == "CustomResourceDefinition").count();
    let (all, without, only) = (kinds("include"), kinds("exclude"), kinds("only"));
    assert_eq!((definitions(&all), definitions(&without)), (10, 0));
    assert_eq!((only.len(), definitions(&only)), (10, 10));
    assert_eq!(all.len(), without.len() + 10);
}

#[test]
fn every_mistake_is_told_with_its_place_and_nothing_is_written() {
    let bad = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: Bad_Name\nmilestone: M4\nbackends: { kibanna: {} }\n";
    let folder = folder_with(bad);
    let said = "\
skopos.yaml:3:7: error[SK0206]: `name` has `B`; only lower-case letters, digits and `-` are allowed
skopos.yaml:5:13: error[SK0201]: unknown component `kibanna`
";
    for call in [&["render"][..], &["render", "--out", "out"], &["validate"], &["secrets", "--out", "secrets.yaml"]] {
        let run = skopos(folder.path(), &[call, &["--message-format", "short"]].concat());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (2, "", said), "{call:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only skopos.yaml is there");

    let run = skopos(folder.path(), &["validate", "--message-format", "json"]);
    let report: Value = serde_json::from_str(&run.err).expect("one JSON document");
    assert_eq!(report["kind"], "DiagnosticList");
    assert_eq!(report["diagnostics"][1]["code"], "SK0201");
    assert_eq!(report["diagnostics"][1]["labels"][0]["line"], 5);
    let run = skopos(folder.path(), &["validate"]);
    assert!(run.err.contains("backends: { kibanna: {} }") && run.err.contains("kibana"), "{}", run.err);
    assert!(!run.err.contains('\u{1b}'), "no colour off a terminal");
}

#[test]
fn a_profile_is_stdin_a_path_a_built_in_name_or_the_default() {
    let folder = folder_with(QUIET);
    let named = skopos(folder.path(), &["render", "skopos.yaml"]);
    assert_eq!((named.code, named.err.as_str()), (0, ""));
    assert!(skopos(folder.path(), &["render"]).out == named.out, "the default is skopos.yaml");
    assert!(skopos_with(folder.path(), &["render", "-"], QUIET.as_bytes()).out == named.out, "`-` is stdin");
    let run = skopos_with(folder.path(), &["validate", "-", "--message-format", "short"], b"x: 1\n");
    assert!(run.code == 2 && run.err.starts_with("<stdin>:1:1: error"), "{}", run.err);

    // A folder called like a built-in profile is likely its output; a file is meant.
    fs::create_dir(folder.path().join("m3")).unwrap();
    assert_eq!(skopos(folder.path(), &["validate", "m3"]).code, 0);
    fs::write(folder.path().join("m4"), "x: 1\n").unwrap();
    let run = skopos(folder.path(), &["validate", "m4", "--message-format", "short"]);
    assert!(run.code == 2 && run.err.starts_with("m4:1:1: error"), "{}", run.err);
}

#[test]
fn an_unknown_profile_is_told_with_those_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["render", "local-mesh"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("there is no file and no built-in profile called `local-mesh`"), "{}", run.err);
    assert!(run.err.contains("the built-in profiles are airgapped, legacy-mesh, local, m3, m4"), "{}", run.err);
    let run = skopos(folder.path(), &["render", "air-gaped"]);
    assert!(run.err.contains("did you mean `airgapped`?"), "{}", run.err);
    let run = skopos(folder.path(), &["render", "--message-format", "short"]);
    let said = "error[SK0803]: no profile is named, and there is no skopos.yaml here\n";
    assert_eq!((run.code, run.err.as_str()), (2, said));
}

#[test]
fn what_cannot_be_read_or_written_fails_with_3() {
    let folder = folder_with(QUIET);
    let short = |call: &[&str]| {
        let run = skopos(folder.path(), &[call, &["--message-format", "short"]].concat());
        (run.code, run.err)
    };
    let missing = "error[SK0801]: missing.yaml cannot be read: no such file or directory\n";
    assert_eq!(short(&["render", "missing.yaml"]), (3, missing.to_owned()));
    assert_eq!(short(&["render", "./"]), (3, "error[SK0801]: ./ cannot be read: is a directory\n".to_owned()));
    let missing = "error[SK0801]: no/secrets cannot be read: no such file or directory\n";
    assert_eq!(short(&["secrets", "--existing", "no/secrets"]), (3, missing.to_owned()));
    let missing = "error[SK0802]: no/init.yaml cannot be written: no such file or directory\n";
    assert_eq!(short(&["init", "--out", "no/init.yaml"]), (3, missing.to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_fails_and_a_reader_that_had_enough_does_not() {
    let folder = folder_with(QUIET);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = program(folder.path()).args(["render", "--message-format", "short"]).stdout(full).output().unwrap();
    let said = "error[SK0802]: stdout cannot be written: no space left on device\n";
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(3), said));

    let mut child = program(folder.path()).arg("render").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let run = child.wait_with_output().unwrap();
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn wrong_calls_end_with_2_and_show_the_right_ones() {
    let folder = folder_with(QUIET);
    let calls: [(&[&str], &str); 7] = [
        (&[], "Usage: skopos"),
        (&["rander"], "render"),
        (&["render", "--chek"], "--check"),
        (&["render", "--check"], "--out <DIR>"),
        (&["render", "--crds", "all"], "include, exclude, only"),
        (&["render", "one.yaml", "two.yaml"], "unexpected argument"),
        (&["init", "--milestone", "M12"], "M3, M4"),
    ];
    for (call, shown) in calls {
        let run = skopos(folder.path(), call);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{call:?}");
        assert!(run.err.contains(shown), "{call:?}: {}", run.err);
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["--version"]);
    let version = format!("skopos {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((run.code, run.out, run.err.as_str()), (0, version, ""));
    let run = skopos(folder.path(), &["--help"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    for text in ["render ", "validate ", "secrets ", "schema ", "init ", "Examples:", "Exit codes:"] {
        assert!(run.out.contains(text), "{text}");
    }
    for command in ["render", "secrets"] {
        assert!(skopos(folder.path(), &[command, "--help"]).out.contains("Examples:\n  skopos "), "{command}");
    }
}

#[test]
fn init_writes_a_profile_that_is_right_with_and_without_its_suggestions() {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["init", "--name", "prod", "--milestone", "M3"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("# yaml-language-server: $schema=profile.schema.json\n"), "{}", run.out);
    assert!(run.out.contains("\nname: prod\nmilestone: M3\n"), "{}", run.out);
    let rendered = skopos_with(folder.path(), &["validate", "-"], run.out.as_bytes());
    assert_eq!(rendered.code, 0, "{}", rendered.err);

    // A `#` without a space before a setting: taken away, the suggestions hold together.
    let all: String = run.out.lines().map(|line| format!("{}\n", suggestion(line).unwrap_or(line))).collect();
    assert!(all.contains("\nbackends:\n  elasticsearch:\n"), "{all}");
    let rendered = skopos_with(folder.path(), &["validate", "-", "--deny", "warnings"], all.as_bytes());
    assert_eq!((rendered.code, rendered.err.as_str()), (0, ""));
}

#[test]
fn init_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(skopos(folder.path(), &["init", "--out", "skopos.yaml"]).code, 0);
    let written = fs::read_to_string(folder.path().join("skopos.yaml")).unwrap();
    assert!(written.contains("\nname: example\nmilestone: M4\n"));
    let run = skopos(folder.path(), &["init", "--name", "other", "--out", "skopos.yaml", "--message-format", "short"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error[SK0804]: skopos.yaml is there already, and stays\n"));
    assert_eq!(fs::read_to_string(folder.path().join("skopos.yaml")).unwrap(), written);
    assert_eq!(skopos(folder.path(), &["validate"]).code, 0);
    let run = skopos(folder.path(), &["init", "--name", "Not A Name"]);
    assert!(run.code == 2 && run.err.contains("Not A Name"), "{}", run.err);
}

#[test]
fn the_schema_is_one_that_editors_take() {
    let folder = tempfile::tempdir().unwrap();
    let run = skopos(folder.path(), &["schema"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["required"], json!(["apiVersion", "kind", "name", "milestone"]));
}

#[test]
fn the_commands_that_say_nothing_of_a_terminal_need_none() {
    // Closed streams, as under some init systems: the exit code is all that is left.
    let folder = folder_with("x: 1\n");
    let line = format!("exec '{}' validate >&- 2>&- <&-", env!("CARGO_BIN_EXE_skopos"));
    let status = Command::new("sh").args(["-c", &line]).current_dir(folder.path()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

/// The setting in a line that suggests one.
fn suggestion(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') || rest.starts_with("  "))
}
