//! Runs skopos itself, as a person's shell would.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The four lines of a profile whose warnings are none.
pub const QUIET: &str = "\
apiVersion: skopos.dev/v1alpha1
kind: MonitoringProfile
name: quiet
milestone: M4
backends: { alertmanager: { parameters: { receivers: [{ name: chat, slackConfigs: [{ apiURL: { name: slack, key: url }, channel: ops }] }] } } }
";

/// How a run ended, and what it said.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// skopos in a folder, free of what the caller's environment says about terminals.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skopos"));
    command.current_dir(folder);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// Runs skopos in a folder.
pub fn skopos(folder: &Path, arguments: &[&str]) -> Run {
    finish(program(folder).args(arguments), b"")
}

/// Runs skopos with something to read from stdin.
pub fn skopos_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    finish(program(folder).args(arguments), input)
}

/// Runs a command to its end.
pub fn finish(command: &mut Command, input: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("skopos starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A program that refuses early does not read all of it.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("skopos ends");
    feeder.join().expect("the feeder ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("skopos writes UTF-8");
    let code = output.status.code().expect("skopos is not killed");
    Run { code, out: text(output.stdout), err: text(output.stderr) }
}

/// What is in a folder, at any depth: files with their bytes, links with where they lead, and `/` for empty folders.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let entries: Vec<_> = std::fs::read_dir(&next).unwrap().map(|entry| entry.unwrap().path()).collect();
        let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
        if entries.is_empty() {
            all.insert(name(&next) + "/", Vec::new());
        }
        for path in entries {
            if path.is_symlink() {
                all.insert(name(&path), std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else if path.is_dir() {
                waiting.push(path);
            } else {
                all.insert(name(&path), std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// The documents of a YAML stream.
pub fn documents(stream: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(stream).expect("a stream of YAML documents")
}

/// A folder with `skopos.yaml` in it.
pub fn folder_with(profile: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("skopos.yaml"), profile).unwrap();
    folder
}
