//! Pods whose parts do not fit together: selectors, volumes and their mounts, ports and probes, requests and limits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::findings::Findings;
use super::world::{OwnPod, World};
use crate::diagnostic::code;
use crate::kubernetes::pod::Container;
use crate::kubernetes::quantity::Quantity;
use crate::kubernetes::selector;

/// Each pod is consistent in itself.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for pod in &world.pods {
        let mut refuse =
            |pointer: &str, message: &str| findings.add(code::BAD_OBJECT, &pod.object.id, pointer, message);
        own_selectors(pod, &mut refuse);
        volumes(pod, &mut refuse);
        names(pod, &mut refuse);
        for container in pod.pod.containers() {
            probes(&container, &mut refuse);
            limits(&container, &mut refuse);
        }
    }
}

type Refuse<'r> = &'r mut dyn FnMut(&str, &str);

/// A workload selects its own pods, and so does what spreads them.
fn own_selectors(pod: &OwnPod<'_>, refuse: Refuse<'_>) {
    let spec = pod.object.body.get("spec");
    if !pod.is_operators()
        && let Some(Value::Object(own)) = spec.and_then(|spec| spec.get("selector"))
    {
        if !selector::selects(own, &pod.labels) {
            refuse("/spec/selector", "does not select the pods of the template");
        } else if own.is_empty() {
            refuse("/spec/selector", "selects every pod");
        }
    }
    let constraints = pod.pod.spec.get("topologySpreadConstraints").and_then(Value::as_array);
    for (place, constraint) in constraints.into_iter().flatten().enumerate() {
        let selects = constraint.get("labelSelector").and_then(Value::as_object);
        if !selects.is_some_and(|own| selector::selects(own, &pod.labels)) {
            let pointer = format!("{}/topologySpreadConstraints/{place}/labelSelector", pod.pod.pointer);
            refuse(&pointer, "does not select the pods that it spreads");
        }
    }
}

/// Each mount has its volume, and each volume is mounted.
fn volumes(pod: &OwnPod<'_>, refuse: Refuse<'_>) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let claims = pod.object.body.get("spec").and_then(|spec| spec.get("volumeClaimTemplates")?.as_array());
    for claim in claims.into_iter().flatten() {
        known.extend(claim.get("metadata").and_then(|metadata| metadata.get("name")?.as_str()));
    }
    let unused = |name: &str| format!("the volume `{name}` is not mounted by any container");
    let claimed = known.clone();
    let mut volumes = Vec::new();
    for (volume, pointer) in pod.pod.volumes() {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        if claimed.contains(name) {
            refuse(&pointer, &format!("the volume `{name}` has the name of a volume claim"));
        }
        if volume.len() != 2 {
            refuse(&pointer, "has not exactly one source");
        }
        known.insert(name);
        volumes.push((name, pointer));
    }
    let mut used = BTreeSet::new();
    for container in pod.pod.containers() {
        for (mount, pointer) in mounts(container.body.get("volumeMounts"), &container.pointer) {
            used.insert(mount);
            // An operator adds volumes of its own.
            if !pod.is_operators() && !known.contains(mount) {
                refuse(&pointer, &format!("there is no volume `{mount}`"));
            }
        }
    }
    used.extend(mounts(pod.pod.spec.get("volumeMounts"), &pod.pod.pointer).into_iter().map(|(name, _)| name));
    volumes.extend(claimed.iter().map(|name| (*name, "/spec/volumeClaimTemplates".to_owned())));
    for (name, pointer) in volumes.into_iter().filter(|(name, _)| !used.contains(name)) {
        refuse(&pointer, &unused(name));
    }
}

fn mounts<'v>(list: Option<&'v Value>, pointer: &str) -> Vec<(&'v str, String)> {
    let mounts = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    let named = mounts.filter_map(|(place, mount)| Some((mount.get("name")?.as_str()?, place)));
    named.map(|(name, place)| (name, format!("{pointer}/volumeMounts/{place}"))).collect()
}

