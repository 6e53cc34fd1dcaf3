//! What is watched of the platform that others install, spelled out for each kind of cluster: monitors with their jobs, the ways
//! through the network, and what the owners of the mesh, the serving layer and the control plane are told.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use regex::Regex;
use serde_json::{Value, json};
use skopos::catalog::Catalog;
use skopos::interface::Interfaces;
use skopos::object::Object;
use skopos::source::Source;
use skopos::{Compilation, compile};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("the built-in catalog loads"));

static COMPILED: Mutex<BTreeMap<String, Arc<Compilation>>> = Mutex::new(BTreeMap::new());

/// What a profile with these settings gives; each is compiled once.
fn compiled(settings: &str) -> Arc<Compilation> {
    if let Some(known) = COMPILED.lock().expect("no test holds it while it fails").get(settings) {
        return Arc::clone(known);
    }
    let head = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M3\n";
    let compiled = compile(&Source::new("test.yaml", format!("{head}{settings}\n")), &CATALOG);
    let compiled = compiled.unwrap_or_else(|faults| panic!("{settings}\n{}", skopos::report::short(&faults))).value;
    let compiled = Arc::new(compiled);
    COMPILED.lock().expect("no test holds it while it fails").insert(settings.to_owned(), Arc::clone(&compiled));
    compiled
}

/// The components that are the platform's.
const PLATFORM: [&str; 4] = ["istio", "knative-serving", "kubernetes", "tekton"];

fn of_platform(compilation: &Compilation) -> impl Iterator<Item = &Object> {
    compilation.manifest.objects().iter().filter(|object| PLATFORM.contains(&&*object.component))
}

/// `job <- kind name: path` for each endpoint of the platform's monitors.
fn monitors(settings: &str) -> Vec<String> {
    let compilation = compiled(settings);
    let mut all = Vec::new();
    for object in of_platform(&compilation).filter(|object| object.id.kind.ends_with("Monitor")) {
        for endpoint in endpoints(object) {
            let relabelings = endpoint["relabelings"].as_array().into_iter().flatten();
            let job = relabelings.into_iter().find(|it| it["targetLabel"] == "job").expect("a monitor names its job");
            let (job, path) = (job["replacement"].as_str(), endpoint["path"].as_str());
            let (job, path) = (job.expect("a job is text"), path.expect("a path is text"));
            all.push(format!("{job} <- {} {}: {path}", object.id.kind, object.id.name));
        }
    }
    all.sort();
    all
}

fn endpoints(monitor: &Object) -> impl Iterator<Item = &Value> {
    let spec = &monitor.body["spec"];
    ["endpoints", "podMetricsEndpoints"].into_iter().filter_map(|list| spec[list].as_array()).flatten()
}

