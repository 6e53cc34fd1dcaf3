use serde_json::{Value, json};

use crate::check::terms::{Exception, OpenEndpoint, Serving, Terms, WorkloadName};
use crate::check::tests::{broken, deployment, messages_under, object, without};
use crate::interface::Interfaces;
use crate::object::Object;

fn workload() -> WorkloadName {
    WorkloadName { namespace: "monitoring".into(), name: "kibana".into() }
}

fn terms(rule: Option<&str>) -> Terms<'static> {
    let exceptions = rule.into_iter().map(|rule| Exception {
        workload: workload(),
        container: None,
        rule: rule.into(),
        reason: "a test".into(),
    });
    Terms {
        exceptions: exceptions.collect(),
        serving: vec![Serving { workload: workload(), container: None }],
        ..Terms::none(Interfaces::builtin())
    }
}

/// Breaks of one rule each: the rule, where, and the value put there.
fn breaks() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("added-capability", "containers/0/securityContext/capabilities/add", json!(["SYS_TIME"])),
        ("floating-image", "containers/0/image", json!("example.org/kibana:latest")),
        ("host-ipc", "hostIPC", json!(true)),
        ("host-network", "hostNetwork", json!(true)),
        ("host-pid", "hostPID", json!(true)),
        ("host-path", "volumes/0", json!({ "name": "settings", "hostPath": { "path": "/etc" } })),
        ("host-port", "containers/0/ports/0/hostPort", json!(5601)),
        ("host-probe", "containers/0/livenessProbe/httpGet/host", json!("10.0.0.1")),
        ("kept-capabilities", "containers/0/securityContext/capabilities/drop", json!(["CHOWN"])),
        ("privilege-escalation", "containers/0/securityContext/allowPrivilegeEscalation", json!(true)),
        ("privileged", "containers/0/securityContext/privileged", json!(true)),
        ("root-user", "securityContext/runAsNonRoot", json!(false)),
        ("root-user", "containers/0/securityContext/runAsUser", json!(0)),
        ("service-account-token", "automountServiceAccountToken", json!(true)),
        ("service-links", "enableServiceLinks", json!(true)),
        ("unconfined-kernel", "securityContext/seccompProfile/type", json!("Unconfined")),
        ("unconfined-kernel", "containers/0/securityContext/procMount", json!("Unmasked")),
        ("unsafe-sysctl", "securityContext/sysctls", json!([{ "name": "kernel.msgmax", "value": "1" }])),
        ("volume-type", "volumes/0", json!({ "name": "settings", "nfs": { "server": "a", "path": "/" } })),
        ("writable-root", "containers/0/securityContext/readOnlyRootFilesystem", json!(false)),
    ]
}

/// Things that must be there: the rule and where.
const NEEDED: &[(&str, &str)] = &[
    ("kept-capabilities", "containers/0/securityContext/capabilities"),
    ("missing-probe", "containers/0/startupProbe"),
    ("missing-probe", "containers/0/readinessProbe"),
    ("missing-probe", "containers/0/livenessProbe"),
    ("privilege-escalation", "containers/0/securityContext/allowPrivilegeEscalation"),
    ("root-user", "securityContext/runAsNonRoot"),
    ("root-user", "securityContext/runAsUser"),
    ("service-account-token", "automountServiceAccountToken"),
    ("service-links", "enableServiceLinks"),
    ("unbounded-resources", "containers/0/resources"),
    ("unbounded-resources", "containers/0/resources/limits/cpu"),
    ("unbounded-resources", "containers/0/resources/limits/ephemeral-storage"),
    ("unconfined-kernel", "securityContext/seccompProfile"),
    ("writable-root", "containers/0/securityContext/readOnlyRootFilesystem"),
];

fn all_breaks() -> Vec<(&'static str, String, Object)> {
    let at = |pointer: &str| format!("/spec/template/spec/{pointer}");
    let put = breaks().into_iter().map(|(rule, it, value)| (rule, at(it), broken(&deployment(), &at(it), value)));
    let removed = NEEDED.iter().map(|(rule, it)| (*rule, at(it), without(&deployment(), &at(it))));
    put.chain(removed).collect()
}

#[test]
fn each_break_needs_its_exception_and_nothing_else() {
    for (rule, pointer, object) in all_breaks() {
        let found = messages_under(std::slice::from_ref(&object), &terms(None));
        let undeclared: Vec<_> = found.iter().filter(|message| message.contains("no exception")).collect();
        assert!(!undeclared.is_empty(), "{rule} {pointer}: {found:#?}");
        for message in undeclared {
            assert!(message.ends_with(&format!("; no exception `{rule}` is declared")), "{rule}: {message}");
            assert!(message.starts_with("Deployment monitoring/kibana: /spec/template/spec/"), "{message}");
        }
        let found = messages_under(&[object], &terms(Some(rule)));
        assert!(!found.iter().any(|message| message.contains("exception")), "{rule} {pointer}: {found:#?}");
    }
}

