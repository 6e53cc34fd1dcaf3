//! What docs/changes.md tells of removing objects is what happens, with the operator at work: its way removes what is gone and
//! nothing else, and pruning would end running programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use super::install::{Install, id};
use super::{timed, upgrade};
use crate::control_plane::{ControlPlane, quiet};
use crate::process::Running;
use crate::proof::Proof;
use crate::{emitted, support};

/// The page that people follow.
const PAGE: &str = "docs/changes.md";

/// The next profile: without Zipkin, and without the definitions, which must stay all the same.
const WITHOUT: &str = r#"{"backends": {"zipkin": {"enabled": false}}, "crds": "external"}"#;

/// What the operator makes of a Prometheus and an Alertmanager.
const SETS: [&str; 2] = ["alertmanager-alertmanager", "prometheus-prometheus"];

/// How long the operator may take for one thing.
const LIMIT: Duration = Duration::from_secs(90);

/// Follows the page on the cluster that has the render, and whose operator is running.
pub fn is_as_told(cluster: &ControlPlane, install: &Install, operator: &mut Running, folder: &Path) -> Vec<Proof> {
    let folder = folder.join("changes");
    fs::create_dir(&folder).unwrap();
    vec![
        timed(|| removes_what_is_gone(cluster, install, &folder)),
        timed(|| makes_sets_anew(cluster, operator, &folder)),
        timed(|| pruning_ends_what_runs(cluster, operator, &folder)),
    ]
}

/// The commands of the page delete exactly the objects that the next render lacks.
fn removes_what_is_gone(cluster: &ControlPlane, install: &Install, folder: &Path) -> String {
    let profile = folder.join("skopos.yaml");
    fs::write(&profile, upgrade::changed_profile("{}")).unwrap();
    quiet("rendering", shell(cluster, folder, "skopos render skopos.yaml --out monitoring 2>/dev/null"));
    let (before, sets) = (present(cluster, install), sets(cluster));
    fs::write(&profile, upgrade::changed_profile(WITHOUT)).unwrap();
    let commands = commands("## Removing what a render no longer has");
    // Without the next render, nothing is deleted.
    let early = shell(cluster, folder, &commands.replace("skopos render", "skopos rendre"));
    assert!(!early.status.success(), "{early:?}");
    assert_eq!(present(cluster, install), before);
    let output = shell(cluster, folder, &commands);
    assert!(output.status.success(), "{commands}: {}", String::from_utf8_lossy(&output.stderr));
    let next: Vec<String> = emitted::objects_in(folder.join("monitoring").to_str().unwrap()).iter().map(id).collect();
    let after = present(cluster, install);
    let stays = |id: &String| next.contains(id) || id.starts_with("CustomResourceDefinition ");
    let left: BTreeMap<String, Value> = before.clone().into_iter().filter(|(id, _)| stays(id)).collect();
    assert_eq!(left.keys().filter(|id| !next.contains(id)).count(), 10, "definitions that the next render lacks");
    assert_eq!(after, left, "what the next render has stays, and nothing else of the one before");
    assert_eq!(self::sets(cluster), sets, "what the operator made stays");
    let applied = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict", "--kustomize"];
    cluster.ask(&[&applied[..], &[folder.join("monitoring").to_str().unwrap()]].concat());
    let gone = before.len() - after.len();
    assert!(gone > 30, "{gone}");
    format!(
        "the commands of {PAGE} delete the {gone} objects that {} without Zipkin lacks, and nothing else",
        install.profile
    )
}

/// The operator answers another size of a volume with another StatefulSet, and other pods.
fn makes_sets_anew(cluster: &ControlPlane, operator: &mut Running, folder: &Path) -> String {
    let file = folder.join("monitoring/40-backends/monitoring/prometheus/prometheus-prometheus.yaml");
    let before = [sets(cluster), pods(cluster)];
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("storage: 150Gi"));
    fs::write(&file, text.replace("storage: 150Gi", "storage: 300Gi")).unwrap();
    cluster.ask(&["apply", "--server-side", "--field-manager=skopos", "--filename", file.to_str().unwrap()]);
    operator.wait_until("done with a larger volume", LIMIT, || {
        let now = [sets(cluster), pods(cluster)];
        let same = |one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>| {
            one.iter().any(|(name, uid)| name.starts_with("prometheus") && other.get(name) == Some(uid))
        };
        now[1].len() == before[1].len() && !same(&before[0], &now[0]) && !same(&before[1], &now[1])
    });
    let kept = |map: &BTreeMap<String, Value>| map.get(SETS[0]).cloned();
    assert_eq!(kept(&sets(cluster)), kept(&before[0]), "Alertmanager's stays");
    "a larger volume of Prometheus ends its StatefulSet with all pods, and the operator makes it anew".to_owned()
}

