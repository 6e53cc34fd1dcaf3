//! What discovery would find in the cluster, in its own words: each target with the labels that Prometheus gives it before relabelling.

use serde_json::{Map, Value, json};

use super::jobs::Job;
use super::world::{self, Known, NODE, Place};
use crate::emitted;

/// The targets behind Services, and those that are pods, with the namespace of each.
pub struct Discovered {
    pub of_services: Vec<(String, Map<String, Value>)>,
    pub of_pods: Vec<(String, Map<String, Value>)>,
}

/// Everything that a golden's cluster has, whether a job wants it or not.
pub fn in_cluster(golden: &str, jobs: &[Job]) -> Discovered {
    let services = emitted::named(golden, "service-");
    let (mut of_services, mut of_pods) = (Vec::new(), Vec::new());
    for job in jobs {
        for place in job.places() {
            let namespace = place.namespace.clone();
            if job.of_pods {
                of_pods.push((namespace, pod_target(&world::pod(&job.name, &place), &place)));
            } else if let Some(known) = world::service_of_others(&job.name) {
                of_services.push((namespace, service_target(&known, &place)));
            }
        }
    }
    for service in &services {
        let name = service["metadata"]["name"].as_str().unwrap();
        let namespace = service["metadata"]["namespace"].as_str().unwrap();
        // The pods of a Service are those of the job of its name; a Service without one has a pod of its own name.
        let place = world::scraped_by(name).into_iter().next().unwrap();
        let place = Place { namespace: namespace.to_owned(), ..place };
        let labels: Vec<(String, String)> = service["metadata"]["labels"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(label, value)| (label.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        for port in service["spec"]["ports"].as_array().unwrap() {
            let port = port["name"].as_str().unwrap().to_owned();
            let known = Known { name: name.to_owned(), labels: labels.clone(), port };
            of_services.push((namespace.to_owned(), service_target(&known, &place)));
        }
    }
    Discovered { of_services, of_pods }
}

fn service_target(known: &Known, place: &Place) -> Map<String, Value> {
    let mut target = described("service", &known.labels);
    add(&mut target, "service_name", &known.name);
    add(&mut target, "endpointslice_port_name", &known.port);
    if place.pod.is_empty() {
        let is_node = known.name == "kubelet";
        add(&mut target, "endpointslice_address_target_kind", if is_node { "Node" } else { "" });
        add(&mut target, "endpointslice_address_target_name", if is_node { NODE } else { "" });
    } else {
        add(&mut target, "endpointslice_address_target_kind", "Pod");
        add(&mut target, "endpointslice_address_target_name", &place.pod);
        add_pod(&mut target, place);
    }
    add(&mut target, "namespace", &place.namespace);
    target
}

fn pod_target(known: &Known, place: &Place) -> Map<String, Value> {
    let mut target = described("pod", &known.labels);
    add(&mut target, "pod_container_port_name", &known.port);
    add(&mut target, "namespace", &place.namespace);
    add_pod(&mut target, place);
    target
}

fn add_pod(target: &mut Map<String, Value>, place: &Place) {
    for (label, value) in [
        ("pod_name", place.pod.as_str()),
        ("pod_container_name", &place.container),
        ("pod_node_name", NODE),
        ("pod_ip", "127.0.0.1"),
        ("pod_phase", "Running"),
    ] {
        add(target, label, value);
    }
}

/// The labels of an object, as discovery tells of them.
fn described(object: &str, labels: &[(String, String)]) -> Map<String, Value> {
    let mut target = Map::new();
    for (label, value) in labels {
        let label = label.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        add(&mut target, &format!("{object}_label_{label}"), value);
        add(&mut target, &format!("{object}_labelpresent_{label}"), "true");
    }
    target
}

fn add(target: &mut Map<String, Value>, label: &str, value: &str) {
    target.insert(format!("__meta_kubernetes_{label}"), json!(value));
}
