//! What each account may do is what the render's roles bind to it, and the answers that people ask for are as they should be.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::install::Install;
use crate::control_plane::{ControlPlane, quiet};

const OPERATOR: &str = "system:serviceaccount:monitoring:prometheus-operator";
const PROMETHEUS: &str = "system:serviceaccount:monitoring:prometheus";
const GRAFANA: &str = "system:serviceaccount:monitoring:grafana";
const FLUENTD: &str = "system:serviceaccount:monitoring-agents:fluentd";
const STATE: &str = "system:serviceaccount:monitoring:kube-state-metrics";
/// What a certificate of Grafana says to the guards.
const GRAFANA_CERTIFICATE: &str = "skopos:monitoring:grafana";

/// Who, verb, resource (`resource:subresource`, `resource/name`), namespace, and the answer.
const ANSWERS: [(&str, &str, &str, &str, bool); 19] = [
    (OPERATOR, "create", "statefulsets.apps", "monitoring", true),
    (OPERATOR, "create", "statefulsets.apps", "default", false),
    (OPERATOR, "get", "secrets", "monitoring", true),
    (OPERATOR, "get", "secrets", "kube-system", false),
    (OPERATOR, "get", "secrets", "monitoring-authority", false),
    (OPERATOR, "create", "pods", "monitoring", false),
    (OPERATOR, "create", "clusterrolebindings", "monitoring", false),
    (PROMETHEUS, "list", "pods", "default", true),
    (PROMETHEUS, "get", "secrets", "monitoring", false),
    (PROMETHEUS, "get", "nodes:metrics", "", true),
    (PROMETHEUS, "get", "nodes:proxy", "", false),
    (PROMETHEUS, "create", "pods:exec", "monitoring", false),
    (GRAFANA, "list", "configmaps", "monitoring", false),
    (GRAFANA, "get", "pods", "monitoring", false),
    (FLUENTD, "watch", "pods", "default", true),
    (FLUENTD, "get", "pods:log", "default", false),
    (FLUENTD, "get", "secrets", "monitoring-agents", false),
    (STATE, "list", "deployments.apps", "default", true),
    (STATE, "list", "secrets", "default", false),
];

/// Who, verb, the guarded path of the plan, and the answer to the guard.
const GUARDED: [(&str, &str, &str, bool); 5] = [
    (GRAFANA_CERTIFICATE, "get", "prometheus-api", true),
    (GRAFANA_CERTIFICATE, "get", "zipkin-query-query", true),
    (GRAFANA_CERTIFICATE, "create", "zipkin-query-query", false),
    (GRAFANA_CERTIFICATE, "get", "prometheus-metrics", false),
    (GRAFANA, "get", "prometheus-api", false),
];

/// Asks for the rules of every account in every namespace, and the answers above.
pub fn is_what_was_bound(cluster: &ControlPlane, install: &Install) -> String {
    let namespaces = ["monitoring", "monitoring-agents", "kube-system", "default"];
    let accounts: Vec<String> = install
        .kind("ServiceAccount")
        .map(|account| user(&account["metadata"]["namespace"], &account["metadata"]["name"]))
        .collect();
    for account in &accounts {
        for namespace in namespaces {
            let (bound, allowed) = (bound(install, account, namespace), allowed(cluster, account, namespace));
            assert_eq!(allowed, bound, "what {account} may do in {namespace}, and what was bound to it");
        }
    }
    for (who, verb, resource, namespace, expected) in ANSWERS {
        let who_asks = format!("--as={who}");
        let scope = format!("--namespace={namespace}");
        let (kind, subresource) = resource.split_once(':').unwrap_or((resource, ""));
        let subresource = format!("--subresource={subresource}");
        let answer = cluster.kubectl(&["auth", "can-i", verb, kind, &subresource, &who_asks, &scope]);
        let answer = String::from_utf8(answer.stdout).unwrap();
        let expected = if expected { "yes" } else { "no" };
        assert_eq!(answer.lines().next(), Some(expected), "may {who} {verb} {resource} in {namespace}?");
    }
    for (who, verb, path, expected) in GUARDED {
        assert_eq!(guard_lets(cluster, who, verb, path), expected, "may {who} {verb} {path}?");
    }
    notices_another_role(cluster, install, &accounts[0]);
    format!(
        "{} ServiceAccounts may do in {} namespaces what the roles say and nothing else; {} single questions are answered as meant",
        accounts.len(),
        namespaces.len(),
        ANSWERS.len() + GUARDED.len()
    )
}

