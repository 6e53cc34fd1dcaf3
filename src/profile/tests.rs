//! What a good profile means, what the schema says, and that no text at all ends in a panic.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::format::Cidr;
use super::{
    BUILT, Certificates, ComponentVocabulary, ControlPlane, Crds, GATES, MeshTelemetry, Milestone, Profile, Replicas,
    Size, TenancyModel, Vocabulary, parse, schema, validate,
};
use crate::diagnostic::Diagnostics;
use crate::source::{self, Source};

const SMALLEST: &str = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: small-one\nmilestone: M3\n";

fn vocabulary() -> Vocabulary {
    let database = ComponentVocabulary {
        name: "database".to_owned(),
        summary: "Keeps the data.".to_owned(),
        since: Milestone::M3,
        optional: false,
        stores: true,
        replicas: Replicas::Any,
        least: super::Least::default(),
        retention_step: None,
        versions: vec!["8.19.3".to_owned()],
        parameters: json!({ "properties": { "shards": { "type": "integer" } } }),
    };
    let agent = ComponentVocabulary {
        name: "agent".to_owned(),
        stores: false,
        replicas: Replicas::Fixed,
        optional: true,
        ..database.clone()
    };
    Vocabulary { components: vec![database, agent] }
}

fn compile(text: &str) -> Result<Profile, Diagnostics> {
    validate(parse(&Source::new("p.yaml", text))?, &vocabulary())
        .map(|profile| profile.value)
        .map_err(|invalid| invalid.faults)
}

fn codes(text: &str) -> Vec<&'static str> {
    compile(text).map_or_else(|found| found.iter().map(|it| it.code.id).collect(), |_| Vec::new())
}

#[test]
fn four_lines_are_a_profile() {
    let settings = compile(SMALLEST).unwrap().settings;
    assert_eq!(
        (settings.name.as_str(), settings.cluster_name(), settings.milestone),
        ("small-one", "small-one", Milestone::M3)
    );
    assert_eq!((settings.size, settings.tenancy.model), (Size::Medium, TenancyModel::Shared));
    assert_eq!((settings.security.certificates, settings.crds), (Certificates::Generated, Crds::Included));
    let cluster = &settings.cluster;
    assert_eq!((cluster.kubernetes.as_str(), cluster.domain.as_str()), ("1.36", "cluster.local"));
    assert_eq!((cluster.control_plane, cluster.mesh.telemetry), (ControlPlane::SelfManaged, MeshTelemetry::Envoy));
    assert_eq!((cluster.serving.version.as_str(), cluster.serving.enabled), ("1.23", true));
    assert_eq!(cluster.mesh.namespace.as_str(), "istio-system");
    assert_eq!(cluster.serving.namespace.as_str(), "knative-serving");
    assert_eq!(cluster.builds.namespace.as_str(), "tekton-pipelines");
    let nodes: Vec<&str> = cluster.network.nodes.iter().map(Cidr::as_str).collect();
    assert_eq!(nodes, ["0.0.0.0/0", "::/0"]);
}

#[test]
fn everything_can_be_said() {
    let text = SMALLEST.to_owned()
        + "cluster:\n  name: Prod_1\n  network: { apiServer: [10.0.0.1/32] }\n  mesh: { telemetry: mixer }\n\
           size: large\n\
           backends:\n  database:\n    enabled: true\n    version: 8.19.3\n    replicas: 3.0\n    retention: 1d12h\n\
           \x20   storage: { size: 1.5Gi, class: fast }\n    image: registry.example:5000/db:1@sha256:"
        + &"a".repeat(64)
        + "\n    resources: { requests: { cpu: 0.5, memory: 1Gi }, limits: { cpu: 2 } }\n    parameters: { shards: 3 }\n\
           images:\n  mirrors: { docker.io: registry.example/hub, \"*\": registry.example }\n  pullSecrets: [a, b]\n\
           access:\n  from: [{ namespace: ingress, podLabels: { app: web } }]\nextensions: []\n";
    let profile = compile(&text).unwrap();
    let database = &profile.settings.backends["database"];
    let requests = database.resources.as_ref().unwrap().requests.as_ref().unwrap();
    assert_eq!((database.replicas, requests.cpu.as_ref().unwrap().millis()), (Some(3), 500));
    assert_eq!(database.retention.as_ref().unwrap().seconds(), 129_600);
    assert_eq!(database.storage.as_ref().unwrap().size.as_ref().unwrap().bytes(), 3 << 29);
    assert_eq!(Value::Object(database.parameters.clone()), json!({"shards": 3}));
    assert_eq!(profile.settings.cluster_name(), "Prod_1");
}