/// Who a rule of a network policy lets through: `namespace/labels`.
fn peer(peer: &Value) -> String {
    if let Some(cidr) = peer.pointer("/ipBlock/cidr").and_then(Value::as_str) {
        return cidr.to_owned();
    }
    let name = peer.pointer("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name").and_then(Value::as_str);
    let home = if peer["namespaceSelector"].is_object() { "*" } else { "." };
    let labels = peer.pointer("/podSelector/matchLabels").and_then(Value::as_object).into_iter().flatten();
    let labels = labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let exist = peer.pointer("/podSelector/matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let exist = exist.map(|it| format!("{} {}", it["key"].as_str().unwrap_or_default(), it["operator"]));
    let pods: Vec<_> = labels.chain(exist).collect();
    format!("{}/{}", name.unwrap_or(home), if pods.is_empty() { "*".into() } else { pods.join(",") }).replace('"', "")
}

/// `peer:port` for each opening of a workload's policy in one direction.
fn openings(settings: &str, workload: &str, direction: &str) -> BTreeSet<String> {
    let compilation = compiled(settings);
    let objects = compilation.manifest.objects().iter();
    let mut policies = objects.filter(|object| object.id.kind == "NetworkPolicy" && object.id.name == workload);
    let policy = policies.next().unwrap_or_else(|| panic!("no policy for {workload}"));
    let side = if direction == "ingress" { "from" } else { "to" };
    let mut all = BTreeSet::new();
    for rule in policy.body["spec"][direction].as_array().into_iter().flatten() {
        for far in rule[side].as_array().into_iter().flatten() {
            all.extend(
                rule["ports"].as_array().into_iter().flatten().map(|port| format!("{}:{}", peer(far), port["port"])),
            );
        }
    }
    all
}

/// What leads from Prometheus out of the installation's own namespaces, but for names and the API.
fn reads(settings: &str) -> Vec<String> {
    let network = "network: { nodes: [10.0.0.0/16], apiServer: [10.1.0.1/32] }";
    let all = openings(&format!("cluster: {{ {network}, {settings} }}"), "prometheus", "egress");
    let own = |opening: &String| {
        opening.starts_with("./") || opening.starts_with("monitoring-agents/") || opening.ends_with(":53")
    };
    all.into_iter().filter(|opening| !own(opening)).collect()
}

fn notes(settings: &str) -> BTreeMap<String, String> {
    compiled(settings).notes.iter().cloned().collect()
}

/// A note as what reads it sees it.
fn note(settings: &str, name: &str) -> Value {
    let notes = notes(settings);
    let text = notes.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", notes.keys()));
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

const MIXER: &str = "cluster: { mesh: { telemetry: mixer } }";
const NO_MESH: &str = "cluster: { mesh: { telemetry: none } }";
const OLD_SERVING: &str = "cluster: { serving: { version: '1.18' } }";
const NO_ZIPKIN: &str = "backends: { zipkin: { enabled: false } }";

#[test]
fn a_cluster_with_everything_is_watched_by_these_monitors() {
    assert_eq!(
        monitors(""),
        [
            "apiserver <- ServiceMonitor apiserver: /metrics",
            "cadvisor <- ServiceMonitor cadvisor: /metrics/cadvisor",
            "coredns <- ServiceMonitor coredns: /metrics",
            "envoy <- PodMonitor envoy: /stats/prometheus",
            "istiod <- ServiceMonitor istiod: /metrics",
            "knative-serving <- PodMonitor knative-serving: /metrics",
            "kube-controller-manager <- PodMonitor kube-controller-manager: /metrics",
            "kube-scheduler <- PodMonitor kube-scheduler: /metrics",
            "kubelet <- ServiceMonitor kubelet: /metrics",
            "queue-proxy <- PodMonitor queue-proxy: /metrics",
            "tekton-pipelines <- ServiceMonitor tekton-pipelines: /metrics",
        ]
    );
}

#[test]
fn what_a_cluster_does_not_have_is_not_watched() {
    let jobs = |settings: &str| {
        let monitors = monitors(settings);
        let names = monitors.iter().filter_map(|monitor| Some(monitor.split_once(" <- ")?.0.to_owned()));
        names.collect::<BTreeSet<_>>()
    };
    let all = jobs("");
    let gone = |settings: &str| all.difference(&jobs(settings)).cloned().collect::<Vec<_>>();
    assert_eq!(gone(NO_MESH), ["envoy", "istiod"]);
    assert_eq!(gone("cluster: { controlPlane: managed }"), ["kube-controller-manager", "kube-scheduler"]);
    assert_eq!(gone("cluster: { serving: { enabled: false } }"), ["knative-serving", "queue-proxy"]);
    assert_eq!(gone("cluster: { builds: { enabled: false } }"), ["tekton-pipelines"]);
    assert_eq!(gone(NO_ZIPKIN), [""; 0]);
    assert_eq!(gone(OLD_SERVING), [""; 0]);
    assert_eq!(jobs("backends: { prometheus: { enabled: false } }"), BTreeSet::new(), "nothing reads these monitors");
}

#[test]
fn an_old_mesh_is_watched_at_mixer_too() {
    let mesh: Vec<_> = monitors(MIXER).into_iter().filter(|it| it.contains("mixer") || it.contains("envoy")).collect();
    assert_eq!(
        mesh,
        [
            "envoy <- PodMonitor envoy: /stats/prometheus",
            "mixer <- ServiceMonitor mixer-itself: /metrics",
            "mixer <- ServiceMonitor mixer: /metrics",
        ]
    );
}

#[test]
fn prometheus_reaches_the_platform_at_these_ports_and_no_others() {
    assert_eq!(
        reads(""),
        [
            "*/service.istio.io/canonical-name Exists:15090",
            "*/serving.knative.dev/revision Exists:9091",
            "10.0.0.0/16:10250",
            "10.0.0.0/16:10257",
            "10.0.0.0/16:10259",
            "10.0.0.0/16:9100",
            "10.1.0.1/32:443",
            "10.1.0.1/32:6443",
            "istio-system/istio=pilot:15014",
            "knative-serving/*:9090",
            "kube-system/k8s-app=kube-dns:9153",
            "tekton-pipelines/app=tekton-pipelines-controller:9090",
        ]
    );
    let least =
        "mesh: { telemetry: none }, controlPlane: managed, serving: { enabled: false }, builds: { enabled: false }";
    assert_eq!(
        reads(least),
        [
            "10.0.0.0/16:10250",
            "10.0.0.0/16:9100",
            "10.1.0.1/32:443",
            "10.1.0.1/32:6443",
            "kube-system/k8s-app=kube-dns:9153",
        ]
    );
    let mixer: Vec<_> = reads("mesh: { telemetry: mixer, namespace: mesh }");
    let mixer: Vec<_> = mixer.iter().filter(|it| it.starts_with("mesh/") || it.starts_with("*/*")).collect();
    assert_eq!(mixer, ["*/*:15090", "mesh/istio=mixer:15014", "mesh/istio=mixer:42422", "mesh/istio=pilot:15014"]);
}

#[test]
fn spans_come_from_labelled_pods_and_old_ones_straight_from_the_serving_layer() {
    let spans = |settings: &str| {
        let all = openings(settings, "zipkin-collector", "ingress");
        all.into_iter().filter(|opening| opening.ends_with(":9411")).collect::<Vec<_>>()
    };
    let bridge = "./app.kubernetes.io/component=otel-collector,app.kubernetes.io/name=otel-collector:9411";
    assert_eq!(spans(""), ["*/service.istio.io/canonical-name Exists:9411", bridge]);
    assert_eq!(spans(NO_MESH), [bridge]);
    assert_eq!(
        spans(OLD_SERVING),
        [
            "*/service.istio.io/canonical-name Exists:9411",
            "*/serving.knative.dev/revision Exists:9411",
            "knative-serving/*:9411",
        ]
    );
    assert!(spans(MIXER).contains(&"*/*:9411".to_owned()), "no label tells the pods of an old mesh apart");
    let otlp = openings("", "otel-collector", "ingress");
    let otlp: Vec<_> = otlp.into_iter().filter(|opening| opening.ends_with(":4318")).collect();
    assert_eq!(otlp, ["*/serving.knative.dev/revision Exists:4318", "knative-serving/*:4318"]);
}

#[test]
fn the_bridge_is_there_for_a_new_serving_layer_and_zipkin_only() {
    let has = |settings: &str| {
        let compilation = compiled(settings);
        compilation.manifest.objects().iter().any(|object| object.id.name == "otel-collector")
    };
    assert!(has("") && has("cluster: { serving: { version: '1.19' } }"));
    assert!(!has(OLD_SERVING) && !has(NO_ZIPKIN) && !has("cluster: { serving: { enabled: false } }"));
}

#[test]
fn each_custom_resource_fits_its_interface() {
    let mut checked = BTreeSet::new();
    for settings in ["", MIXER, OLD_SERVING, NO_ZIPKIN] {
        let compilation = compiled(settings);
        for object in of_platform(&compilation) {
            let Some(resource) = Interfaces::builtin().get(&object.id.api_version, &object.id.kind) else { continue };
            let violations = resource.check(&Value::Object(object.body.clone()));
            assert!(violations.is_empty(), "{}: {violations:?}", object.id);
            checked.insert(object.id.kind.clone());
        }
    }
    assert_eq!(
        checked.into_iter().collect::<Vec<_>>(),
        ["PodMonitor", "PrometheusRule", "ServiceMonitor", "Telemetry"]
    );
}

#[test]
fn the_root_namespace_of_the_mesh_has_one_telemetry_whose_providers_the_note_defines() {
    for settings in ["", NO_ZIPKIN, "cluster: { mesh: { namespace: mesh } }"] {
        let compilation = compiled(settings);
        let objects = compilation.manifest.objects().iter();
        let telemetries: Vec<_> = objects.filter(|object| object.id.kind == "Telemetry").collect();
        assert_eq!(telemetries.len(), 1, "the mesh heeds only one without a selector in a namespace");
        let spec = &telemetries[0].body["spec"];
        let named: BTreeSet<_> = ["tracing", "accessLogging"]
            .into_iter()
            .filter_map(|part| spec.pointer(&format!("/{part}/0/providers/0/name"))?.as_str())
            .collect();
        let note = note(settings, "istio-mesh-config.yaml");
        let providers = note["meshConfig"]["extensionProviders"].as_array().expect("a list");
        let defined: BTreeSet<_> = providers.iter().filter_map(|provider| provider["name"].as_str()).collect();
        assert_eq!(named, defined, "{settings}");
        assert_eq!(named.contains("skopos-zipkin"), settings != NO_ZIPKIN);
        let namespace = if settings.contains("mesh: {") { "mesh" } else { "istio-system" };
        assert_eq!(telemetries[0].id.namespace.as_deref(), Some(namespace));
    }
    for settings in [MIXER, NO_MESH] {
        let compilation = compiled(settings);
        assert!(!compilation.manifest.objects().iter().any(|object| object.id.kind == "Telemetry"), "{settings}");
    }
}

#[test]
fn owners_of_other_programs_get_the_notes_that_they_need() {
    let names = |settings: &str| notes(settings).into_keys().collect::<Vec<_>>();
    let (mesh, serving, control) =
        ("istio-mesh-config.yaml", "knative-observability.yaml", "kubeadm-control-plane.yaml");
    let network = "cluster-network.yaml";
    assert_eq!(names(""), [network, mesh, serving, control]);
    assert_eq!(names(MIXER), [network, "istio-values.yaml", serving, control]);
    assert_eq!(names(NO_MESH), [network, serving, control]);
    assert_eq!(names(OLD_SERVING), [network, mesh, serving, "knative-tracing.yaml", control]);
    assert_eq!(names("cluster: { controlPlane: managed, serving: { enabled: false } }"), [network, mesh]);
    let known = "cluster: { network: { nodes: [10.0.0.0/24], apiServer: [10.0.0.10/32] } }";
    assert_eq!(names(known), [mesh, serving, control]);
}

#[test]
fn the_mesh_is_told_where_spans_go() {
    let zipkin = &note("", "istio-mesh-config.yaml")["meshConfig"]["extensionProviders"][0]["zipkin"];
    assert_eq!(zipkin, &json!({ "service": "zipkin-collector.monitoring.svc.cluster.local", "port": 9411 }));
    let old = note("cluster: { mesh: { telemetry: mixer }, domain: example.org }", "istio-values.yaml");
    assert_eq!(old["global"]["tracer"]["zipkin"]["address"], "zipkin-collector.monitoring.svc.example.org:9411");
    let without = note(&format!("{MIXER}\n{NO_ZIPKIN}"), "istio-values.yaml");
    assert_eq!(
        without,
        json!({ "global": { "proxy": { "accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON" } } })
    );
}

#[test]
fn the_serving_layer_is_told_what_its_age_understands() {
    let keys = |settings: &str| {
        let data = note(settings, "knative-observability.yaml")["data"].clone();
        let data = data.as_object().expect("data is a map").clone();
        data.into_iter().filter(|(key, _)| !key.starts_with("logging.")).collect::<BTreeMap<_, _>>()
    };
    let expect = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect::<BTreeMap<_, _>>()
    };
    let metrics = [("metrics-protocol", "prometheus"), ("request-metrics-protocol", "prometheus")];
    let tracing = [
        ("tracing-endpoint", "http://otel-collector.monitoring.svc:4318/v1/traces"),
        ("tracing-protocol", "http/protobuf"),
        ("tracing-sampling-rate", "0.01"),
    ];
    assert_eq!(keys(""), expect(&[&metrics[..], &tracing[..]].concat()));
    assert_eq!(keys(NO_ZIPKIN), expect(&metrics));
    let old =
        [("metrics.backend-destination", "prometheus"), ("metrics.request-metrics-backend-destination", "prometheus")];
    assert_eq!(keys(OLD_SERVING), expect(&old));
    assert_eq!(
        note(OLD_SERVING, "knative-tracing.yaml")["data"],
        json!({
            "backend": "zipkin",
            "zipkin-endpoint": "http://zipkin-collector.monitoring.svc:9411/api/v2/spans",
            "sample-rate": "0.01",
        })
    );
}

#[test]
fn a_request_log_is_a_line_of_json_with_the_fields_of_the_contract() {
    let quoted = Regex::new(r#"\{\{printf "%q" [^}]*\}\}"#).expect("a pattern");
    let branch = Regex::new(r"\{\{(\$|if )[^}]*\}\}|\{\{else\}\}.*?\{\{end\}\}").expect("a pattern");
    let plain = Regex::new(r"\{\{[^}]*\}\}").expect("a pattern");
    for settings in ["", "cluster: { serving: { version: '1.20' } }", OLD_SERVING] {
        let data = note(settings, "knative-observability.yaml")["data"].clone();
        let template = data["logging.request-log-template"].as_str().expect("a template").to_owned();
        // Its field is there from 1.21 on, and a template that names what is not there writes no request at all.
        assert_eq!(template.contains(".TraceID"), settings.is_empty(), "{settings}");
        let line = branch.replace_all(&template, "");
        let line = quoted.replace_all(&line, r#""it's""#);
        let line: Value = serde_json::from_str(&plain.replace_all(&line, "7")).expect("JSON");
        let mut keys: Vec<_> = line.as_object().expect("a map").keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["httpRequest", "logger", "severity", "traceId"]);
        let request = line["httpRequest"].as_object().expect("a map");
        let mut keys: Vec<_> = request.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let contract = [
            "latency",
            "protocol",
            "remoteIp",
            "requestMethod",
            "requestSize",
            "requestUrl",
            "responseSize",
            "serverIp",
            "status",
            "userAgent",
        ];
        assert_eq!(keys, contract);
        let log = note("", "istio-mesh-config.yaml");
        let providers = log["meshConfig"]["extensionProviders"].as_array().expect("a list").clone();
        let log = providers.iter().find_map(|it| it.pointer("/envoyFileAccessLog/logFormat/labels/httpRequest"));
        let mut keys: Vec<_> = log.and_then(Value::as_object).expect("a map").keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, contract, "the mesh's log has the same fields");
    }
}

#[test]
fn no_rule_or_panel_reads_what_a_monitor_drops() {
    let word = Regex::new("[a-zA-Z_:][a-zA-Z0-9_:]*").expect("a pattern");
    let mut read = BTreeSet::new();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for entry in CATALOG.entries() {
        let content = &entry.component.content;
        for file in content.rules.iter().chain(&content.dashboards) {
            let path = templates.join(&*entry.name).join(&file.file);
            let text = std::fs::read_to_string(path).expect("the catalog's files are there");
            read.extend(word.find_iter(&text).map(|found| found.as_str().to_owned()));
        }
    }
    assert!(read.contains("etcd_request_duration_seconds_bucket"));
    let mut rules = 0;
    for settings in ["", MIXER] {
        for object in of_platform(&compiled(settings)).filter(|object| object.id.kind.ends_with("Monitor")) {
            let drops = endpoints(object).filter_map(|endpoint| endpoint["metricRelabelings"].as_array()).flatten();
            for drop in drops.filter(|rule| rule["action"] == "drop" && rule["sourceLabels"] == json!(["__name__"])) {
                let pattern = drop["regex"].as_str().expect("a pattern is text");
                let dropped = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
                let lost: Vec<_> = read.iter().filter(|name| dropped.is_match(name)).collect();
                assert!(lost.is_empty(), "{} drops what content reads: {lost:?}", object.id);
                rules += 1;
            }
        }
    }
    assert!(rules >= 4, "the monitors of cAdvisor and of the API server drop costly series");
}
