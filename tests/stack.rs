//! What an operator relies on in the compiled stack, spelled out: who reaches whom, as whom, and what goes when a backend goes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::BTreeSet;

use serde_json::Value;
use skopos::catalog::Catalog;
use skopos::diagnostic::Diagnostics;
use skopos::object::{Object, Wave};
use skopos::secrets::SecretKind;
use skopos::source::Source;
use skopos::{Compilation, compile};

const HEAD: &str = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M4\n";

fn try_compile(settings: &str) -> Result<Compilation, Diagnostics> {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    compile(&Source::new("test.yaml", format!("{HEAD}{settings}")), &catalog).map(|warned| warned.value)
}

fn compiled(settings: &str) -> Compilation {
    try_compile(settings).unwrap_or_else(|faults| panic!("{}", skopos::report::short(&faults)))
}

fn object<'c>(compilation: &'c Compilation, kind: &str, name: &str) -> &'c Object {
    let mut found =
        compilation.manifest.objects().iter().filter(|object| object.id.kind == kind && object.id.name == name);
    found.next().unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn body(compilation: &Compilation, kind: &str, name: &str) -> Value {
    Value::Object(object(compilation, kind, name).body.clone())
}

/// The pods of workload objects: the template's specification, or the resource's that an operator makes pods of.
fn pods(compilation: &Compilation) -> Vec<(String, Value)> {
    let objects = compilation.manifest.objects().iter();
    let spec = |object: &Object| match object.id.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" => object.body["spec"].pointer("/template/spec").cloned(),
        "Prometheus" | "Alertmanager" => Some(object.body["spec"].clone()),
        _ => None,
    };
    objects.filter_map(|object| Some((object.id.name.clone(), spec(object)?))).collect()
}

fn containers(pod: &Value) -> Vec<&Value> {
    ["initContainers", "containers"].iter().filter_map(|list| pod[list].as_array()).flatten().collect()
}

/// `direction: peer:port` of each opening of a workload's policy; a peer is its component label, its namespace, or an address.
fn openings(compilation: &Compilation, workload: &str) -> Vec<String> {
    let policy = body(compilation, "NetworkPolicy", workload);
    let peer = |peer: &Value| {
        let labels = &peer["podSelector"]["matchLabels"];
        let name = ["app.kubernetes.io/component", "app.kubernetes.io/name", "k8s-app"];
        let name = name.iter().find_map(|key| labels[key].as_str());
        let namespace =
            peer.pointer("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name").and_then(Value::as_str);
        let cidr = peer.pointer("/ipBlock/cidr").and_then(Value::as_str);
        name.or(cidr).or(namespace).unwrap_or("anybody").to_owned()
    };
    let mut all = BTreeSet::new();
    for (direction, side) in [("ingress", "from"), ("egress", "to")] {
        for rule in policy["spec"][direction].as_array().into_iter().flatten() {
            for from in rule[side].as_array().into_iter().flatten() {
                for port in rule["ports"].as_array().into_iter().flatten() {
                    all.insert(format!("{direction} {}:{}", peer(from), port["port"]));
                }
            }
        }
    }
    all.into_iter().collect()
}

#[test]
fn fluentd_reaches_elasticsearch_and_the_api_and_only_prometheus_reaches_it() {
    let compilation = compiled("");
    assert_eq!(
        openings(&compilation, "fluentd"),
        [
            "egress 0.0.0.0/0:443",
            "egress 0.0.0.0/0:6443",
            "egress 169.254.20.10/32:53",
            "egress ::/0:443",
            "egress ::/0:6443",
            "egress elasticsearch:9200",
            "egress kube-dns:53",
            "ingress prometheus:24231",
        ]
    );
}

#[test]
fn the_query_side_of_zipkin_is_reached_by_grafana_and_prometheus_and_by_nobody_else() {
    let openings = openings(&compiled(""), "zipkin-query");
    let incoming: Vec<_> = openings.iter().filter(|opening| opening.starts_with("ingress")).collect();
    assert_eq!(incoming, ["ingress grafana:9443", "ingress prometheus:9444"]);
}