#[test]
fn places_stay_known() {
    let profile = compile(&format!("{SMALLEST}backends:\n  database: {{ replicas: 2 }}\n")).unwrap();
    let text = |pointer: &str| {
        let (source, span) = profile.place(pointer);
        source.text()[span].to_owned()
    };
    assert_eq!(text("/backends/database/replicas"), "2");
    assert_eq!(text("/backends/database"), "database");
    assert_eq!(text("/backends/database/storage/size"), "database");
    assert_eq!(text("/size"), "apiVersion");
    assert!(profile.is_written("/milestone") && !profile.is_written("/size"));
}

#[test]
fn the_order_of_keys_means_nothing() {
    let mut lines: Vec<&str> = SMALLEST.lines().collect();
    lines.reverse();
    assert_eq!(compile(&lines.join("\n")).unwrap().settings, compile(SMALLEST).unwrap().settings);
}

#[test]
fn each_gate_names_a_milestone_that_it_needs() {
    for gate in GATES {
        assert_eq!(gate.is_built, BUILT.contains(&gate.needs), "{}", gate.feature);
        assert!(
            schema(&vocabulary()).pointer(&gate.pointer.replace('/', "/properties/")).is_some(),
            "{}",
            gate.pointer
        );
    }
}

#[test]
fn the_schema_has_only_what_a_component_has_a_use_for() {
    let schema = schema(&vocabulary());
    let keys =
        |pointer: &str| schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let common = ["enabled", "version", "resources", "image", "parameters"];
    assert_eq!(keys("/properties/backends/properties/agent/properties"), common);
    assert_eq!(
        keys("/properties/backends/properties/database/properties"),
        ["enabled", "version", "replicas", "storage", "retention", "resources", "image", "parameters"]
    );
    assert_eq!(schema["properties"]["backends"]["properties"]["database"]["description"], "Keeps the data.");
    assert_eq!(schema["required"], json!(["apiVersion", "kind", "name", "milestone"]));
}

#[test]
fn every_map_of_the_schema_is_closed_and_every_key_explained() {
    fn visit(schema: &Value, path: &str) {
        let Some(map) = schema.as_object() else { return };
        if map.get("type") == Some(&json!("object")) && !path.ends_with("/extensions[]/parameters") {
            assert!(map.contains_key("additionalProperties"), "{path} is open");
        }
        assert!(!map.contains_key("$ref") && !map.contains_key("oneOf"), "{path} is not plain");
        assert_ne!(map.get("default"), Some(&Value::Null), "{path}");
        for (key, value) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = format!("{path}/{key}");
            assert!(value.get("description").is_some() || path.ends_with("/shards"), "{path} is not explained");
            visit(value, &path);
        }
        for below in ["items", "additionalProperties"] {
            map.get(below).into_iter().for_each(|below| visit(below, &format!("{path}[]")));
        }
    }
    visit(&schema(&vocabulary()), "");
}

#[test]
fn the_schema_is_one_itself() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema(&vocabulary())));
}

#[test]
fn a_wrong_schema_of_a_component_is_not_the_users_fault() {
    let mut vocabulary = vocabulary();
    vocabulary.components[0].parameters = json!({ "type": "nonsense" });
    let text = format!("{SMALLEST}backends: {{ database: {{ parameters: {{}} }} }}");
    let found = validate(parse(&Source::new("p.yaml", text)).unwrap(), &vocabulary).unwrap_err().faults;
    assert_eq!(found.iter().map(|it| it.code.id).collect::<Vec<_>>(), ["SK0401"]);
}

