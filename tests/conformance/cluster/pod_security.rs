//! Pod Security admits a pod of each workload's template where it is to run, and refuses it with one part of the hardening missing.

use serde_json::{Value, json};

use super::install::Install;
use crate::control_plane::{ControlPlane, quiet};

/// Takes a part of its hardening from a pod.
type Weaken = fn(&mut Value);

/// Ways to weaken a pod, each of which `restricted` refuses.
const WEAKENED: [(&str, Weaken); 6] = [
    ("root", |pod| remove_everywhere(pod, "runAsNonRoot")),
    ("seccomp", |pod| remove_everywhere(pod, "seccompProfile")),
    ("escalation", |pod| remove_from_last_container(pod, "allowPrivilegeEscalation")),
    ("capabilities", |pod| remove_from_last_container(pod, "capabilities")),
    ("host-network", |pod| pod["spec"]["hostNetwork"] = json!(true)),
    ("host-path", |pod| {
        let volume = json!({ "name": "weakened", "hostPath": { "path": "/" } });
        pod["spec"]["volumes"].as_array_mut().unwrap().push(volume);
    }),
];

/// A pod as each workload of the render would make it.
pub fn pods(install: &Install) -> Vec<Value> {
    ["Deployment", "StatefulSet", "DaemonSet"].iter().flat_map(|kind| install.kind(kind)).map(pod_of).collect()
}

/// A pod as a workload would make it.
pub fn pod_of(workload: &Value) -> Value {
    let mut spec = workload["spec"]["template"]["spec"].clone();
    let empty = Vec::new();
    for claim in workload["spec"]["volumeClaimTemplates"].as_array().unwrap_or(&empty) {
        let name = &claim["metadata"]["name"];
        let volume = json!({ "name": name, "persistentVolumeClaim": { "claimName": name } });
        spec["volumes"].as_array_mut().unwrap().push(volume);
    }
    if spec["volumes"].is_null() {
        spec["volumes"] = json!([]);
    }
    let metadata = &workload["metadata"];
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": metadata["name"], "namespace": metadata["namespace"] },
        "spec": spec,
    })
}

/// Asks the server about the pods, and about weakened ones.
pub fn admits_only_the_hardened(cluster: &ControlPlane, pods: &[Value]) -> String {
    assert!(!pods.is_empty());
    let arguments = ["create", "--dry-run=server", "--validate=strict"];
    quiet("creating the pods", cluster.kubectl_on(&list(pods), &arguments));
    let weakened: Vec<Value> = pods.iter().filter(|pod| is_restricted(cluster, pod)).flat_map(weakened).collect();
    let output = cluster.kubectl_on(&list(&weakened), &arguments);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a weakened pod is admitted");
    let complaint = String::from_utf8_lossy(&output.stderr);
    for pod in &weakened {
        let name = pod["metadata"]["name"].as_str().unwrap();
        let refused = format!("pods \"{name}\" is forbidden: violates PodSecurity \"restricted:latest\"");
        assert!(complaint.contains(&refused), "{name} is not refused by Pod Security:\n{complaint}");
    }
    let elsewhere = refused_elsewhere(cluster, pods);
    format!(
        "pods of {} workloads pass Pod Security; {} weakened ones, and {elsewhere} agents outside their namespace, are refused",
        pods.len(),
        weakened.len()
    )
}

/// The agents, which need what `restricted` forbids, are refused beside the backends.
fn refused_elsewhere(cluster: &ControlPlane, pods: &[Value]) -> usize {
    let agents: Vec<Value> = pods.iter().filter(|pod| !is_restricted(cluster, pod)).cloned().collect();
    for agent in &agents {
        let mut agent = agent.clone();
        agent["metadata"]["namespace"] = json!("monitoring");
        agent["spec"]["serviceAccountName"] = json!("default");
        let output = cluster.kubectl_on(&agent, &["create", "--dry-run=server"]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains("violates PodSecurity"), "{}: {complaint}", agent["metadata"]["name"]);
    }
    agents.len()
}

fn is_restricted(cluster: &ControlPlane, pod: &Value) -> bool {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap();
    let namespace = cluster.ask_json(&["get", "namespace", namespace]);
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
}

fn weakened(pod: &Value) -> Vec<Value> {
    let weaken = |(what, weaken): &(&str, Weaken)| {
        let mut weak = pod.clone();
        weak["metadata"]["name"] = json!(format!("{}-{what}", pod["metadata"]["name"].as_str().unwrap()));
        weaken(&mut weak);
        weak
    };
    WEAKENED.iter().map(weaken).collect()
}

fn remove_everywhere(pod: &mut Value, key: &str) {
    remove(&mut pod["spec"]["securityContext"], key);
    for containers in ["containers", "initContainers"] {
        for container in pod["spec"][containers].as_array_mut().into_iter().flatten() {
            remove(&mut container["securityContext"], key);
        }
    }
}

fn remove_from_last_container(pod: &mut Value, key: &str) {
    let container = pod["spec"]["containers"].as_array_mut().unwrap().last_mut().unwrap();
    remove(&mut container["securityContext"], key);
}

fn remove(context: &mut Value, key: &str) {
    if let Some(context) = context.as_object_mut() {
        context.remove(key);
    }
}

fn list(items: &[Value]) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}
