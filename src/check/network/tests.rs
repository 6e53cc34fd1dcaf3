use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::terms::{Edge, Peer, Terms};
use crate::check::tests::{broken, deployment, messages_under, namespace, object};
use crate::interface::Interfaces;
use crate::object::Object;

fn peer(app: &str) -> Peer {
    let labels = [("app".to_owned(), app.to_owned())].into();
    Peer::Ours { namespace: "monitoring".into(), labels, addresses: Vec::new() }
}

fn terms() -> Terms<'static> {
    let edge = |from, to, port, purpose: &str| {
        let purpose = purpose.into();
        Edge { from, to, port, last_port: None, protocol: "TCP", purpose }
    };
    let dns = Peer::Others {
        namespace: Some("kube-system".into()),
        labels: [("k8s-app".into(), "kube-dns".into())].into(),
        carried: BTreeSet::new(),
    };
    Terms {
        edges: vec![
            edge(peer("kibana"), peer("elasticsearch"), 9200, "kibana -> elasticsearch/https"),
            edge(peer("kibana"), dns, 53, "kibana -> dns"),
        ],
        ..Terms::none(Interfaces::builtin())
    }
}

fn policy(app: &str, direction: &str, rules: &Value) -> Value {
    let kind = if direction == "ingress" { "Ingress" } else { "Egress" };
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "name": app, "namespace": "monitoring" },
        "spec": { "podSelector": { "matchLabels": { "app": app } }, "policyTypes": [kind], direction: rules },
    })
}

fn egress() -> Value {
    policy(
        "kibana",
        "egress",
        &json!([
            {
                "to": [{ "podSelector": { "matchLabels": { "app": "elasticsearch" } } }],
                "ports": [{ "port": 9200, "protocol": "TCP" }],
            },
            {
                "to": [{
                    "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
                    "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
                }],
                "ports": [{ "port": 53, "protocol": "TCP" }],
            },
        ]),
    )
}

fn ingress() -> Value {
    let from = json!([{ "podSelector": { "matchLabels": { "app": "kibana" } } }]);
    policy("elasticsearch", "ingress", &json!([{ "from": from, "ports": [{ "port": 9200, "protocol": "TCP" }] }]))
}

fn deny() -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "name": "default-deny", "namespace": "monitoring" },
        "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
    })
}

/// The deployment of another application.
fn elasticsearch() -> Object {
    let text = deployment().to_string().replace("kibana", "elasticsearch");
    object(&serde_json::from_str(&text).unwrap())
}

fn world(policies: [Object; 3]) -> Vec<String> {
    let mut objects = vec![object(&namespace()), object(&deployment()), elasticsearch()];
    objects.extend(policies);
    let found = messages_under(&objects, &terms());
    found.into_iter().filter(|message| !message.contains("there is no")).collect()
}

#[test]
fn policies_that_open_just_the_edges_pass() {
    assert_eq!(world([object(&deny()), object(&egress()), object(&ingress())]), [""; 0]);
}

#[test]
fn each_difference_is_told_with_both_ends() {
    let port = broken(&ingress(), "/spec/ingress/0/ports/0/port", json!(9300));
    assert_eq!(
        world([object(&deny()), object(&egress()), port]),
        [
            "kibana -> elasticsearch/https: closed: Deployment monitoring/elasticsearch from Deployment monitoring/kibana at \
             TCP port 9200",
            "NetworkPolicy monitoring/elasticsearch: /spec/ingress/0: opens what no edge needs: Deployment \
             monitoring/elasticsearch from Deployment monitoring/kibana at TCP port 9300",
        ]
    );
    let wide = broken(&egress(), "/spec/egress/1/to/0/namespaceSelector", json!({}));
    assert_eq!(
        world([object(&deny()), wide, object(&ingress())]),
        [
            "kibana -> dns: closed: Deployment monitoring/kibana to pods with k8s-app=kube-dns in kube-system at TCP port 53",
            "NetworkPolicy monitoring/kibana: /spec/egress/1: opens what no edge needs: Deployment monitoring/kibana to pods \
             with k8s-app=kube-dns in every namespace at TCP port 53",
        ]
    );
}

#[test]
fn a_label_with_any_value_is_not_a_label_with_one() {
    let any = json!({ "matchExpressions": [{ "key": "k8s-app", "operator": "Exists" }] });
    let wide = broken(&egress(), "/spec/egress/1/to/0/podSelector", any);
    assert_eq!(
        world([object(&deny()), wide, object(&ingress())]),
        [
            "kibana -> dns: closed: Deployment monitoring/kibana to pods with k8s-app=kube-dns in kube-system at TCP port 53",
            "NetworkPolicy monitoring/kibana: /spec/egress/1: opens what no edge needs: Deployment monitoring/kibana to pods \
             with k8s-app in kube-system at TCP port 53",
        ]
    );
}

#[test]
fn a_selector_that_selects_none_of_our_pods_is_told() {
    let lost = broken(&egress(), "/spec/egress/0/to/0/podSelector/matchLabels/app", json!("elastic"));
    assert_eq!(
        world([object(&deny()), lost, object(&ingress())]),
        [
            "kibana -> elasticsearch/https: closed: Deployment monitoring/kibana to Deployment monitoring/elasticsearch at \
             TCP port 9200",
            "NetworkPolicy monitoring/kibana: /spec/egress/0: opens what no edge needs: Deployment monitoring/kibana to pods \
             with app=elastic in monitoring at TCP port 9200",
        ]
    );
}

#[test]
fn a_namespace_denies_by_default_in_both_directions() {
    let open = broken(&deny(), "/spec/policyTypes", json!(["Ingress"]));
    assert_eq!(
        world([open, object(&egress()), object(&ingress())]),
        ["Namespace monitoring: no network policy denies Egress to all pods of the namespace by default"]
    );
}