#[test]
fn people_reach_the_pages_from_the_namespaces_that_the_profile_names() {
    let compilation = compiled("access: { from: [{ namespace: ingress-nginx }] }\n");
    assert!(openings(&compilation, "kibana").contains(&"ingress ingress-nginx:5601".to_owned()));
    assert!(openings(&compilation, "grafana").contains(&"ingress ingress-nginx:3000".to_owned()));
    assert!(!openings(&compilation, "prometheus").iter().any(|opening| opening.contains("ingress-nginx")));
}

#[test]
fn both_directions_of_every_namespace_are_closed_until_an_edge_opens_something() {
    let compilation = compiled("");
    let denies: Vec<_> =
        compilation.manifest.objects().iter().filter(|object| object.id.name == "default-deny").collect();
    let namespaces: Vec<_> = denies.iter().filter_map(|deny| deny.id.namespace.as_deref()).collect();
    assert_eq!(namespaces, ["monitoring-agents", "monitoring-authority", "monitoring"]);
    for deny in denies {
        assert_eq!(deny.body["spec"], serde_json::json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] }));
    }
}

#[test]
fn each_caller_of_the_guard_has_a_role_for_that_one_endpoint() {
    let compilation = compiled("");
    let role = body(&compilation, "Role", "skopos:prometheus-api:grafana");
    assert_eq!(
        role["rules"],
        serde_json::json!([{
            "apiGroups": ["skopos.dev"],
            "resources": ["endpoints"],
            "resourceNames": ["prometheus-api"],
            "verbs": ["get", "create"],
        }])
    );
    let binding = body(&compilation, "RoleBinding", "skopos:prometheus-api:grafana");
    assert_eq!(binding["subjects"][0]["name"], "skopos:monitoring:grafana");
    assert_eq!(binding["subjects"][0]["kind"], "User");
}

#[test]
fn elasticsearch_knows_each_client_with_the_role_that_its_edge_declares() {
    let settings = body(&compiled(""), "ConfigMap", "elasticsearch-settings");
    let roles = settings["data"]["roles.yml"].as_str().expect("roles.yml is text");
    let names: Vec<_> = roles.lines().skip(1).filter_map(|line| line.split_once(':').map(|(name, _)| name)).collect();
    assert_eq!(names, ["admin", "elasticsearch-exporter", "fluentd", "grafana", "zipkin-collector", "zipkin-query"]);
    let fluentd = roles.lines().find(|line| line.starts_with("fluentd:")).expect("fluentd has a role");
    assert_eq!(
        fluentd,
        r#"fluentd: {"cluster":["monitor"],"indices":[{"names":["logstash-*"],"privileges":["create_index","create_doc","auto_configure","view_index_metadata"]}]}"#
    );
}

