//! One scanner over one folder: what it found, and whether it read all that it should.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::kinds;
use crate::support;

/// A scanner of Kubernetes manifests.
pub(super) struct Scanner {
    /// Its name, also that of its program.
    pub(super) name: &'static str,
    /// The rule by which it finds a privileged container.
    pub(super) privileged: &'static str,
    run: fn(&Path) -> Command,
    read: fn(&Value, &[Value]) -> Result<BTreeSet<Finding>, String>,
}

pub(super) const KUBE_SCORE: Scanner = Scanner {
    name: "kube-score",
    privileged: "container-security-context-privileged",
    run: run_kube_score,
    read: read_kube_score,
};

pub(super) const CHECKOV: Scanner =
    Scanner { name: "checkov", privileged: "CKV_K8S_16", run: run_checkov, read: read_checkov };

/// What a scanner has against an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// The scanner's own name for its rule.
    pub(super) rule: String,
    /// `Kind/name`.
    pub(super) object: String,
}

/// The findings in a folder that holds exactly these objects; the fault where the scanner did not read them all.
pub(super) fn findings(scanner: &Scanner, folder: &Path, objects: &[Value]) -> Result<BTreeSet<Finding>, String> {
    // A scanner that finds something fails, so that its answer is what tells whether it worked.
    let output = (scanner.run)(folder).output().map_err(|error| format!("{} does not start: {error}", scanner.name))?;
    let answer: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{}: {error}\n{}", scanner.name, String::from_utf8_lossy(&output.stderr)))?;
    (scanner.read)(&answer, objects)
}

/// The version of the scanner, as it says itself.
pub(super) fn version(scanner: &Scanner) -> String {
    let argument = if scanner.name == KUBE_SCORE.name { "version" } else { "--version" };
    let output = support::run(support::tool(scanner.name).arg(argument));
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split([' ', ',', '\n']).find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    version.unwrap_or_else(|| panic!("{} does not tell its version: {text}", scanner.name)).to_owned()
}

fn run_kube_score(folder: &Path) -> Command {
    let mut command = support::tool(KUBE_SCORE.name);
    command.args(["score", "--output-format", "json", "--kubernetes-version", "v1.36"]);
    command.args(["--enable-optional-test", "container-seccomp-profile"]);
    command.args(["--enable-optional-test", "container-ports-check"]);
    command.args(["--disable-ignore-checks-annotations"]);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // It has no rule for these and would tell nothing but that their kind is unknown to it.
    command.args(files);
    command
}

/// The kinds that kube-score has rules for.
const SCORED: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
    "StatefulSet",
];

fn read_kube_score(answer: &Value, objects: &[Value]) -> Result<BTreeSet<Finding>, String> {
    let scored = answer.as_array().ok_or("kube-score answers no list")?;
    let expected: usize = kinds(objects).iter().filter(|(kind, _)| SCORED.contains(kind)).map(|(_, n)| n).sum();
    if scored.len() != expected {
        return Err(format!("kube-score read {} of {expected} objects that it has rules for", scored.len()));
    }
    let mut findings = BTreeSet::new();
    for object in scored {
        let kind = object["type_meta"]["kind"].as_str().unwrap_or_default();
        let name = object["object_meta"]["name"].as_str().unwrap_or_default();
        for check in object["checks"].as_array().into_iter().flatten() {
            // 10 is all well, 7 a remark; what is skipped does not apply to the object.
            if check["skipped"] == false && check["grade"].as_i64() != Some(10) {
                let rule = check["check"]["id"].as_str().unwrap_or_default().to_owned();
                findings.insert(Finding { rule, object: format!("{kind}/{name}") });
            }
        }
    }
    Ok(findings)
}

fn run_checkov(folder: &Path) -> Command {
    let mut command = support::tool(CHECKOV.name);
    // No list of guidelines is fetched: the rules are those of the package, all of them.
    command.args(["--framework", "kubernetes", "--skip-download", "--compact", "--output", "json", "--directory"]);
    command.arg(folder).env("LOG_LEVEL", "ERROR");
    command
}

fn read_checkov(answer: &Value, objects: &[Value]) -> Result<BTreeSet<Finding>, String> {
    // Each workload counts twice: as itself and as the pod that it makes.
    let pods = objects.iter().filter(|object| object.pointer("/spec/template/spec/containers").is_some()).count();
    let expected = objects.len() + pods;
    let read = answer["summary"]["resource_count"].as_u64().unwrap_or_default();
    let errors = answer["summary"]["parsing_errors"].as_u64();
    if errors != Some(0) || usize::try_from(read) != Ok(expected) {
        return Err(format!("checkov read {read} of {expected} objects, with {errors:?} that it could not parse"));
    }
    let mut findings = BTreeSet::new();
    for check in answer["results"]["failed_checks"].as_array().ok_or("checkov tells no failed checks")? {
        let rule = check["check_id"].as_str().unwrap_or_default().to_owned();
        let resource = check["resource"].as_str().unwrap_or_default();
        let (kind, rest) = resource.split_once('.').unwrap_or((resource, ""));
        let (_, name) = rest.split_once('.').unwrap_or(("", rest));
        findings.insert(Finding { rule, object: format!("{kind}/{name}") });
    }
    Ok(findings)
}
