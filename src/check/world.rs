//! The manifest as the checks see it: objects by name, pods with their labels, and the terms.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::terms::{Terms, WorkloadName};
use crate::kubernetes::pod::{Maker, Pod, pod};
use crate::kubernetes::selector::{self, Labels};
use crate::object::Object;

/// A kind, a namespace and a name.
type Key<'w> = (&'w str, Option<&'w str>, &'w str);

/// Everything that a check may look at.
pub(super) struct World<'w> {
    /// The objects, in apply order.
    pub(super) objects: &'w [Object],
    /// What was promised.
    pub(super) terms: &'w Terms<'w>,
    /// The pods.
    pub(super) pods: Vec<OwnPod<'w>>,
    by_key: BTreeMap<Key<'w>, &'w Object>,
    external: BTreeMap<Key<'w>, Option<&'w BTreeSet<String>>>,
    namespaces: BTreeSet<&'w str>,
}

/// The pods of one object.
pub(super) struct OwnPod<'w> {
    /// The object.
    pub(super) object: &'w Object,
    /// What it says of its pods.
    pub(super) pod: Pod<'w>,
    /// The pods' labels.
    pub(super) labels: Cow<'w, Labels>,
}

impl OwnPod<'_> {
    /// The pods' namespace.
    pub(super) fn namespace(&self) -> &str {
        self.object.id.namespace.as_deref().unwrap_or_default()
    }

    /// Whether a name is that of the object.
    pub(super) fn is(&self, name: &WorkloadName) -> bool {
        self.object.id.name == name.name && self.namespace() == name.namespace
    }

    /// Whether an operator makes the pods, so that they hold more than the object says.
    pub(super) fn is_operators(&self) -> bool {
        self.pod.maker == Maker::Operator
    }

    /// Whether the pods have a port of a name.
    pub(super) fn port_named(&self, name: &str) -> bool {
        self.ports().any(|port| port.get("name").and_then(Value::as_str) == Some(name))
    }

    /// Whether the pods have a port of a number.
    pub(super) fn port_numbered(&self, number: i64) -> bool {
        self.ports().any(|port| port.get("containerPort").and_then(Value::as_i64) == Some(number))
    }

    fn ports(&self) -> impl Iterator<Item = &Value> {
        self.pod.containers().filter_map(|it| it.body.get("ports")?.as_array()).flatten()
    }
}

impl<'w> World<'w> {
    /// Looks at objects under terms.
    pub(super) fn new(objects: &'w [Object], terms: &'w Terms<'w>) -> Self {
        let by_key = objects.iter().map(|it| (key(&it.id.kind, it.id.namespace.as_deref(), &it.id.name), it)).collect();
        let external = terms.external.iter();
        let external =
            external.map(|it| (key(&it.kind, it.namespace.as_deref(), &it.name), it.keys.as_ref())).collect();
        let pods: Vec<_> = objects.iter().filter_map(|object| own_pod(object, terms)).collect();
        let named = objects.iter().filter(|object| object.id.kind == "Namespace").map(|object| &*object.id.name);
        let namespaces = named.collect();
        Self { objects, terms, pods, by_key, external, namespaces }
    }

    /// The object of a kind and name.
    pub(super) fn find(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&'w Object> {
        self.by_key.get(&key(kind, namespace, name)).copied()
    }

    /// Whether an object is in the manifest or made by others.
    pub(super) fn exists(&self, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let key = key(kind, namespace, name);
        self.by_key.contains_key(&key) || self.external.contains_key(&key)
    }

    /// Whether a ConfigMap or Secret that exists has a key. One whose keys are unknown has it.
    pub(super) fn has_key(&self, kind: &str, namespace: &str, name: &str, wanted: &str) -> bool {
        let id = key(kind, Some(namespace), name);
        if let Some(object) = self.by_key.get(&id) {
            let holds = |field: &str| object.body.get(field).and_then(|data| data.get(wanted)).is_some();
            return holds("data") || holds("binaryData") || holds("stringData");
        }
        self.external.get(&id).copied().flatten().is_none_or(|keys| keys.contains(wanted))
    }

    /// Objects of a kind.
    pub(super) fn of_kind<'k>(&self, kind: &'k str) -> impl Iterator<Item = &'w Object> + use<'w, 'k> {
        self.objects.iter().filter(move |object| object.id.kind == kind)
    }

    /// Whether the manifest has a namespace.
    pub(super) fn owns_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// The places in [`Self::pods`] of those that meet a condition.
    pub(super) fn places(&self, meets: impl Fn(&OwnPod<'w>) -> bool) -> Vec<usize> {
        let met = self.pods.iter().enumerate().filter(|(_, pod)| meets(pod));
        met.map(|(place, _)| place).collect()
    }

    /// The pods of a namespace whose labels a label selector selects.
    pub(super) fn selected(&self, namespace: &str, selector: &Map<String, Value>) -> impl Iterator<Item = &OwnPod<'w>> {
        let pods = self.pods.iter().filter(move |pod| pod.namespace() == namespace);
        pods.filter(|pod| selector::selects(selector, &pod.labels))
    }

    /// The pods of a namespace that have all of some labels.
    pub(super) fn labelled(&self, namespace: &str, labels: &Labels) -> impl Iterator<Item = &OwnPod<'w>> {
        let pods = self.pods.iter().filter(move |pod| pod.namespace() == namespace);
        pods.filter(|pod| selector::contains(&pod.labels, labels))
    }
}

fn key<'w>(kind: &'w str, namespace: Option<&'w str>, name: &'w str) -> Key<'w> {
    (kind, namespace, name)
}

fn own_pod<'w>(object: &'w Object, terms: &Terms<'_>) -> Option<OwnPod<'w>> {
    let pod = pod(&object.id.api_version, &object.id.kind, &object.body)?;
    let labels = match pod.labels {
        Some(labels) => Cow::Borrowed(labels),
        None => Cow::Owned(operator_labels(object, terms)),
    };
    Some(OwnPod { object, pod, labels })
}

fn operator_labels(object: &Object, terms: &Terms<'_>) -> Labels {
    let own = |workload: &WorkloadName| {
        workload.name == object.id.name && object.id.namespace.as_deref() == Some(&workload.namespace)
    };
    let promised = terms.operator_pods.iter().filter(|pods| own(&pods.workload)).flat_map(|pods| &pods.labels);
    promised.map(|(key, value)| (key.clone(), value.as_str().into())).collect()
}
