use serde_json::{Value, json};

use crate::check::terms::{External, OperatorPods, Terms, WorkloadName};
use crate::check::tests::{broken, deployment, messages, messages_under, object};
use crate::interface::Interfaces;
use crate::object::Object;

fn service(selector: &Value, port: &Value) -> Object {
    object(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "kibana", "namespace": "monitoring", "labels": { "app": "kibana" } },
        "spec": { "selector": selector, "ports": [{ "name": "https", "port": 5601, "targetPort": port }] },
    }))
}

fn monitor(app: &str, port: &str) -> Object {
    object(&json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
        "metadata": { "name": "kibana", "namespace": "monitoring" },
        "spec": { "selector": { "matchLabels": { "app": app } }, "endpoints": [{ "port": port }] },
    }))
}

#[test]
fn what_a_pod_names_exists() {
    let pod = "/spec/template/spec";
    for (pointer, value, message) in [
        (
            "volumes/0/configMap/name",
            json!("kibna"),
            "volumes/0/configMap/name: there is no ConfigMap `kibna` in monitoring",
        ),
        (
            "volumes/0/configMap/items",
            json!([{ "key": "kibana.yaml", "path": "kibana.yml" }]),
            "volumes/0/configMap/items/0/key: the ConfigMap `kibana` has no key `kibana.yaml`",
        ),
        (
            "volumes/0",
            json!({ "name": "settings", "projected": { "sources": [
                { "configMap": { "name": "kibana", "items": [{ "key": "kibana.yaml", "path": "kibana.yml" }] } },
            ] } }),
            "volumes/0/projected/sources/0/configMap/items/0/key: the ConfigMap `kibana` has no key `kibana.yaml`",
        ),
        (
            "volumes/0",
            json!({ "name": "settings", "projected": { "sources": [{ "configMap": { "name": "kibna" } }] } }),
            "volumes/0/projected/sources/0/configMap/name: there is no ConfigMap `kibna` in monitoring",
        ),
        ("serviceAccountName", json!("other"), "serviceAccountName: there is no ServiceAccount `other` in monitoring"),
        (
            "imagePullSecrets",
            json!([{ "name": "pull" }]),
            "imagePullSecrets/0: there is no Secret `pull` in monitoring",
        ),
        ("priorityClassName", json!("high"), "priorityClassName: there is no PriorityClass `high`"),
        (
            "containers/0/env",
            json!([{ "name": "A", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } }]),
            "containers/0/env/0/valueFrom/secretKeyRef: there is no Secret `a` in monitoring",
        ),
        (
            "containers/0/envFrom",
            json!([{ "configMapRef": { "name": "b" } }]),
            "containers/0/envFrom/0/configMapRef: there is no ConfigMap `b` in monitoring",
        ),
    ] {
        let found = messages(&[broken(&deployment(), &format!("{pod}/{pointer}"), value)]);
        assert_eq!(found, [format!("Deployment monitoring/kibana: {pod}/{message}")]);
    }
}

#[test]
fn what_others_make_exists_with_its_keys() {
    let secret = |key: &str| {
        let from = json!([{ "name": "A", "valueFrom": { "secretKeyRef": { "name": "a", "key": key } } }]);
        broken(&deployment(), "/spec/template/spec/containers/0/env", from)
    };
    let made = External {
        kind: "Secret".into(),
        namespace: Some("monitoring".into()),
        name: "a".into(),
        keys: Some(["password".to_owned()].into()),
    };
    let terms = Terms { external: vec![made], ..Terms::none(Interfaces::builtin()) };
    assert_eq!(messages_under(&[secret("password")], &terms), [""; 0]);
    let message = "Deployment monitoring/kibana: /spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef: the Secret \
                   `a` has no key `pass`";
    assert_eq!(messages_under(&[secret("pass")], &terms), [message]);
}

#[test]
fn a_service_selects_pods_with_its_ports() {
    let pods = || object(&deployment());
    assert_eq!(messages(&[pods(), service(&json!({ "app": "kibana" }), &json!("https"))]), [""; 0]);
    assert_eq!(
        messages(&[pods(), service(&json!({ "app": "other" }), &json!("https"))]),
        ["Service monitoring/kibana: /spec/selector: selects no pods"]
    );
    assert_eq!(
        messages(&[pods(), service(&json!({ "app": "kibana" }), &json!("http"))]),
        ["Service monitoring/kibana: /spec/ports/0/targetPort: the selected pods have no port \"http\""]
    );
}

#[test]
fn a_monitor_finds_its_service_and_port() {
    let with =
        |monitor| messages(&[object(&deployment()), service(&json!({ "app": "kibana" }), &json!("https")), monitor]);
    assert_eq!(with(monitor("kibana", "https")), [""; 0]);
    assert_eq!(
        with(monitor("other", "https")),
        ["ServiceMonitor monitoring/kibana: /spec/selector: selects nothing in monitoring"]
    );
    assert_eq!(
        with(monitor("kibana", "metrics")),
        ["ServiceMonitor monitoring/kibana: /spec/endpoints/0/port: nothing that is selected has a port `metrics`"]
    );
}

