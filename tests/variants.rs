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
