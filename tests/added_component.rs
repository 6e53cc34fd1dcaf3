//! A component is a folder: one that the compiler has never heard of, added to the built-in ones by files alone, gets all that the others
//! get. The folder is the smallest that follows CONTRIBUTING.md.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads the catalog's files")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use skopos::catalog::{Catalog, Files};
use skopos::secrets::{SecretKind, SecretSpec};
use skopos::source::Source;
use skopos::{Compilation, compile};

const FOLDER: [(&str, &str); 5] = [
    (
        "beacon/component.yaml",
        r#"
name: beacon
summary: Shows on one page whether the logs of this instance arrive
since: M3
scope: instance
workloads:
  - template: page.yaml
    image: beacon
    runsAs: { user: 1000, group: 1000, fsGroup: 1000 }
    scaling: stateless
    sizes:
      small: { replicas: 1, cpu: [50m, 200m], memory: 64Mi }
      medium: &many { replicas: 2, cpu: [50m, 200m], memory: 64Mi }
      large: *many
    endpoints:
      - { name: page, port: 8443, protocol: https, authentication: guard, upstream: 8080 }
      - { name: metrics, port: 8444, protocol: https, authentication: guard, upstream: 8080, paths: [/metrics], metrics: {} }
    uses:
      - name: logs
        endpoint: elasticsearch/https
        role: { indices: [{ names: ["logs-*"], privileges: [read] }] }
        credentials: { kind: password, user: beacon, files: { password: "{{ values.password }}" } }
    writes:
      - { name: temporary, path: /tmp, size: 16Mi }
    config:
      - name: settings
        mountPath: /etc/beacon
        files: { beacon.yml: config/beacon.yml }
produces:
  - { file: metrics.yaml }
content:
  rules:
    - { file: rules/beacon.yaml }
"#,
    ),
    (
        "beacon/page.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
spec:
  replicas: "{{ replicas }}"
  template:
    spec:
      containers:
        - name: beacon
          image: "{{ image }}"
          args: ["--listen=127.0.0.1:8080", "--logs={{ uses.logs.url }}", "--user={{ uses.logs.credentials.user }}"]
          startupProbe: { exec: { command: [/beacon, check] } }
          readinessProbe: { exec: { command: [/beacon, check] } }
          livenessProbe: { exec: { command: [/beacon, check] } }
"#,
    ),
    ("beacon/config/beacon.yml", "title: {{ parameters.title }}\n"),
    ("beacon/metrics.yaml", "beacon_checks_failed_total: { type: counter, labels: [check] }\n"),
    (
        "beacon/rules/beacon.yaml",
        r#"
groups:
  - name: beacon
    rules:
      - alert: BeaconChecksFail
        expr: sum by (namespace, check) (rate(beacon_checks_failed_total{job="beacon"}[5m])) > 0
        for: 10m
        labels: { severity: warning }
        annotations:
          summary: A check of the beacon fails
          description: The check {{ $labels.check }} fails.
          runbook: Open the beacon's page and read what the check says.
"#,
    ),
];

const PARAMETERS: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": { "title": { "description": "The title of the page.", "type": "string", "default": "Beacon" } }
}"#;

const IMAGE: &str = r#"
  beacon:
    repository: registry.example/beacon
    license: Apache-2.0
    versions: { "1.0": v1.0.3 }
"#;

/// The built-in folders as they lie on disk, and the added one.
struct WithBeacon(BTreeMap<String, String>);

impl WithBeacon {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).expect("a path below the root").display().to_string();
                    files.insert(name, fs::read_to_string(&path).expect("a text"));
                }
            }
        }
        files.extend(FOLDER.map(|(path, text)| (path.to_owned(), text.to_owned())));
        files.insert("beacon/parameters.schema.json".to_owned(), PARAMETERS.to_owned());
        files.get_mut("catalog.yaml").expect("the list of images").push_str(IMAGE);
        Self(files)
    }
}