/// Containers have different names, before the others or among them, and so have the ports of all.
fn names(pod: &OwnPod<'_>, refuse: Refuse<'_>) {
    let (mut containers, mut ports, mut numbers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for container in pod.pod.containers() {
        if !containers.insert(container.name) {
            refuse(&container.pointer, &format!("another container has the name `{}`", container.name));
        }
        let list = container.body.get("ports").and_then(Value::as_array).into_iter().flatten();
        for (place, port) in list.enumerate() {
            let pointer = format!("{}/ports/{place}", container.pointer);
            if let Some(name) = port.get("name").and_then(Value::as_str)
                && !ports.insert(name)
            {
                refuse(&pointer, &format!("another port of the pod has the name `{name}`"));
            }
            let number = port.get("containerPort").and_then(Value::as_u64);
            if !numbers.insert((number, port.get("protocol").and_then(Value::as_str).unwrap_or("TCP"))) {
                refuse(&pointer, "another port of the pod has this number");
            }
        }
    }
}

/// Each probe says what it does, and a port that it names is one of its container.
fn probes(container: &Container<'_>, refuse: Refuse<'_>) {
    for kind in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let Some(Value::Object(probe)) = container.body.get(kind) else { continue };
        let pointer = format!("{}/{kind}", container.pointer);
        let actions = ["exec", "grpc", "httpGet", "tcpSocket"].iter().filter(|action| probe.contains_key(**action));
        if actions.count() != 1 && !container.is_patch() {
            refuse(&pointer, "does not do exactly one of exec, grpc, httpGet and tcpSocket");
        }
        if kind != "readinessProbe" && probe.get("successThreshold").is_some_and(|it| it.as_i64() != Some(1)) {
            refuse(&format!("{pointer}/successThreshold"), "must be 1 for this kind of probe");
        }
        for action in ["httpGet", "tcpSocket"] {
            let Some(Value::String(name)) = probe.get(action).and_then(|it| it.get("port")) else { continue };
            let ports = container.body.get("ports").and_then(Value::as_array).into_iter().flatten();
            if !ports.clone().any(|port| port.get("name").and_then(Value::as_str) == Some(name)) {
                refuse(&format!("{pointer}/{action}/port"), &format!("the container has no port `{name}`"));
            }
        }
    }
}

/// No container requests more than its limit.
fn limits(container: &Container<'_>, refuse: Refuse<'_>) {
    let Some(resources) = container.body.get("resources") else { return };
    let amount = |part: &str, resource: &str| Quantity::parse(resources.get(part)?.get(resource)?.as_str()?).ok();
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        if let (Some(request), Some(limit)) = (amount("requests", resource), amount("limits", resource))
            && request > limit
        {
            let pointer = format!("{}/resources/requests/{resource}", container.pointer);
            refuse(&pointer, &format!("{request} is more than the limit of {limit}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, deployment, messages};
    use serde_json::json;

    #[test]
    fn each_inconsistency_is_told() {
        let pod = "/spec/template/spec";
        for (pointer, value, message) in [
            (
                "/spec/selector/matchLabels/app",
                json!("other"),
                "/spec/selector: does not select the pods of the template".to_owned(),
            ),
            (
                "/spec/template/spec/containers/0/volumeMounts/0/name",
                json!("nothing"),
                format!("{pod}/containers/0/volumeMounts/0: there is no volume `nothing`"),
            ),
            (
                "/spec/template/spec/volumes/1",
                json!({ "name": "spare", "emptyDir": {} }),
                format!("{pod}/volumes/1: the volume `spare` is not mounted by any container"),
            ),
            (
                "/spec/template/spec/containers/1",
                json!({ "name": "kibana", "image": "example.org/a:1" }),
                format!("{pod}/containers/1: another container has the name `kibana`"),
            ),
            (
                "/spec/template/spec/containers/0/readinessProbe/httpGet/port",
                json!("htpps"),
                format!("{pod}/containers/0/readinessProbe/httpGet/port: the container has no port `htpps`"),
            ),
            (
                "/spec/template/spec/containers/0/resources/requests/memory",
                json!("2Gi"),
                format!("{pod}/containers/0/resources/requests/memory: 2Gi is more than the limit of 1Gi"),
            ),
        ] {
            let found = messages(&[broken(&deployment(), pointer, value)]);
            let expected = format!("Deployment monitoring/kibana: {message}");
            assert!(found.contains(&expected), "{expected}\n{found:#?}");
        }
    }
}
