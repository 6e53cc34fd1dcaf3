//! Where pods are in objects: the templates of workloads, and resources that an operator makes pods from.

use serde_json::{Map, Value};

/// How the pods of a kind come to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// Kubernetes, from a template that says everything.
    Kubernetes,
    /// An operator, which adds containers and volumes of its own to what the resource says.
    Operator,
}

/// The kinds with pods: API version, kind, the path to the pod template (or to the resource's pod-like part), and who makes
/// the pods.
const KINDS: &[(&str, &str, &[&str], Maker)] = &[
    ("apps/v1", "DaemonSet", &["spec", "template"], Maker::Kubernetes),
    ("apps/v1", "Deployment", &["spec", "template"], Maker::Kubernetes),
    ("apps/v1", "StatefulSet", &["spec", "template"], Maker::Kubernetes),
    ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"], Maker::Kubernetes),
    ("batch/v1", "Job", &["spec", "template"], Maker::Kubernetes),
    ("monitoring.coreos.com/v1", "Alertmanager", &["spec"], Maker::Operator),
    ("monitoring.coreos.com/v1", "Prometheus", &["spec"], Maker::Operator),
    ("monitoring.coreos.com/v1", "ThanosRuler", &["spec"], Maker::Operator),
    ("monitoring.coreos.com/v1alpha1", "PrometheusAgent", &["spec"], Maker::Operator),
];

/// A pod as an object describes it.
#[derive(Debug, Clone)]
pub struct Pod<'o> {
    /// The pod's specification, or the resource's that an operator makes pods from.
    pub spec: &'o Map<String, Value>,
    /// The JSON pointer of the specification.
    pub pointer: String,
    /// The labels of the pod's template; nothing where an operator gives them.
    pub labels: Option<&'o Map<String, Value>>,
    /// Who makes the pods.
    pub maker: Maker,
}

/// The pods that an object describes.
#[must_use]
pub fn pod<'o>(api_version: &str, kind: &str, body: &'o Map<String, Value>) -> Option<Pod<'o>> {
    let (_, _, path, maker) = KINDS.iter().find(|(version, name, ..)| *version == api_version && *name == kind)?;
    let (first, rest) = path.split_first()?;
    let part = rest.iter().try_fold(body.get(*first)?, |value, step| value.get(step))?;
    let pointer = format!("/{}", path.join("/"));
    match maker {
        Maker::Operator => Some(Pod { spec: part.as_object()?, pointer, labels: None, maker: *maker }),
        Maker::Kubernetes => Some(Pod {
            spec: part.get("spec")?.as_object()?,
            pointer: pointer + "/spec",
            labels: part.get("metadata").and_then(|metadata| metadata.get("labels")?.as_object()),
            maker: *maker,
        }),
    }
}

/// A container of a pod.
#[derive(Debug, Clone)]
pub struct Container<'o> {
    /// Its name; empty where it has none.
    pub name: &'o str,
    /// What the pod says of it.
    pub body: &'o Map<String, Value>,
    /// Its JSON pointer.
    pub pointer: String,
    /// It only runs before the others.
    pub initial: bool,
}

impl Container<'_> {
    /// Whether it is only an addition to a container that an operator makes.
    #[must_use]
    pub fn is_patch(&self) -> bool {
        !self.body.contains_key("image")
    }

    /// A field of its security context.
    #[must_use]
    pub fn security(&self, field: &str) -> Option<&Value> {
        self.body.get("securityContext")?.get(field)
    }
}

impl<'o> Pod<'o> {
    /// The containers that stand in the object, those before the others first.
    pub fn containers(&self) -> impl Iterator<Item = Container<'o>> + '_ {
        ["initContainers", "containers"].into_iter().flat_map(move |key| {
            let list = self.spec.get(key).and_then(Value::as_array).into_iter().flatten();
            list.enumerate().filter_map(move |(place, container)| {
                let body = container.as_object()?;
                Some(Container {
                    name: body.get("name").and_then(Value::as_str).unwrap_or_default(),
                    body,
                    pointer: format!("{}/{key}/{place}", self.pointer),
                    // A sidecar is an initial container that goes on.
                    initial: key == "initContainers" && !body.contains_key("restartPolicy"),
                })
            })
        })
    }

    /// A field of the pod's security context.
    #[must_use]
    pub fn security(&self, field: &str) -> Option<&'o Value> {
        self.spec.get("securityContext")?.get(field)
    }

    /// The volumes that stand in the object, with their JSON pointers.
    pub fn volumes(&self) -> impl Iterator<Item = (&'o Map<String, Value>, String)> + '_ {
        let list = self.spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
        list.enumerate().filter_map(|(place, volume)| {
            volume.as_object().map(|volume| (volume, format!("{}/volumes/{place}", self.pointer)))
        })
    }

    /// The ServiceAccount that the pods run as.
    #[must_use]
    pub fn service_account(&self) -> &'o str {
        self.spec.get("serviceAccountName").and_then(Value::as_str).unwrap_or("default")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_are_found_where_their_kinds_keep_them() {
        let template =
            json!({ "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [{ "name": "main" }] } });
        for (version, kind, body, pointer) in [
            ("apps/v1", "Deployment", json!({ "spec": { "template": template } }), "/spec/template/spec"),
            (
                "batch/v1",
                "CronJob",
                json!({ "spec": { "jobTemplate": { "spec": { "template": template } } } }),
                "/spec/jobTemplate/spec/template/spec",
            ),
            (
                "monitoring.coreos.com/v1",
                "Prometheus",
                json!({ "spec": { "containers": [{ "name": "main" }] } }),
                "/spec",
            ),
        ] {
            let found = pod(version, kind, body.as_object().unwrap()).unwrap();
            assert_eq!(found.pointer, pointer);
            let containers: Vec<_> = found.containers().map(|it| (it.name, it.pointer)).collect();
            assert_eq!(containers, [("main", format!("{pointer}/containers/0"))]);
        }
        assert!(pod("v1", "ConfigMap", &Map::new()).is_none());
    }
}
