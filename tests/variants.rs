//! Profiles of many kinds pass the compiler's own checks: what a person may say never ends in an object that is wrong.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use skopos::catalog::Catalog;
use skopos::source::Source;
use skopos::{Compilation, compile};

fn compiled(settings: &str) -> Compilation {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let head = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M4\n";
    let compiled = compile(&Source::new("test.yaml", format!("{head}{settings}\n")), &catalog);
    compiled.unwrap_or_else(|faults| panic!("{settings}\n{}", skopos::report::short(&faults))).value
}

fn field(compilation: &Compilation, name: &str, pointer: &str) -> String {
    let pods = ["StatefulSet", "DaemonSet", "Deployment"];
    let objects = compilation.manifest.objects().iter();
    let mut named = objects.filter(|object| object.id.name == name && pods.contains(&&*object.id.kind));
    let body = serde_json::Value::Object(named.next().expect("the workload is there").body.clone());
    body.pointer(pointer).and_then(|value| value.as_str()).unwrap_or("absent").to_owned()
}

#[test]
fn what_a_cluster_may_be_like_passes() {
    for settings in [
        "size: small",
        "size: large",
        "cluster: { mesh: { telemetry: mixer } }",
        "cluster: { mesh: { telemetry: none } }",
        "cluster: { serving: { version: '1.17' } }",
        "cluster: { serving: { enabled: false }, builds: { enabled: false } }",
        "cluster: { controlPlane: managed, storageClass: fast }",
        "cluster: { network: { nodes: [10.0.0.0/8], apiServer: [10.1.0.1/32] } }",
        "crds: external",
        "security: { certificates: cert-manager }",
        "security: { certificates: external }",
        "images: { pullSecrets: [registry] }",
        "access: { from: [{ namespace: ingress-nginx }, { namespace: istio-system, podLabels: { app: gateway } }] }",
        // A person's own pod, or one of ours, in our namespace.
        "access: { from: [{ namespace: monitoring, podLabels: { app: proxy } }, { namespace: monitoring }] }",
    ] {
        compiled(settings);
    }
}

#[test]
fn backends_may_go_one_by_one_and_have_any_number_of_replicas() {
    for settings in [
        "kibana: { enabled: false }",
        "grafana: { enabled: false }",
        "alertmanager: { enabled: false }",
        "zipkin: { enabled: false }",
        "fluentd: { enabled: false }",
        "node-exporter: { enabled: false }",
        "elasticsearch: { enabled: false }, fluentd: { enabled: false }, kibana: { enabled: false }, zipkin: { enabled: false }",
        "elasticsearch: { replicas: 1 }, prometheus: { replicas: 1 }, alertmanager: { replicas: 3 }, kibana: { replicas: 3 }",
        "elasticsearch: { replicas: 0 }, prometheus: { replicas: 0 }",
    ] {
        compiled(&format!("backends: {{ {settings} }}"));
    }
}

#[test]
fn a_secret_that_the_profile_names_is_taken_for_there() {
    let receiver = "{ name: oncall, pagerdutyConfigs: [{ routingKey: { name: pagerduty, key: routing-key } }] }";
    compiled(&format!("backends: {{ alertmanager: {{ parameters: {{ receivers: [{receiver}] }} }} }}"));
}

#[test]
fn amounts_are_written_as_a_server_gives_them_back() {
    let resources = "{ requests: { cpu: 0.5, memory: 1.5Gi }, limits: { cpu: 2000m, memory: 4096Mi } }";
    let settings = format!("elasticsearch: {{ resources: {resources}, storage: {{ size: 2048Gi }} }}");
    let compilation =
        compiled(&format!("backends: {{ {settings}, fluentd: {{ parameters: {{ bufferLimit: 2048Mi }} }} }}"));
    let of = |part: &str| {
        field(&compilation, "elasticsearch", &format!("/spec/template/spec/containers/0/resources/{part}"))
    };
    let amounts = ["requests/cpu", "requests/memory", "limits/cpu", "limits/memory"].map(of);
    assert_eq!(amounts, ["500m", "1536Mi", "2", "4Gi"]);
    let claim = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage";
    assert_eq!(field(&compilation, "elasticsearch", claim), "2Ti");
    assert_eq!(field(&compilation, "fluentd", "/spec/template/spec/volumes/0/emptyDir/sizeLimit"), "2Gi");
}