impl Files for WithBeacon {
    fn read(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    fn folders(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.0.keys().filter_map(|path| path.strip_suffix("/component.yaml")).map(str::to_owned).collect();
        names.sort();
        names
    }
}

fn compiled(settings: &str) -> Compilation {
    let catalog =
        Catalog::load(&WithBeacon::new()).unwrap_or_else(|faults| panic!("{}", skopos::report::short(&faults)));
    let head = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M3\n";
    let compiled = compile(&Source::new("test.yaml", format!("{head}{settings}\n")), &catalog);
    compiled.unwrap_or_else(|faults| panic!("{}", skopos::report::short(&faults))).value
}

fn object(compilation: &Compilation, kind: &str, name: &str) -> Value {
    let mut objects = compilation.manifest.objects().iter();
    let found = objects.find(|object| object.id.kind == kind && object.id.name == name);
    found.map_or_else(|| panic!("there is no {kind} {name}"), |object| Value::Object(object.body.clone()))
}

fn at(object: &Value, pointer: &str) -> Value {
    object.pointer(pointer).cloned().unwrap_or_default()
}

#[test]
fn its_pods_run_hardened_behind_the_guard_with_an_identity_of_their_own() {
    let compilation = compiled("");
    let deployment = object(&compilation, "Deployment", "beacon");
    let pod = at(&deployment, "/spec/template/spec");
    assert_eq!(at(&deployment, "/spec/replicas"), json!(2));
    assert_eq!(at(&pod, "/containers/0/image"), json!("registry.example/beacon:v1.0.3"));
    assert_eq!(
        at(&pod, "/containers/0/args/1"),
        json!("--logs=https://elasticsearch.monitoring.svc:9200"),
        "a use hands the server's address over"
    );
    assert_eq!(at(&pod, "/containers/0/securityContext/readOnlyRootFilesystem"), json!(true));
    assert_eq!(at(&pod, "/securityContext/runAsUser"), json!(1000));
    assert_eq!(at(&pod, "/serviceAccountName"), json!("beacon"));
    let containers = at(&pod, "/containers").as_array().cloned().unwrap_or_default();
    let names: Vec<_> = containers.iter().map(|container| at(container, "/name")).collect();
    assert_eq!(names, [json!("beacon"), json!("guard-page"), json!("guard-metrics")]);
    object(&compilation, "ServiceAccount", "beacon");
    object(&compilation, "PodDisruptionBudget", "beacon");
}

#[test]
fn its_edges_are_open_at_both_ends_and_only_they() {
    let compilation = compiled("");
    let service = object(&compilation, "Service", "beacon");
    let ports = at(&service, "/spec/ports").as_array().cloned().unwrap_or_default();
    let ports: Vec<_> = ports.iter().map(|port| (at(port, "/name"), at(port, "/port"))).collect();
    assert_eq!(ports, [(json!("page"), json!(8443)), (json!("metrics"), json!(8444))]);

    let own = object(&compilation, "NetworkPolicy", "beacon");
    assert_eq!(at(&own, "/spec/policyTypes"), json!(["Ingress", "Egress"]));
    let ingress = at(&own, "/spec/ingress").as_array().cloned().unwrap_or_default();
    let ports: Vec<_> = ingress.iter().map(|rule| at(rule, "/ports/0/port")).collect();
    assert_eq!(ports, [json!(8444)], "nobody uses the page, so nobody reaches it");
    let prometheus = json!({ "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": "prometheus" });
    assert_eq!(at(&ingress[0], "/from/0/podSelector/matchLabels"), prometheus);
    let elasticsearch =
        json!({ "app.kubernetes.io/component": "elasticsearch", "app.kubernetes.io/name": "elasticsearch" });
    assert_eq!(at(&own, "/spec/egress/0/ports/0/port"), json!(9200));
    assert_eq!(at(&own, "/spec/egress/0/to/0/podSelector/matchLabels"), elasticsearch);

    let server = object(&compilation, "NetworkPolicy", "elasticsearch").to_string();
    let beacon = json!({ "app.kubernetes.io/component": "beacon", "app.kubernetes.io/name": "beacon" });
    assert!(server.contains(&beacon.to_string()), "{server}");
}

#[test]
fn it_has_its_configuration_its_monitor_and_its_alert() {
    let compilation = compiled("backends: { beacon: { parameters: { title: Lighthouse } } }");
    let settings = object(&compilation, "ConfigMap", "beacon-settings");
    assert_eq!(at(&settings, "/data/beacon.yml"), json!("title: Lighthouse\n"));
    let monitor = object(&compilation, "ServiceMonitor", "beacon");
    assert_eq!(at(&monitor, "/spec/endpoints/0/port"), json!("metrics"));
    assert_eq!(at(&monitor, "/spec/endpoints/0/scheme"), json!("https"));
    let rule = object(&compilation, "PrometheusRule", "beacon");
    assert_eq!(at(&rule, "/spec/groups/0/rules/0/alert"), json!("BeaconChecksFail"));
    let reader = object(&compilation, "Role", "skopos:beacon-metrics:prometheus");
    assert_eq!(at(&reader, "/rules/0/resourceNames"), json!(["beacon-metrics"]));
}

#[test]
fn its_certificate_and_its_password_are_made_with_the_others() {
    let generated = compiled("");
    let secret = |name: &str| -> &SecretSpec {
        let found = generated.secrets.iter().find(|secret| secret.name == name);
        found.unwrap_or_else(|| panic!("there is no Secret {name}"))
    };
    let SecretKind::Certificate(certificate) = &secret("beacon-certificate").kind else { panic!("no certificate") };
    assert!(certificate.server && certificate.dns_names.contains(&"beacon.monitoring.svc".to_owned()));
    let SecretKind::Generated(password) = &secret("beacon-logs").kind else { panic!("no password") };
    assert_eq!(password.files.keys().collect::<Vec<_>>(), ["username", "password"]);
    let made = generated.secrets.iter().filter_map(|secret| match &secret.kind {
        SecretKind::Generated(made) if secret.name.starts_with("elasticsearch") => Some(made),
        _ => None,
    });
    let mut users = made.flat_map(|made| made.imports.values().flatten());
    assert!(users.any(|user| user.attributes.get("user") == Some(&json!("beacon"))), "the server knows the user");

    let managed = compiled("security: { certificates: cert-manager }");
    let certificate = object(&managed, "Certificate", "beacon-certificate");
    assert_eq!(at(&certificate, "/spec/secretName"), json!("beacon-certificate"));
}

#[test]
fn a_profile_may_say_of_it_what_it_may_say_of_the_others() {
    let catalog =
        Catalog::load(&WithBeacon::new()).unwrap_or_else(|faults| panic!("{}", skopos::report::short(&faults)));
    let report = |backends: &str| {
        let head = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M3\n";
        let source = Source::new("test.yaml", format!("{head}backends: {{ {backends} }}\n"));
        compile(&source, &catalog).map_or_else(|faults| skopos::report::short(&faults), |_| String::new())
    };
    assert_eq!(report("beacon: { enabled: false }"), "");
    assert_eq!(report("beacon: { replicas: 3, version: '1.0' }"), "");
    assert!(report("beacon: { storage: { size: 1Gi } }").contains("unknown key `storage`"));
    assert!(report("beacn: {}").contains("unknown component `beacn`"));
    assert!(report("beacon: { parameters: { titel: x } }").contains("unknown key `titel`"));
}