/// Why the page tells not to prune.
fn pruning_ends_what_runs(cluster: &ControlPlane, operator: &mut Running, folder: &Path) -> String {
    let by_label =
        "kubectl apply --server-side --field-manager skopos -k monitoring --prune -l app.kubernetes.io/part-of=skopos";
    let refused = shell(cluster, folder, by_label);
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{by_label}");
    assert!(complaint.contains("doesn't currently work on objects created by server-side apply"), "{complaint}");
    let part = ["get", "statefulset", "--namespace=monitoring", "--selector=app.kubernetes.io/part-of=skopos"];
    let listed = cluster.ask(&part);
    assert!(SETS.iter().all(|set| listed.contains(set)), "{listed}");

    // A set with a parent in a namespace has the objects of that namespace only.
    let of_namespace = "find monitoring/[2-9]*/monitoring -name '*.yaml' | sort | sed 's/^/-f /' | KUBECTL_APPLYSET=true xargs \
        kubectl apply --server-side --field-manager skopos --prune --applyset=configmap/skopos --namespace=monitoring";
    // kubectl says that it waits for its own limit of requests.
    let apply = || {
        let output = shell(cluster, folder, of_namespace);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (before, first) = (sets(cluster), apply());
    assert!(!first.contains("pruned"), "{first}");
    let labelled = ["get", "statefulset", "--namespace=monitoring", "--selector=applyset.kubernetes.io/part-of"];
    operator.wait_until("done with copying the label", LIMIT, || {
        let listed = cluster.ask(&labelled);
        SETS.iter().all(|set| listed.contains(set))
    });
    assert_eq!(sets(cluster), before);
    let second = apply();
    let pruned: Vec<&str> = second.lines().filter(|line| line.ends_with(" pruned")).collect();
    assert_eq!(pruned, SETS.map(|set| format!("statefulset.apps/{set} pruned")));
    operator.wait_until("done with making them anew", LIMIT, || {
        let now = sets(cluster);
        now.len() == SETS.len() && now.iter().all(|(name, uid)| before.get(name) != Some(uid))
    });
    "kubectl refuses to prune by label; an ApplySet, applied twice, deletes what the operator made of Prometheus and Alertmanager"
        .to_owned()
}

/// The commands below a heading of the page.
fn commands(heading: &str) -> String {
    let page = support::read(PAGE.as_ref());
    let (_, section) = page.split_once(heading).unwrap_or_else(|| panic!("{PAGE} has {heading}"));
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// Runs commands as a person does, in a folder, with the administrator's kubeconfig.
fn shell(cluster: &ControlPlane, folder: &Path, commands: &str) -> Output {
    let tools = support::tool("kubectl");
    let skopos = Path::new(env!("CARGO_BIN_EXE_skopos")).parent().unwrap();
    let tools = Path::new(tools.get_program()).parent().unwrap().canonicalize().unwrap();
    let path = format!("{}:{}:{}", skopos.display(), tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-e", "-c", commands]).current_dir(folder);
    command.env("PATH", path).env("KUBECONFIG", cluster.kubeconfig()).output().unwrap()
}

/// The objects of the render that are there, with their uid.
fn present(cluster: &ControlPlane, install: &Install) -> BTreeMap<String, Value> {
    uids(cluster, &["get", "--ignore-not-found", "--kustomize", &install.root()])
}

fn sets(cluster: &ControlPlane) -> BTreeMap<String, Value> {
    named(uids(
        cluster,
        &[&["get", "statefulset", "--namespace=monitoring"], &SETS[..], &["--ignore-not-found"]].concat(),
    ))
}

fn pods(cluster: &ControlPlane) -> BTreeMap<String, Value> {
    let selector = "--selector=app.kubernetes.io/name=prometheus,operator.prometheus.io/name";
    named(uids(cluster, &["get", "pods", "--namespace=monitoring", selector]))
}

fn named(uids: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    uids.into_iter().map(|(id, uid)| (id.rsplit('/').next().unwrap().to_owned(), uid)).collect()
}

fn uids(cluster: &ControlPlane, arguments: &[&str]) -> BTreeMap<String, Value> {
    let answer = cluster.ask(&[arguments, &["--output=json"]].concat());
    if answer.is_empty() {
        return BTreeMap::new();
    }
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let one = [answer.clone()];
    let items = answer["items"].as_array().map_or(&one[..], Vec::as_slice);
    items.iter().map(|item| (id(item), item["metadata"]["uid"].clone())).collect()
}