#[test]
fn a_request_and_a_limit_give_way_to_what_the_profile_sets() {
    for (set, amounts) in [
        ("requests: { memory: 16Gi }", ["16Gi", "16Gi"]),
        ("limits: { memory: 1Gi }", ["1Gi", "1Gi"]),
        ("requests: { memory: 1Gi }", ["1Gi", "4Gi"]),
    ] {
        let compilation = compiled(&format!("backends: {{ elasticsearch: {{ resources: {{ {set} }} }} }}"));
        let of = |part: &str| {
            field(&compilation, "elasticsearch", &format!("/spec/template/spec/containers/0/resources/{part}/memory"))
        };
        assert_eq!(["requests", "limits"].map(of), amounts, "{set}");
    }
}

/// The reports on a profile, without its places: `code: message`.
fn told(settings: &str) -> Vec<String> {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let head = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M4\n";
    let diagnostics = match compile(&Source::new("test.yaml", format!("{head}{settings}\n")), &catalog) {
        Ok(compiled) => compiled.warnings,
        Err(faults) => faults,
    };
    diagnostics.iter().map(|found| format!("{}: {}", found.code.id, found.message)).collect()
}

fn receivers(integrations: &str) -> String {
    format!("backends: {{ alertmanager: {{ parameters: {{ receivers: [{{ name: oncall, {integrations} }}] }} }} }}")
}

#[test]
fn alertmanager_reaches_the_ports_of_its_receivers_and_no_others() {
    let ports = |settings: &str| -> Vec<u64> {
        let compilation = compiled(settings);
        let mut objects = compilation.manifest.objects().iter();
        let policy = objects.find(|object| object.id.kind == "NetworkPolicy" && object.id.name == "alertmanager");
        let body = serde_json::Value::Object(policy.expect("the policy is there").body.clone());
        let rules = body["spec"]["egress"].as_array().cloned().unwrap_or_default();
        let outside = |rule: &&serde_json::Value| rule["to"][0]["ipBlock"]["cidr"] == "0.0.0.0/0";
        let ports = rules.iter().find(outside).map(|rule| rule["ports"].clone());
        let ports = ports.as_ref().and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        ports.iter().filter_map(|port| port["port"].as_u64()).collect()
    };
    // The Kubernetes API, which the guard asks, has addresses of its own here.
    let network = "cluster: { network: { nodes: [10.0.0.0/16], apiServer: [10.0.0.10/32] } }";
    let of = |integrations: &str| ports(&format!("{network}\n{}", receivers(integrations)));
    assert_eq!(ports(network), [0; 0]);
    let mail = "emailConfigs: [{ to: a@example.org, from: b@example.org, smarthost: 'mail.example.org:587' }]";
    assert_eq!(of(mail), [443, 587]);
    assert_eq!(
        of("webhookConfigs: [{ url: 'http://hook.example.org' }, { url: 'https://hook.example.org:8443/a' }]"),
        [80, 443, 8443]
    );
    assert_eq!(of("slackConfigs: [{ channel: a, apiURL: { name: slack, key: url } }]"), [443]);
    let set = format!(
        "{network}\nbackends: {{ alertmanager: {{ parameters: {{ ports: [], receivers: [{{ name: a, {mail} }}] }} }} }}"
    );
    assert_eq!(ports(&set), [587]);
}