#[test]
fn references_inside_a_components_schema_end() {
    let mut vocabulary = vocabulary();
    vocabulary.components[0].parameters = json!({ "$defs": { "tree": { "type": "object", "properties": { "left": { "$ref": "#/$defs/tree" } } } },
                "properties": { "tree": { "$ref": "#/$defs/tree" } } });
    let text = format!("{SMALLEST}backends: {{ database: {{ parameters: {{ tree: {{ left: {{ right: 1 }} }} }} }} }}");
    let found = validate(parse(&Source::new("p.yaml", text)).unwrap(), &vocabulary).unwrap_err().faults;
    assert_eq!(found.iter().map(|it| it.message.as_str()).collect::<Vec<_>>(), ["unknown key `right`"]);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a text must not only be refused, but soon")]
fn nasty_texts_end_in_diagnostics_and_soon() {
    let many = |line: &str, n: usize| {
        format!("{SMALLEST}backends:\n{}", (0..n).map(|i| line.replace('%', &i.to_string())).collect::<String>())
    };
    let levels = (0..60).map(|level| "  ".repeat(level + 1) + "a:\n").collect::<String>();
    let mut bomb = format!("{SMALLEST}a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    let cases: [(&str, String, &str); 9] = [
        ("unknown components", many("  x%: 1\n", 10_000), "SK0201"),
        ("wrong types", many("  database: [%]\n", 1) + &"x: 1\n".repeat(10_000), "SK0202"),
        ("one long key", format!("{SMALLEST}{}: 1\n", "k".repeat(900)), "SK0201"),
        ("one long text", format!("{SMALLEST}size: {}\n", "k".repeat(900_000)), "SK0203"),
        ("one long list", format!("{SMALLEST}images: {{ pullSecrets: [{}] }}\n", "aaa,".repeat(20_000)), "SK0208"),
        ("levels", format!("{SMALLEST}backends:\n{levels}"), "SK0201"),
        ("a bomb", bomb, "SK0107"),
        ("many nulls", many("  ? x%\n", 10_000), "SK0201"),
        ("too large", "a".repeat(source::MAX_BYTES + 1), "SK0102"),
    ];
    for (name, text, code) in cases {
        let begun = Instant::now();
        let found = codes(&text);
        assert!(found.contains(&code), "{name}: {:?}", found.first());
        let report = crate::report::human(&compile(&text).unwrap_err(), crate::report::Style::PLAIN);
        assert!(report.len() < 200_000, "{name}: {} bytes", report.len());
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
        eprintln!("{name} {:?}", begun.elapsed());
    }
}

#[test]
fn no_text_ends_in_a_panic() {
    let good = format!(
        "{SMALLEST}cluster: {{ kubernetes: \"1.36\", network: {{ nodes: [10.0.0.0/8] }} }}\n\
         backends: {{ database: {{ storage: {{ size: 5Gi }}, retention: 5d, image: \"a.b/c:1\" }} }}\n"
    );
    let bits = [
        "", " ", "\n", "\t", ":", "- ", "[", "]", "{", "}", "&a ", "*a", "!x ", "\"", "'", "|", "#", "\u{0}", "é",
        "1e9", "~", "\u{feff}", "%",
    ];
    for at in (0..=good.len()).filter(|at| good.is_char_boundary(*at)) {
        for bit in bits {
            let (before, after) = good.split_at(at);
            let text = format!("{before}{bit}{}", after.get(1..).unwrap_or_default());
            if let Err(found) = compile_fast(&text) {
                assert!(!crate::report::short(&found).is_empty());
            }
        }
    }
}

/// As `compile`, but for the schema where the text is no YAML, since that takes most of the time.
fn compile_fast(text: &str) -> Result<(), Diagnostics> {
    let raw = parse(&Source::new("p.yaml", text))?;
    if text.len().is_multiple_of(7) {
        validate(raw, &vocabulary()).map_err(|invalid| invalid.faults)?;
    }
    Ok(())
}

#[test]
fn what_fits_the_schema_can_be_read() {
    let mut pointers = Vec::new();
    collect_properties(&schema(&vocabulary()), &mut Vec::new(), &mut pointers);
    assert!(pointers.len() > 60, "{} properties", pointers.len());
    let values = [
        "1",
        "0.5",
        "-1",
        "1e300",
        "18446744073709551616",
        "x",
        "\"\"",
        "~",
        "true",
        "[]",
        "{}",
        "[x, x]",
        "{x: x}",
        "[1.2.3.4/32]",
    ];
    for path in pointers {
        for value in values {
            let nested = path.iter().rev().fold(value.to_owned(), |inner, key| format!("{{\"{key}\": {inner}}}"));
            let text = merge_into_smallest(&nested[1..nested.len() - 1], &path[0]);
            let Err(found) = compile(&text) else { continue };
            let unread: Vec<_> =
                found.iter().filter(|it| it.message.starts_with("the profile cannot be read")).collect();
            assert!(unread.is_empty(), "{text}: {unread:?}");
        }
    }
}

fn collect_properties(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    for (key, below) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(key.clone());
        found.push(path.clone());
        collect_properties(below, path, found);
        path.pop();
    }
}

/// The smallest profile with one more entry, or another value for one that it has.
fn merge_into_smallest(entry: &str, key: &str) -> String {
    let rest: String =
        SMALLEST.lines().filter(|line| !line.starts_with(&format!("{key}:"))).map(|line| format!("{line}\n")).collect();
    format!("{rest}{entry}\n")
}
