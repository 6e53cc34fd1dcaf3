//! What is installed takes another render over it: objects are changed in place, but for the changes that Kubernetes refuses, which are
//! known here and have a way that was tried.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::drift::{Difference, known_additions, without_record};
use super::install::id;
use super::timed;
use crate::control_plane::{ControlPlane, quiet};
use crate::proof::Proof;
use crate::{emitted, process, support};

/// The profile that is there already.
pub const FIRST: &str = "managed";

/// The built-in profiles, each over the one before.
const CHAIN: [&str; 7] = [FIRST, "m3", "m4", "airgapped", "legacy-mesh", "local", "m4"];

/// What every apply says.
const APPLY: [&str; 5] = ["apply", "--server-side", "--field-manager=skopos", "--validate=strict", "--output=json"];

/// The way of docs/changes.md to change the claims of a StatefulSet: it goes without its pods, and is made anew.
const ORPHAN: [&str; 5] = ["delete", "statefulset", "elasticsearch", "--namespace=monitoring", "--cascade=orphan"];

/// The profile that is changed.
const BASE: &str = "m4";

/// Changes that people make to a profile, as a merge patch. Each is applied over the one before.
const CHANGES: [(&str, &str); 19] = [
    ("size small", r#"{"size": "small"}"#),
    ("size large", r#"{"size": "large"}"#),
    (
        "more replicas",
        r#"{"backends": {"elasticsearch": {"replicas": 5}, "prometheus": {"replicas": 3}, "kibana": {"replicas": 2}}}"#,
    ),
    ("no replicas", r#"{"backends": {"elasticsearch": {"replicas": 0}, "prometheus": {"replicas": 0}}}"#),
    ("a larger volume of Prometheus", r#"{"backends": {"prometheus": {"storage": {"size": "300Gi"}}}}"#),
    (
        "longer retention",
        r#"{"backends": {"elasticsearch": {"retention": "28d"}, "prometheus": {"retention": "60d"}}}"#,
    ),
    (
        "other resources",
        r#"{"backends": {"grafana": {"resources": {"limits": {"memory": "1Gi"}}}, "elasticsearch": {"resources": {"limits": {"memory": "8Gi"}}}}}"#,
    ),
    ("the next Elasticsearch", r#"{"backends": {"elasticsearch": {"version": "9.5"}}}"#),
    ("certificates by cert-manager", r#"{"security": {"certificates": "cert-manager"}}"#),
    ("an older serving layer", r#"{"cluster": {"serving": {"version": "1.17"}}}"#),
    ("no serving layer and no builds", r#"{"cluster": {"serving": {"enabled": false}, "builds": {"enabled": false}}}"#),
    ("no mesh", r#"{"cluster": {"mesh": {"telemetry": "none"}, "serving": {"enabled": false}}}"#),
    ("another network", r#"{"cluster": {"network": {"nodes": ["10.1.0.0/16"], "apiServer": ["10.1.0.1/32"]}}}"#),
    ("another name of the cluster", r#"{"cluster": {"name": "another"}}"#),
    ("pages for nobody", r#"{"access": {"from": []}}"#),
    ("no tracing", r#"{"backends": {"zipkin": {"enabled": false}}}"#),
    (
        "no pages and no alerting",
        r#"{"backends": {"grafana": {"enabled": false}, "kibana": {"enabled": false}, "alertmanager": {"enabled": false}}}"#,
    ),
    ("another storage class", r#"{"cluster": {"storageClass": "fast"}}"#),
    (LARGER, r#"{"backends": {"elasticsearch": {"storage": {"size": "400Gi"}}}}"#),
];

/// The change after which the pods are looked at.
const LARGER: &str = "a larger volume of Elasticsearch";

/// The changes that the server refuses, of those above and of the chain, and of which object: the claims in a StatefulSet are fixed.
const REFUSED: [&str; 7] =
    ["m4", "airgapped", "local", "m4", "another storage class", "a larger volume of Elasticsearch", "all taken back"];

/// How the server refuses.
const REASON: &str = "spec: Forbidden: updates to statefulset spec for fields other than ";

/// Applies render over render.
pub fn is_taken(cluster: &ControlPlane) -> Vec<Proof> {
    let mut walk = Walk {
        cluster,
        objects: emitted::objects(CHAIN[0]),
        refused: Vec::new(),
        changed: 0,
        known: known_additions(),
    };
    let base = emitted::objects(BASE);
    let proofs = vec![
        timed(|| {
            for profile in &CHAIN[1..] {
                walk.to(profile, emitted::objects(profile));
            }
            format!("{} over each other: {} changed objects are taken", CHAIN.join(", "), walk.take_count())
        }),
        timed(|| {
            for (what, patch) in CHANGES {
                walk.to(what, rendered(patch));
            }
            walk.to("all taken back", base.clone());
            assert_eq!(walk.refused, REFUSED);
            let count = walk.take_count();
            format!("{} changes to {BASE}, one after the other: {count} changed objects are taken", CHANGES.len())
        }),
        timed(|| walk.pods_stay()),
        timed(|| {
            walk.to("its volume taken back", base.clone());
            walk.take_count();
            let Some((revision, objects)) = earlier().filter(|(_, objects)| *objects != base) else {
                return "no earlier golden is taken: git has none here".to_owned();
            };
            walk.to("an earlier golden", objects);
            walk.to("the golden after an earlier one", base.clone());
            format!("{BASE} of {revision} and then the present one: {} changed objects are taken", walk.take_count())
        }),
    ];
    immutable_fields_are_told(cluster);
    proofs
}

/// The walk can fail: a change of a field that never changes is refused, and not in the way that is known.
fn immutable_fields_are_told(cluster: &ControlPlane) {
    let objects = emitted::objects(BASE);
    for (kind, name, pointer, told) in [
        ("Deployment", "grafana", "/spec/selector/matchLabels/app.kubernetes.io~1name", "field is immutable"),
        ("StatefulSet", "elasticsearch", "/spec/serviceName", "updates to statefulset spec for fields other than"),
        ("RoleBinding", "skopos:prometheus-api:grafana", "/roleRef/name", "cannot change roleRef"),
    ] {
        let object = objects.iter().find(|it| it["kind"] == kind && it["metadata"]["name"] == name);
        let mut object = object.unwrap_or_else(|| panic!("there is a {kind} {name}")).clone();
        *object.pointer_mut(pointer).unwrap() = json!("another");
        let output = cluster.kubectl_on(&object, &[&APPLY[..], &["--dry-run=server"]].concat());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && complaint.contains(told), "{kind} {name}: {complaint}");
    }
}

/// A cluster on its way from render to render.
struct Walk<'c> {
    cluster: &'c ControlPlane,
    objects: Vec<Value>,
    refused: Vec<String>,
    changed: usize,
    /// What the server adds to objects.
    known: BTreeSet<String>,
}

impl Walk<'_> {
    /// Applies what is new in a render, as it stands: the rest would stay as it is. Where the server refuses, the known way is gone.
    fn to(&mut self, what: &str, objects: Vec<Value>) {
        let changed: Vec<Value> = objects.iter().filter(|object| !self.objects.contains(object)).cloned().collect();
        assert!(!changed.is_empty(), "{what} changes nothing");
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": changed });
        let mut output = self.cluster.kubectl_on(&list, &APPLY);
        let predicted = claims(&self.objects) != claims(&objects);
        assert_eq!(!output.status.success(), predicted, "{what}: {}", String::from_utf8_lossy(&output.stderr));
        if predicted {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let (object, reason) =
                complaint.split_once(" is invalid: ").unwrap_or_else(|| panic!("{what}: {complaint}"));
            assert!(reason.starts_with(REASON) && complaint.trim().lines().count() == 1, "{what}: {complaint}");
            assert_eq!(object, "The StatefulSet \"elasticsearch\"", "{what}");
            self.refused.push(what.to_owned());
            self.cluster.ask(&ORPHAN);
            output = self.cluster.kubectl_on(&list, &APPLY);
        }
        let kept: Value = serde_json::from_str(&quiet(what, output)).unwrap();
        self.keeps(what, &changed, &kept);
        self.changed += changed.len();
        self.objects = objects;
    }

    /// How many objects have changed since this was last asked.
    fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.changed)
    }

    /// Whoever makes the set anew as it is told keeps its pods, which the new one takes on.
    fn pods_stay(&mut self) -> String {
        let (_, patch) = CHANGES.iter().find(|(what, _)| *what == LARGER).unwrap();
        let before = self.settled_pods();
        assert_eq!(before.len(), 3);
        self.to(LARGER, rendered(patch));
        let after = self.settled_pods();
        let uids = |pods: &[Value]| pods.iter().map(|pod| pod["uid"].clone()).collect::<Vec<Value>>();
        assert_eq!(uids(&after), uids(&before), "the pods stay");
        assert_ne!(after[0]["owner"], before[0]["owner"], "the set is another");
        format!(
            "the pods of a StatefulSet that is made anew, because {LARGER} is refused, stay and become the new one's"
        )
    }

    /// The pods of Elasticsearch, once all are there, belong to a set, and are no more changed.
    fn settled_pods(&self) -> Vec<Value> {
        let started = Instant::now();
        let mut last = Vec::new();
        loop {
            assert!(started.elapsed() < Duration::from_mins(1), "the pods do not settle: {last:?}");
            std::thread::sleep(Duration::from_secs(2));
            let set = self.cluster.ask_json(&["get", "statefulset", "elasticsearch", "--namespace=monitoring"]);
            let selector = "--selector=app.kubernetes.io/component=elasticsearch";
            let pods = self.cluster.ask_json(&["get", "pods", selector, "--namespace=monitoring"]);
            let identity = |pod: &Value| {
                let metadata = &pod["metadata"];
                json!({ "uid": metadata["uid"], "owner": metadata["ownerReferences"][0]["uid"] })
            };
            let pods: Vec<Value> = pods["items"].as_array().unwrap().iter().map(identity).collect();
            let owned = pods.iter().all(|pod| pod["owner"] == set["metadata"]["uid"]);
            if owned && Some(pods.len() as u64) == set["spec"]["replicas"].as_u64() && pods == last {
                return pods;
            }
            last = pods;
        }
    }

    /// What the server has is what was rendered: nothing is left of the render before.
    fn keeps(&self, what: &str, changed: &[Value], kept: &Value) {
        let one = [kept.clone()];
        let kept = kept["items"].as_array().map_or(&one[..], Vec::as_slice);
        assert_eq!(kept.len(), changed.len(), "{what}");
        for object in changed {
            let kept = kept.iter().find(|kept| id(kept) == id(object)).unwrap();
            let mut difference = Difference::default();
            difference.compare("", object, &without_record(kept));
            assert!(difference.changed.is_empty(), "{what}: {}: {:?}", id(object), difference.changed);
            let kind = object["kind"].as_str().unwrap();
            let left: Vec<&String> =
                difference.added.iter().filter(|path| !self.known.contains(&format!("{kind} {path}"))).collect();
            assert!(left.is_empty(), "{what}: {} keeps {left:?}", id(object));
        }
    }
}

/// The claims in the StatefulSets, of which Kubernetes allows no change.
fn claims(objects: &[Value]) -> Vec<&Value> {
    objects.iter().filter(|it| it["kind"] == "StatefulSet").map(|it| &it["spec"]["volumeClaimTemplates"]).collect()
}

/// The golden of the last release, where git has its tag; else the oldest that git has: in a
/// shallow clone that is the present one.
fn earlier() -> Option<(String, Vec<Value>)> {
    let golden = format!("golden/{BASE}");
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(support::root()).output().ok()?;
        let printed = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !printed.is_empty()).then_some(printed)
    };
    let first = || git(&["log", "--diff-filter=A", "--format=%h", "--", &format!("{golden}/kustomization.yaml")]);
    let revision = git(&["describe", "--tags", "--abbrev=0"]).or_else(first)?;
    let revision = revision.lines().last()?.to_owned();
    let folder = process::folder("earlier");
    let archive = folder.path().join("golden.tar");
    let mut command = Command::new("git");
    command.current_dir(support::root()).args(["archive", "--output"]).arg(&archive).args([&revision, &golden]);
    support::run(&mut command);
    support::run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder.path()));
    Some((revision, emitted::objects_in(folder.path().join(golden).to_str().unwrap())))
}

/// The objects of the base with a changed profile.
fn rendered(patch: &str) -> Vec<Value> {
    let folder = process::folder("upgrade");
    let file = folder.path().join("profile.yaml");
    std::fs::write(&file, changed_profile(patch)).unwrap();
    let output = support::run(Command::new(env!("CARGO_BIN_EXE_skopos")).arg("render").arg(&file));
    serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

/// The base's profile with a merge patch.
pub fn changed_profile(patch: &str) -> String {
    let mut profile: Value = support::yaml(format!("profiles/{BASE}.yaml").as_ref());
    merge(&mut profile, &serde_json::from_str(patch).unwrap_or_else(|error| panic!("{patch}: {error}")));
    profile.to_string()
}

fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, patch) in patch {
        merge(&mut value[key], patch);
    }
}