#[test]
fn what_components_have_against_a_profile_is_told_with_what_the_schema_has() {
    let found = told(
        "cluster: { network: { apiServer: [10.0.0.10/32] } }
backends:
  alertmanager:
    replicas: many
    parameters: { receivers: [{ name: oncall, pagerdutyConfigs: [{ routingKey: { name: a, key: b }, severety: x }] }], routes: { critical: onkall } }
  elasticsearch: { enabled: false, retenton: 3d }
  grafana: { image: 'registry.example/grafana' }
images: { digests: { 'quay.io/nobody/nothing:1': 'sha256:0' } }",
    );
    let expected = [
        "SK0202: `backends.alertmanager.replicas` must be a whole number, not a text",
        "SK0201: unknown field `severety`; did you mean `severity`?",
        "SK0201: unknown key `retenton`",
        "SK0501: fluentd cannot do without elasticsearch/https",
        "SK0306: this receiver is not one of those that the profile configures",
    ];
    for message in expected {
        assert!(found.iter().any(|told| told.starts_with(message)), "{message}\n{found:#?}");
    }
    let missing = |settings: &str| told(settings).iter().filter(|told| told.starts_with("SK0501")).count();
    assert_eq!(missing("backends: { elasticsearch: { enabled: maybe } }"), 0, "perhaps it is meant to be there");
}

#[test]
fn a_receiver_that_cannot_work_is_told() {
    let first = |integrations: &str| told(&receivers(integrations)).into_iter().next().unwrap_or_default();
    assert_eq!(first("webhookConfigs: [{ url: 'https://hook.example.org' }]"), "");
    for (integrations, message) in [
        ("webhookConfigs: [{ maxAlerts: 1 }]", "lacks a key that it needs"),
        ("webhookConfigs: [{ url: hook.example.org }]", "is not a URL"),
        ("slackConfigs: [{ channel: a }]", "the key `apiURL` is missing"),
        ("emailConfigs: [{ to: a@b.c, from: a@b.c, smarthost: mail }]", "names no port"),
        ("webhookConfigs: [{ url: 'http://hook.tools.svc:8080' }]", "a receiver is a Service of this cluster"),
        (
            "webhookConfigs: [{ url: 'https://hook.example.org', httpConfig: { tlsConfig: { insecureSkipVerify: true } } }]",
            "a receiver is not asked for its certificate",
        ),
    ] {
        assert!(first(integrations).contains(message), "{integrations}: {}", first(integrations));
    }
}

#[test]
fn an_image_of_another_version_than_it_is_configured_as_is_told() {
    let about = |settings: &str| told(settings).into_iter().find(|told| told.starts_with("SK0304"));
    let image = |image: &str| about(&format!("backends: {{ elasticsearch: {{ image: '{image}' }} }}"));
    for fitting in [
        "registry.example/es:8.19.21",
        "registry.example/es:8.19",
        "registry.example/es:v8.19.3-hardened",
        "registry.example/es:ours",
    ] {
        assert_eq!(image(fitting), None);
    }
    let message = "SK0304: the image's tag says 9.5.1, but elasticsearch is configured as 8.19";
    assert_eq!(image("registry.example/es:9.5.1").as_deref(), Some(message));
    let set = "backends: { elasticsearch: { image: 'registry.example/es:9.5.1', version: '9.5' }, kibana: { version: '9.5' } }";
    assert_eq!(about(set), None);
}

#[test]
fn every_size_has_what_the_program_needs_at_least() {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let bytes =
        |text: &str| skopos::profile::format::size_bytes(text).unwrap_or_else(|reason| panic!("{text} {reason}"));
    for workload in catalog.entries().iter().flat_map(|entry| &entry.component.workloads) {
        let Some(sizes) = &workload.sizes else { continue };
        for size in [&sizes.small, &sizes.medium, &sizes.large] {
            let pairs = [
                (workload.least.memory.as_deref(), Some(&size.memory)),
                (workload.least.storage.as_deref(), size.storage.as_ref()),
            ];
            for (least, amount) in pairs {
                if let (Some(least), Some(amount)) = (least, amount) {
                    assert!(bytes(amount) >= bytes(least), "{:?}: {amount} is less than {least}", workload.template);
                }
            }
        }
        let ours = workload.template.is_some() && !workload.auxiliary;
        assert!(
            !ours || workload.least.memory.is_some() || workload.name.is_some(),
            "{:?} says no least",
            workload.template
        );
    }
}