#[test]
fn every_secret_that_a_pod_names_is_made_by_the_secrets_command() {
    let compilation = compiled("");
    let made: BTreeSet<_> = compilation.secrets.iter().map(|secret| secret.name.clone()).collect();
    let mut named = BTreeSet::new();
    for (_, pod) in pods(&compilation) {
        let volumes = pod["volumes"].as_array().into_iter().flatten();
        named.extend(volumes.filter_map(|volume| volume["secret"]["secretName"].as_str().map(str::to_owned)));
        for container in containers(&pod) {
            let variables = container["env"].as_array().into_iter().flatten();
            let secret =
                |variable: &Value| variable.pointer("/valueFrom/secretKeyRef/name")?.as_str().map(str::to_owned);
            named.extend(variables.filter_map(secret));
        }
    }
    assert!(named.contains("elasticsearch-users") && named.contains("kibana-keys"), "{named:?}");
    assert_eq!(named.difference(&made).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn cert_manager_makes_each_certificate_that_the_secrets_command_no_longer_makes() {
    let compilation = compiled("security: { certificates: cert-manager }\n");
    assert!(!compilation.secrets.iter().any(|secret| matches!(secret.kind, SecretKind::Certificate(_))));
    let certificate = body(&compilation, "Certificate", "zipkin-query-certificate");
    assert_eq!(certificate["spec"]["secretName"], "zipkin-query-certificate");
    assert_eq!(certificate["spec"]["keystores"]["pkcs12"]["passwordSecretRef"]["name"], "zipkin-query-truststore");
    assert!(compilation.secrets.iter().any(|secret| secret.name == "zipkin-query-truststore"));
}

#[test]
fn no_container_of_ours_is_root_writes_its_image_or_has_a_capability_undeclared() {
    for (name, pod) in pods(&compiled("")) {
        let root = pod["securityContext"]["runAsNonRoot"] != true;
        assert_eq!(root, name == "fluentd", "{name} runs as root");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        assert_eq!(pod["enableServiceLinks"], false, "{name}");
        // The operator confines its own containers; what we add to them says so itself.
        for container in containers(&pod) {
            let context = &container["securityContext"];
            assert_eq!(context["readOnlyRootFilesystem"], true, "{name} {}", container["name"]);
            assert_eq!(context["allowPrivilegeEscalation"], false, "{name} {}", container["name"]);
            assert_eq!(context["capabilities"], serde_json::json!({ "drop": ["ALL"] }), "{name} {}", container["name"]);
        }
    }
}

#[test]
fn only_containers_that_declare_rules_or_guard_see_a_token() {
    let mut seen = Vec::new();
    for (name, pod) in pods(&compiled("")) {
        for container in containers(&pod).into_iter().chain([&pod]) {
            let mounts = container["volumeMounts"].as_array().into_iter().flatten();
            if mounts.into_iter().any(|mount| mount["name"] == "kubernetes-api") {
                seen.push(format!("{name}/{}", container["name"].as_str().unwrap_or("(made by the operator)")));
            }
        }
    }
    seen.retain(|container| !container.contains("/guard-"));
    assert_eq!(
        seen,
        [
            "prometheus-operator/prometheus-operator",
            "prometheus/(made by the operator)",
            "fluentd/fluentd",
            "kube-state-metrics/kube-state-metrics",
        ]
    );
}

#[test]
fn a_heap_follows_the_memory_limit() {
    let settings =
        "backends: { elasticsearch: { resources: { requests: { memory: 6Gi }, limits: { memory: 6Gi } } } }\n";
    let nodes = body(&compiled(settings), "StatefulSet", "elasticsearch");
    let variables =
        nodes["spec"]["template"]["spec"]["containers"][0]["env"].as_array().expect("env is a list").clone();
    let heap = variables.iter().find(|variable| variable["name"] == "ES_JAVA_OPTS").expect("the heap is set");
    assert_eq!(heap["value"], "-Xms3072m -Xmx3072m");
}

#[test]
fn a_backend_that_is_off_leaves_nothing_behind() {
    let compilation = compiled("backends: { zipkin: { enabled: false } }\n");
    for object in compilation.manifest.objects() {
        let text = serde_json::to_string(&object.body).expect("an object is JSON");
        let of_the_definitions = object.id.kind == "CustomResourceDefinition";
        assert!(of_the_definitions || !object.id.name.contains("zipkin"), "{}", object.id);
        // The index templates of Elasticsearch name the pattern of its indices, whoever writes them; content that is not
        // about Zipkin may mention it.
        let may_mention = object.id.name == "elasticsearch-state" || object.wave == Wave::Content;
        assert!(may_mention || !text.contains("zipkin"), "{} names it", object.id);
    }
    assert!(!compilation.secrets.iter().any(|secret| secret.name.contains("zipkin")));
}

#[test]
fn what_cannot_do_without_a_backend_says_so() {
    let faults =
        try_compile("backends: { elasticsearch: { enabled: false } }\n").expect_err("Kibana needs Elasticsearch");
    let told = skopos::report::short(&faults);
    assert!(told.contains("error[SK0501]: kibana cannot do without elasticsearch/https"), "{told}");
    assert!(told.contains("error[SK0501]: fluentd cannot do without elasticsearch/https"), "{told}");
}

#[test]
fn one_pod_has_no_disruption_budget_and_several_keep_apart() {
    let budgets = |compilation: &Compilation| {
        let objects = compilation.manifest.objects().iter();
        let of_kind = objects.filter(|object| object.id.kind == "PodDisruptionBudget");
        of_kind.map(|object| object.id.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(budgets(&compiled("size: small\n")), Vec::<String>::new());
    let medium = compiled("size: medium\n");
    assert!(budgets(&medium).contains(&"elasticsearch".to_owned()));
    let pod = &body(&medium, "StatefulSet", "elasticsearch")["spec"]["template"]["spec"];
    assert_eq!(pod["topologySpreadConstraints"][0]["topologyKey"], "kubernetes.io/hostname");
}

#[test]
fn mirrors_and_digests_reach_every_image_also_those_in_arguments() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let settings = format!(
        "images:\n  mirrors: {{ '*': registry.example/all }}\n  pullSecrets: [registry]\n  digests: {{ 'quay.io/prometheus/prometheus:v3.13.2': '{digest}' }}\n"
    );
    let compilation = compiled(&settings);
    for (name, pod) in pods(&compilation) {
        assert_eq!(pod["imagePullSecrets"][0]["name"], "registry", "{name}");
        for container in containers(&pod) {
            let image = container["image"].as_str().unwrap_or("registry.example/all/");
            assert!(image.starts_with("registry.example/all/"), "{name}: {image}");
            assert!(!container["args"].to_string().contains("quay.io"), "{name}: {}", container["args"]);
        }
    }
    let prometheus = body(&compilation, "Prometheus", "prometheus");
    let expected = format!("registry.example/all/prometheus/prometheus:v3.13.2@{digest}");
    assert_eq!(prometheus["spec"]["image"], expected);
}

#[test]
fn fluentd_follows_the_version_of_elasticsearch() {
    let compilation = compiled("backends: { elasticsearch: { version: '9.5' } }\n");
    let image = |kind: &str, name: &str| {
        body(&compilation, kind, name)["spec"]["template"]["spec"]["containers"][0]["image"].clone()
    };
    assert_eq!(image("StatefulSet", "elasticsearch"), "docker.elastic.co/elasticsearch/elasticsearch:9.5.1");
    assert_eq!(image("Deployment", "kibana"), "docker.elastic.co/kibana/kibana:9.5.1");
    assert_eq!(
        image("DaemonSet", "fluentd"),
        "docker.io/fluent/fluentd-kubernetes-daemonset:v1.19.3-debian-elasticsearch9-1.1"
    );
    let told = try_compile("backends: { kibana: { version: '9.5' } }\n").expect_err("versions differ");
    assert!(skopos::report::short(&told).contains("error[SK0304]: kibana 9.5 does not go with elasticsearch 8.19"));
}

#[test]
fn every_alert_is_emitted_by_the_profiles_that_have_what_it_reads() {
    let alerts = |compilation: &Compilation| {
        let rules = compilation.manifest.objects().iter().filter(|object| object.id.kind == "PrometheusRule");
        let groups = rules.flat_map(|rule| rule.body["spec"]["groups"].as_array().into_iter().flatten());
        let rules = groups.flat_map(|group| group["rules"].as_array().into_iter().flatten());
        rules.filter_map(|rule| rule["alert"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let mut emitted = alerts(&compiled(""));
    emitted.extend(alerts(&compiled("cluster: { serving: { version: '1.18' }, mesh: { telemetry: mixer } }\n")));
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let mut written = BTreeSet::new();
    for entry in catalog.entries() {
        for file in &entry.component.content.rules {
            let file = entry.rules(&file.file).expect("a rule file is embedded");
            let rules = file.groups.iter().flat_map(|group| &group.rules);
            written.extend(rules.filter_map(|rule| rule.body["alert"].as_str().map(str::to_owned)));
        }
    }
    assert!(written.len() > 100, "{}", written.len());
    assert_eq!(written.difference(&emitted).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn alerts_about_a_target_go_with_the_target() {
    let text = |settings: &str| {
        let compilation = compiled(settings);
        let rules = compilation.manifest.objects().iter().filter(|object| object.id.kind == "PrometheusRule");
        rules.map(|rule| serde_json::to_string(&rule.body).expect("a rule is JSON")).collect::<String>()
    };
    assert!(text("").contains("SchedulerAbsent"));
    assert!(!text("cluster: { controlPlane: managed }\n").contains("SchedulerAbsent"));
    assert!(text("").contains(r#"job=\"otel-collector\""#));
    assert!(!text("cluster: { serving: { version: '1.18' } }\n").contains(r#"job=\"otel-collector\""#));
}

#[test]
fn nothing_is_restarted_because_another_program_is_away() {
    let compilation = compiled("");
    let probe = |kind: &str, name: &str, probe: &str| {
        body(&compilation, kind, name)["spec"]["template"]["spec"]["containers"][0][probe].clone()
    };
    // Both answer in full only when Elasticsearch has a master: that is readiness, and no reason to begin anew.
    for probe in ["startupProbe", "livenessProbe"].map(|name| probe("StatefulSet", "elasticsearch", name)) {
        assert_eq!(probe["tcpSocket"]["port"], "transport", "{probe}");
    }
    for probe in ["startupProbe", "livenessProbe"].map(|name| probe("Deployment", "kibana", name)) {
        assert_eq!(probe["tcpSocket"]["port"], "https", "{probe}");
    }
    assert_eq!(probe("StatefulSet", "elasticsearch", "readinessProbe")["tcpSocket"]["port"], "readiness");
    assert_eq!(probe("Deployment", "kibana", "readinessProbe")["httpGet"]["path"], "/api/status");
}

#[test]
fn agents_find_room_on_full_nodes() {
    let compilation = compiled("");
    let class = body(&compilation, "PriorityClass", "skopos-agents");
    assert_eq!(class["value"], 1_000_000);
    assert_eq!(class.get("globalDefault"), None);
    for agent in ["fluentd", "node-exporter"] {
        let pod = &body(&compilation, "DaemonSet", agent)["spec"]["template"]["spec"];
        assert_eq!(pod["priorityClassName"], "skopos-agents", "{agent}");
    }
    let without = compiled("backends: { fluentd: { enabled: false }, node-exporter: { enabled: false } }\n");
    assert!(!without.manifest.objects().iter().any(|object| object.id.kind == "PriorityClass"));
}

#[test]
fn logs_wait_for_elasticsearch_for_ever_and_only_records_that_it_will_never_take_make_room() {
    let settings = body(&compiled(""), "ConfigMap", "fluentd-settings");
    let configuration = settings["data"]["fluent.conf"].as_str().unwrap_or_default();
    let buffers: Vec<_> = configuration.split("@type elasticsearch\n").skip(1).collect();
    assert_eq!(buffers.len(), 3);
    for buffer in buffers {
        let name = buffer.split("@id ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
        assert!(buffer.contains("retry_forever true"), "{name}");
        // An answer that says nothing against the record: a full disk (403, 429), a full queue (429), no shard (503).
        for kind in ["cluster_block_exception", "es_rejected_execution_exception", "unavailable_shards_exception"] {
            assert!(buffer.contains(kind), "{name} treats {kind} as the record's fault");
        }
        // No master to make a new day's index, and a node that goes while it is written to (503).
        for kind in ["master_not_discovered_exception", "node_closed_exception", "node_disconnected_exception"] {
            assert!(buffer.contains(kind), "{name} treats {kind} as the record's fault");
        }
        let overflow = if name == "refused" { "drop_oldest_chunk" } else { "block" };
        assert!(buffer.contains(&format!("overflow_action {overflow}")), "{name}");
    }
}
