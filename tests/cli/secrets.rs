//! `skopos secrets`: every Secret that the manifests name, made once, kept from then on, and shown nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::program::{QUIET, documents, folder_with, skopos, skopos_with, tree};

/// `namespace/name` of the Secrets in a stream.
fn names(stream: &str) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let documents = documents(stream);
    assert!(documents.iter().all(|document| document["kind"] == "Secret"));
    documents.iter().map(|it| text(&it["metadata"]["namespace"]) + "/" + &text(&it["metadata"]["name"])).collect()
}

/// The Secrets that an object names: `secretName`, and `name` below a key that ends in `secret`, `secretRef` or the like.
fn named(value: &Value, found: &mut BTreeSet<String>) {
    let Some(map) = value.as_object() else {
        value.as_array().into_iter().flatten().for_each(|item| named(item, found));
        return;
    };
    if map.get("optional") == Some(&Value::Bool(true)) {
        return;
    }
    for (key, below) in map {
        match (key.as_str(), below) {
            ("secretName", Value::String(name)) => drop(found.insert(name.clone())),
            ("secret" | "secretRef" | "secretKeyRef" | "keySecret", Value::Object(reference)) => {
                found.extend(reference.get("name").and_then(Value::as_str).map(str::to_owned));
            }
            ("secrets", Value::Array(names)) => found.extend(names.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
        named(below, found);
    }
}

/// Every secret value in a stream that is long enough to be looked for, and its base64 form.
fn values(stream: &str) -> Vec<String> {
    let documents = documents(stream);
    let data = documents.iter().flat_map(|document| document["data"].as_object().unwrap().iter());
    let secret = data.filter(|(key, _)| !matches!(key.as_str(), "username" | "tls.crt" | "ca.crt"));
    let encoded = secret.map(|(_, value)| value.as_str().unwrap().to_owned());
    let decoded = |text: &String| String::from_utf8(STANDARD.decode(text).unwrap()).ok();
    let mut all: Vec<String> = encoded.flat_map(|text| decoded(&text).into_iter().chain([text])).collect();
    all.retain(|text| text.len() >= 16);
    all
}

#[test]
fn every_secret_that_the_manifests_name_is_made_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    for profile in ["m3", "local", "legacy-mesh"] {
        let rendered = skopos(folder.path(), &["render", profile]);
        let mut wanted = BTreeSet::new();
        for object in documents(&rendered.out).iter().filter(|object| object["kind"] != "CustomResourceDefinition") {
            let mut found = BTreeSet::new();
            named(object, &mut found);
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
            wanted.extend(found.into_iter().map(|name| format!("{namespace}/{name}")));
        }
        let made = skopos(folder.path(), &["secrets", profile]);
        assert_eq!(made.code, 0, "{}", made.err);
        let made = names(&made.out);
        assert!(wanted.len() > 10, "{wanted:?}");
        assert_eq!(wanted.difference(&made).collect::<Vec<_>>(), Vec::<&String>::new(), "{profile}: named, not made");
        // The authority's key and the passwords of people are mounted nowhere.
        let unnamed: Vec<_> = made.difference(&wanted).map(|name| name.split('/').nth(1).unwrap()).collect();
        assert_eq!(unnamed, ["skopos-authority", "elasticsearch-admin"], "{profile}: made, not named");
    }
}

#[test]
fn a_second_run_with_the_first_gives_the_same_bytes() {
    let folder = folder_with(QUIET);
    let path = folder.path().join("secrets.yaml");
    let first = skopos(folder.path(), &["secrets"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.lines().all(|line| line.starts_with("made     monitoring")), "{}", first.err);
    fs::write(&path, &first.out).unwrap();
    let second = skopos(folder.path(), &["secrets", "--existing", "secrets.yaml"]);
    assert!(first.out == second.out, "{}", second.err);
    assert!(second.err.lines().all(|line| line.starts_with("kept     monitoring")), "{}", second.err);
    let piped = skopos_with(folder.path(), &["secrets", "--existing", "-"], first.out.as_bytes());
    assert!(first.out == piped.out, "{}", piped.err);
    assert!(first.out != skopos(folder.path(), &["secrets"]).out, "without it, all is new");

    // One that is missing is made, and the others stay.
    let marker = "\n---\n";
    let at = first.out.rfind(marker).unwrap();
    fs::write(&path, &first.out[..=at]).unwrap();
    let third = skopos(folder.path(), &["secrets", "--existing", "secrets.yaml"]);
    assert_eq!((third.out.get(..at), third.code), (first.out.get(..at), 0), "{}", third.err);
    assert_eq!(third.err.lines().filter(|line| line.starts_with("made ")).count(), 1, "{}", third.err);
}

#[test]
fn no_secret_reaches_stderr_the_manifests_or_a_diagnostic() {
    let folder = folder_with(QUIET);
    let made = skopos(folder.path(), &["secrets"]);
    let values = values(&made.out);
    assert!(values.len() > 40, "{}", values.len());
    let rendered = skopos(folder.path(), &["render"]).out;
    let broken = made.out.replacen("kind: Secret", "kind: Sceret", 1);
    let torn = made.out.replace("type: Opaque", "type: Opaque\n  bad");
    let mut said = made.err + &rendered;
    for earlier in [&broken, &torn, &made.out[..made.out.len() - 7]] {
        let run = skopos_with(folder.path(), &["secrets", "--existing", "-"], earlier.as_bytes());
        said += &run.err;
        if run.code != 0 {
            assert_eq!((run.code, run.out.as_str()), (2, ""));
        }
    }
    let shown: Vec<_> = values.iter().filter(|value| said.contains(value.as_str())).collect();
    assert_eq!(shown, Vec::<&String>::new());
}

#[test]
fn a_file_of_secrets_is_its_owners_alone_and_replaced_only_where_it_is_kept() {
    let folder = folder_with(QUIET);
    let path = folder.path().join("secrets.yaml");
    let run = skopos(folder.path(), &["secrets", "--out", "secrets.yaml"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let first = fs::read_to_string(&path).unwrap();
    assert!(names(&first).contains("monitoring-authority/skopos-authority"));
    only_the_owner_reads(&path);

    let run = skopos(folder.path(), &["secrets", "--out", "secrets.yaml", "--message-format", "short"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error[SK0804]: secrets.yaml is there already, and stays\n"));
    assert!(fs::read_to_string(&path).unwrap() == first);

    let run = skopos(folder.path(), &["secrets", "--existing", "secrets.yaml", "--out", "./secrets.yaml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(fs::read_to_string(&path).unwrap() == first, "the same bytes");
    only_the_owner_reads(&path);
    assert_eq!(tree(folder.path()).len(), 2, "nothing else is left");
}

fn only_the_owner_reads(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn earlier_secrets_that_cannot_be_used_are_refused() {
    let folder = folder_with(QUIET);
    let refused = |input: &[u8]| {
        let run = skopos_with(folder.path(), &["secrets", "--existing", "-", "--message-format", "short"], input);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        run.err
    };
    // The shell empties `secrets > file` before `--existing file` is read: no reason to make all passwords anew.
    assert_eq!(refused(b""), "error[SK0901]: stdin holds no Secret\n");
    assert_eq!(refused(b"\xff"), "error[SK0101]: stdin is not UTF-8\n");
    assert!(refused(b"kind: ConfigMap\n").contains("holds objects that are no Secrets"));
    let both = skopos(folder.path(), &["secrets", "-", "--existing", "-", "--message-format", "short"]);
    let said = "error[SK0806]: the profile and the earlier Secrets cannot both come from stdin\n";
    assert_eq!((both.code, both.err.as_str()), (2, said));
}