#[test]
fn a_pod_monitor_finds_pods_and_their_port() {
    let monitor = |app: &str, port: &str| {
        object(&json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor",
            "metadata": { "name": "kibana", "namespace": "monitoring" },
            "spec": { "selector": { "matchLabels": { "app": app } }, "podMetricsEndpoints": [{ "port": port }] },
        }))
    };
    let with = |monitor| messages(&[object(&deployment()), monitor]);
    assert_eq!(with(monitor("kibana", "https")), [""; 0]);
    assert_eq!(
        with(monitor("other", "https")),
        ["PodMonitor monitoring/kibana: /spec/selector: selects nothing in monitoring"]
    );
    assert_eq!(
        with(monitor("kibana", "metrics")),
        [
            "PodMonitor monitoring/kibana: /spec/podMetricsEndpoints/0/port: nothing that is selected has a port `metrics`"
        ]
    );
    let mut elsewhere = serde_json::Value::Object(monitor("other", "https").body);
    elsewhere["spec"]["namespaceSelector"] = json!({ "matchNames": ["shop"] });
    assert_eq!(with(object(&elsewhere)), [""; 0], "what others run is not known here");
}

#[test]
fn a_scaler_scales_what_is_there() {
    let scaler = |kind: &str, name: &str| {
        object(&json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": { "name": "kibana", "namespace": "monitoring" },
            "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": kind, "name": name }, "minReplicas": 1, "maxReplicas": 3,
            },
        }))
    };
    let with = |scaler| messages(&[object(&deployment()), scaler]);
    assert_eq!(with(scaler("Deployment", "kibana")), [""; 0]);
    for (kind, name) in [("Deployment", "kibna"), ("StatefulSet", "kibana")] {
        let message =
            format!("HorizontalPodAutoscaler monitoring/kibana: /spec/scaleTargetRef: there is no {kind} `{name}`");
        assert_eq!(with(scaler(kind, name)), [message]);
    }
}

#[test]
fn a_stateful_set_is_governed_by_a_headless_service_of_its_own_pods() {
    let stateful = |service: &str| {
        let mut body = deployment();
        body["kind"] = json!("StatefulSet");
        body["spec"]["serviceName"] = json!(service);
        object(&body)
    };
    let service = |headless: bool, app: &str| {
        let mut body = serde_json::Value::Object(service(&json!({ "app": app }), &json!("https")).body);
        if headless {
            body["spec"]["clusterIP"] = json!("None");
        }
        object(&body)
    };
    let with = |stateful, service| {
        let mut other = deployment();
        other["metadata"]["name"] = json!("other");
        other["spec"]["selector"]["matchLabels"]["app"] = json!("other");
        other["spec"]["template"]["metadata"]["labels"]["app"] = json!("other");
        messages(&[stateful, service, object(&other)])
    };
    let at = "StatefulSet monitoring/kibana: /spec/serviceName";
    assert_eq!(with(stateful("kibana"), service(true, "kibana")), [""; 0]);
    assert_eq!(
        with(stateful("kibna"), service(true, "kibana")),
        [format!("{at}: there is no Service `kibna` in monitoring")]
    );
    assert_eq!(
        with(stateful("kibana"), service(false, "kibana")),
        [format!("{at}: the Service `kibana` is not headless")]
    );
    assert_eq!(
        with(stateful("kibana"), service(true, "other")),
        [format!("{at}: the Service `kibana` selects other pods")]
    );
}

#[test]
fn bindings_bind_roles_and_accounts_that_exist() {
    let binding = |role: &str, account: &str| {
        object(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": { "name": "kibana", "namespace": "monitoring" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": "monitoring" }],
        }))
    };
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": { "name": "reader", "namespace": "monitoring" },
        "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }],
    });
    let with = |binding| messages(&[object(&deployment()), object(&role), binding]);
    assert_eq!(with(binding("reader", "kibana")), [""; 0]);
    assert_eq!(
        with(binding("writer", "kibana")),
        ["RoleBinding monitoring/kibana: /roleRef: there is no Role `writer`"]
    );
    assert_eq!(
        with(binding("reader", "nobody")),
        ["RoleBinding monitoring/kibana: /subjects/0: there is no ServiceAccount `nobody` in monitoring"]
    );
}

#[test]
fn a_budget_selects_pods_also_those_that_an_operator_makes() {
    let budget = |app: &str| {
        object(&json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": { "name": app, "namespace": "monitoring" },
            "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": app } } },
        }))
    };
    let amounts = json!({ "cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi" });
    let prometheus = json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
        "metadata": { "name": "prometheus", "namespace": "monitoring" },
        "spec": {
            "serviceAccountName": "kibana",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "resources": { "requests": amounts, "limits": amounts },
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": { "type": "RuntimeDefault" },
            },
            "secrets": ["client"],
        },
    });
    let workload = WorkloadName { namespace: "monitoring".into(), name: "prometheus".into() };
    let labels = [("app".to_owned(), "prometheus".to_owned())].into();
    let terms = Terms { operator_pods: vec![OperatorPods { workload, labels }], ..Terms::none(Interfaces::builtin()) };
    let with = |budget| messages_under(&[object(&deployment()), object(&prometheus), budget], &terms);
    let missing = "Prometheus monitoring/prometheus: /spec/secrets/0: there is no Secret `client` in monitoring";
    assert_eq!(with(budget("prometheus")), [missing]);
    let lost = "PodDisruptionBudget monitoring/thanos: /spec/selector: selects no pods";
    assert_eq!(with(budget("thanos")), [lost, missing]);
}