#[test]
fn each_rule_for_pods_has_a_break() {
    let broken: std::collections::BTreeSet<_> = all_breaks().into_iter().map(|(rule, ..)| rule).collect();
    let rules = super::POD_RULES
        .iter()
        .map(|(rule, _)| *rule)
        .filter(|rule| !["host-path-write", "open-endpoint"].contains(rule));
    assert_eq!(broken, rules.collect());
}

#[test]
fn an_endpoint_for_anybody_needs_its_exception() {
    let open =
        |rule| Terms { open: vec![OpenEndpoint { workload: workload(), endpoint: "spans".into() }], ..terms(rule) };
    let message = "Deployment monitoring/kibana: /spec/template/spec: the endpoint spans authenticates nobody; no exception \
                   `open-endpoint` is declared";
    assert_eq!(messages_under(&[object(&deployment())], &open(None)), [message]);
    assert_eq!(messages_under(&[object(&deployment())], &open(Some("open-endpoint"))), [""; 0]);
}

#[test]
fn a_path_of_the_node_is_mounted_to_be_read() {
    let mut pod = broken(
        &deployment(),
        "/spec/template/spec/volumes/0",
        json!({ "name": "settings", "hostPath": { "path": "/etc" } }),
    );
    let path = terms(Some("host-path"));
    assert!(!messages_under(&[pod.clone()], &path).iter().any(|message| message.contains("exception")));
    let body = Value::Object(pod.body);
    pod = broken(&body, "/spec/template/spec/containers/0/volumeMounts/0/readOnly", json!(false));
    let expected = "Deployment monitoring/kibana: /spec/template/spec/containers/0/volumeMounts/0: a path of the node is \
                    mounted to be written; readOnly is allowed; no exception `host-path-write` is declared";
    assert!(messages_under(&[pod], &path).contains(&expected.to_owned()));
}

#[test]
fn an_exception_that_is_not_needed_is_told() {
    assert_eq!(
        messages_under(&[object(&deployment())], &terms(Some("host-pid"))),
        ["monitoring/kibana: the exception `host-pid` is declared, but the rule is kept"]
    );
    let found = messages_under(&[object(&deployment())], &terms(Some("hostpid")));
    assert!(
        found[0].starts_with("monitoring/kibana: the exception `hostpid` is of no rule; rules are `added-"),
        "{found:?}"
    );
}

#[test]
fn an_exception_of_one_container_is_not_for_another() {
    let mut terms = terms(Some("writable-root"));
    terms.exceptions[0].container = Some("sidecar".into());
    let pointer = "/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem";
    let found = messages_under(&[broken(&deployment(), pointer, json!(false))], &terms);
    assert_eq!(found.len(), 2, "{found:#?}");
}

fn role(rule: &Value) -> Vec<Object> {
    let meta = json!({ "name": "skopos:kibana" });
    let reference = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "skopos:kibana" });
    let subject = json!({ "kind": "ServiceAccount", "name": "kibana", "namespace": "monitoring" });
    let version = "rbac.authorization.k8s.io/v1";
    vec![
        object(&deployment()),
        object(&json!({ "apiVersion": version, "kind": "ClusterRole", "metadata": meta, "rules": [rule] })),
        object(&json!({
            "apiVersion": version, "kind": "ClusterRoleBinding", "metadata": meta,
            "roleRef": reference, "subjects": [subject],
        })),
    ]
}

#[test]
fn wide_roles_need_an_exception_of_a_holder() {
    for (rule, granted) in [
        ("cluster-secrets", json!({ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] })),
        ("escalating-role", json!({ "apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"] })),
        ("escalating-role", json!({ "apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"] })),
        ("wildcard-role", json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["*"] })),
        ("wildcard-role", json!({ "nonResourceURLs": ["/metrics/*"], "verbs": ["get"] })),
    ] {
        let found = messages_under(&role(&granted), &terms(None));
        let ending = format!("; no exception `{rule}` is declared");
        assert!(matches!(&found[..], [one] if one.ends_with(&ending)), "{rule}: {found:#?}");
        assert_eq!(messages_under(&role(&granted), &terms(Some(rule))), [""; 0], "{rule}");
    }
    let narrow = json!({ "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"] });
    assert_eq!(messages_under(&role(&narrow), &terms(None)), [""; 0]);
}
