//! The scanners that people point at manifests: each finding is an exception that a component declares, or stands in a short table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::proof::{Part, Proof};
use crate::{emitted, process};

mod expand;
mod policies;
mod scan;

use scan::{Finding, Scanner};

/// kube-score and checkov over every golden.
pub const PART: Part = Part { name: "scanners", run };

/// The objects of one golden, as both scanners get them.
struct Scanned {
    golden: String,
    folder: PathBuf,
    objects: Vec<Value>,
}

fn run() -> Vec<Proof> {
    let folder = process::folder("scanners");
    let mut definitions = Vec::new();
    let goldens: Vec<Scanned> = emitted::goldens()
        .iter()
        .map(|golden| write(golden, once(objects(golden), &mut definitions), folder.path()))
        .collect();
    for scanned in &goldens {
        liveness_waits_longer(scanned);
    }
    let broken = write("broken", breakage(&goldens[0]), folder.path());

    let (mut proofs, mut undeclared) = (Vec::new(), Vec::new());
    let mut policies = policies::Policies::new();
    for scanner in [scan::KUBE_SCORE, scan::CHECKOV] {
        let started = Instant::now();
        let (mut n_objects, mut n_findings) = (0, 0);
        for (scanned, findings) in scan_all(&scanner, &goldens) {
            n_objects += scanned.objects.len();
            n_findings += findings.len();
            let digest = |finding: &Finding| scanned.golden == "airgapped" && finding.rule == "CKV_K8S_43";
            let mut stands = |finding: &Finding| !digest(finding) && policies.allow(&scanner, &scanned.golden, finding);
            let (golden, name) = (&scanned.golden, scanner.name);
            undeclared.extend(
                findings
                    .into_iter()
                    .filter(|finding| !stands(finding))
                    .map(|it| format!("{name} golden/{golden} {it:?}")),
            );
        }
        finds_what_is_broken(&scanner, &broken);
        proofs.push(Proof {
            program: scanner.name,
            version: scan::version(&scanner),
            proved: format!(
                "{n_objects} objects of {} goldens read; {n_findings} findings, each excepted; a privileged pod is found",
                goldens.len()
            ),
            took: started.elapsed(),
        });
    }
    assert!(undeclared.is_empty(), "findings that no component declares as an exception: {undeclared:#?}");
    let idle = policies.idle();
    assert!(idle.is_empty(), "nothing needs these policies any more: {idle:#?}");
    proofs
}

/// Scans every golden, two at a time, for each scan keeps one core busy.
fn scan_all<'s>(scanner: &Scanner, goldens: &'s [Scanned]) -> Vec<(&'s Scanned, BTreeSet<Finding>)> {
    let mut all = Vec::new();
    for pair in goldens.chunks(2) {
        std::thread::scope(|scope| {
            let running: Vec<_> = pair
                .iter()
                .map(|scanned| {
                    (scanned, scope.spawn(move || scan::findings(scanner, &scanned.folder, &scanned.objects)))
                })
                .collect();
            for (scanned, thread) in running {
                let result = thread.join().unwrap_or_else(|_| panic!("golden/{}: see above", scanned.golden));
                let findings = result.unwrap_or_else(|fault| panic!("golden/{}: {fault}", scanned.golden));
                all.push((scanned, findings));
            }
        });
    }
    all
}

/// The objects that a golden applies, and those that the operator makes of its resources.
fn objects(golden: &str) -> Vec<Value> {
    let mut objects = emitted::objects(golden);
    let sets: Vec<Value> = objects.iter().filter_map(expand::stateful_set).collect();
    let services: Vec<Value> = objects.iter().filter_map(expand::service).collect();
    assert_eq!(sets.len(), 2, "golden/{golden}: a Prometheus and an Alertmanager are expected");
    objects.extend(sets.into_iter().chain(services));
    objects
}

/// The objects without the definitions that an earlier golden has as well: they are most of what a scanner reads.
fn once(mut objects: Vec<Value>, definitions: &mut Vec<Value>) -> Vec<Value> {
    objects.retain(|object| object["kind"] != "CustomResourceDefinition" || !definitions.contains(object));
    definitions.extend(objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition").cloned());
    objects
}

/// Writes one file an object. JSON is YAML to both scanners.
fn write(name: &str, objects: Vec<Value>, folder: &Path) -> Scanned {
    let folder = folder.join(name);
    std::fs::create_dir(&folder).unwrap();
    for (place, object) in objects.iter().enumerate() {
        std::fs::write(folder.join(format!("{place:04}.yaml")), serde_json::to_vec_pretty(object).unwrap()).unwrap();
    }
    Scanned { golden: name.to_owned(), folder, objects }
}

/// The reason that lets readiness and liveness ask the same: who is not ready has time to recover before it is restarted.
fn liveness_waits_longer(scanned: &Scanned) {
    let containers = scanned.objects.iter().filter_map(|object| object.pointer("/spec/template/spec/containers"));
    for container in containers.filter_map(Value::as_array).flatten() {
        let seconds = |probe: &str| {
            let number = |key: &str, default| container[probe][key].as_u64().unwrap_or(default);
            number("periodSeconds", 10) * number("failureThreshold", 3)
        };
        let asks = |probe: &str| ["httpGet", "tcpSocket", "exec"].map(|how| container[probe][how].clone());
        let same = !container["livenessProbe"].is_null() && asks("readinessProbe") == asks("livenessProbe");
        assert!(
            !same || seconds("livenessProbe") >= 2 * seconds("readinessProbe"),
            "golden/{}: {} is restarted as soon as it is unready",
            scanned.golden,
            container["name"]
        );
    }
}

/// Two good objects made bad: a privileged Grafana, and a Service that checkov takes for a Helm template and skips in silence.
fn breakage(good: &Scanned) -> Vec<Value> {
    let find = |kind: &str, name: &str| {
        let mut found =
            good.objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        found.next().unwrap_or_else(|| panic!("golden/{} has no {kind} {name}", good.golden)).clone()
    };
    let mut deployment = find("Deployment", "grafana");
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    let mut service = find("Service", "grafana");
    service["metadata"]["annotations"] = json!({ "skopos.dev/test": "{{ .Values.test }}" });
    vec![deployment, service]
}

fn finds_what_is_broken(scanner: &Scanner, broken: &Scanned) {
    let read = scan::findings(scanner, &broken.folder, &broken.objects);
    if scanner.name == scan::CHECKOV.name {
        let fault = read.expect_err("a file that checkov skips must not pass as scanned");
        assert!(fault.contains("read 2 of 3"), "checkov tells another number of objects: {fault}");
        std::fs::remove_file(broken.folder.join("0001.yaml")).unwrap();
    }
    let objects = if scanner.name == scan::CHECKOV.name { &broken.objects[..1] } else { &broken.objects };
    let findings = scan::findings(scanner, &broken.folder, objects).unwrap_or_else(|fault| panic!("{fault}"));
    let privileged = Finding { rule: scanner.privileged.to_owned(), object: "Deployment/grafana".to_owned() };
    assert!(findings.contains(&privileged), "{} does not find a privileged container: {findings:?}", scanner.name);
}

/// How many objects of each kind there are.
fn kinds(objects: &[Value]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for object in objects {
        *kinds.entry(object["kind"].as_str().unwrap_or_default()).or_default() += 1;
    }
    kinds
}