/// The question that a guard asks about a caller, in its own words.
fn guard_lets(cluster: &ControlPlane, who: &str, verb: &str, path: &str) -> bool {
    let attributes = json!({
        "namespace": "monitoring", "verb": verb, "group": "skopos.dev", "resource": "endpoints", "name": path,
    });
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": { "user": who, "resourceAttributes": attributes },
    });
    let output = cluster.kubectl_on(&review, &["create", "--output=json"]);
    let answer: Value = serde_json::from_str(&quiet("asking as a guard", output)).unwrap();
    answer["status"]["allowed"] == true
}

/// The comparison can fail: it sees a role that somebody else binds.
fn notices_another_role(cluster: &ControlPlane, install: &Install, account: &str) {
    let user = format!("--user={account}");
    cluster.ask(&["create", "rolebinding", "foreign", "--clusterrole=view", &user, "--namespace=default"]);
    assert_ne!(allowed(cluster, account, "default"), bound(install, account, "default"));
    cluster.ask(&["delete", "rolebinding", "foreign", "--namespace=default"]);
}

/// Everything that the roles of the render allow an account in a namespace, one permission a text.
fn bound(install: &Install, account: &str, namespace: &str) -> BTreeSet<String> {
    let mut permissions = BTreeSet::new();
    for binding in install.kind("ClusterRoleBinding").chain(install.kind("RoleBinding")) {
        let scope = &binding["metadata"]["namespace"];
        let is_subject = |subject: &Value| match subject["kind"].as_str() {
            Some("ServiceAccount") => user(&subject["namespace"], &subject["name"]) == account,
            _ => subject["name"] == account,
        };
        let is_bound = binding["subjects"].as_array().unwrap().iter().any(is_subject);
        if is_bound && (scope.is_null() || scope == namespace) {
            let role = &binding["roleRef"];
            let role = install
                .kind(role["kind"].as_str().unwrap())
                .find(|found| found["metadata"]["name"] == role["name"] && in_reach(found, scope))
                .unwrap_or_else(|| panic!("there is no {role}"));
            permissions.extend(role["rules"].as_array().unwrap().iter().flat_map(permissions_of));
        }
    }
    permissions
}

fn in_reach(role: &Value, scope: &Value) -> bool {
    role["kind"] == "ClusterRole" || role["metadata"]["namespace"] == *scope
}

/// Everything that the server allows an account in a namespace, without what it allows everybody.
fn allowed(cluster: &ControlPlane, account: &str, namespace: &str) -> BTreeSet<String> {
    let everybody = rules(cluster, "system:serviceaccount:default:default", namespace);
    let own = rules(cluster, account, namespace);
    own.difference(&everybody).cloned().collect()
}

fn rules(cluster: &ControlPlane, account: &str, namespace: &str) -> BTreeSet<String> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": { "namespace": namespace },
    });
    let output =
        cluster.kubectl_on(&review, &["create", "--validate=false", "--output=json", &format!("--as={account}")]);
    let answer: Value = serde_json::from_str(&quiet("reviewing rules", output)).unwrap();
    assert_eq!(answer["status"]["incomplete"], json!(false));
    let kinds = ["resourceRules", "nonResourceRules"];
    kinds
        .iter()
        .flat_map(|kind| answer["status"][kind].as_array().into_iter().flatten())
        .flat_map(permissions_of)
        .collect()
}

/// A rule as single permissions: `verb group/resource name`, or `verb path`.
fn permissions_of(rule: &Value) -> Vec<String> {
    let texts = |key: &str| -> Vec<String> {
        let values = rule[key].as_array().into_iter().flatten();
        values.map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let mut names = texts("resourceNames");
    if names.is_empty() {
        names.push("*".to_owned());
    }
    let mut objects: Vec<String> = texts("nonResourceURLs");
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            objects.extend(names.iter().map(|name| format!("{group}/{resource} {name}")));
        }
    }
    texts("verbs").iter().flat_map(|verb| objects.iter().map(move |object| format!("{verb} {object}"))).collect()
}

/// The name by which the server knows a ServiceAccount.
fn user(namespace: &Value, name: &Value) -> String {
    format!("system:serviceaccount:{}:{}", namespace.as_str().unwrap(), name.as_str().unwrap())
}
