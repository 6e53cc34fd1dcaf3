//! One opening in the network: pods of ours, a direction, who is at the far end, and a port. Policies and edges are both taken
//! apart into openings, so that they can be compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::check::terms::{Edge, Peer};
use crate::check::world::World;
use crate::kubernetes::selector;

/// The label that Kubernetes puts on each namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The labels that a selector asks for: with a value, or with any.
pub(super) type Asked = BTreeMap<String, Option<String>>;

/// Towards our pods or away from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    In,
    Out,
}

impl Direction {
    /// The fields of a policy that hold the rules and, in a rule, the peers.
    pub(super) fn fields(self) -> (&'static str, &'static str) {
        match self {
            Self::In => ("ingress", "from"),
            Self::Out => ("egress", "to"),
        }
    }

    /// What a policy calls it.
    pub(super) fn policy_type(self) -> &'static str {
        match self {
            Self::In => "Ingress",
            Self::Out => "Egress",
        }
    }
}

/// Who is at the far end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Far {
    /// Pods of ours, by their place in the world.
    Ours(usize),
    /// Pods of others.
    Others { namespace: Option<String>, labels: Asked },
    /// A range of addresses.
    Addresses(String),
    /// Anything at all.
    Anything,
}

/// A port as a policy opens it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    /// Protocol and number, name or range; `any port` where all are open.
    text: String,
}

impl Port {
    /// The port of an edge.
    pub(super) fn of(edge: &Edge) -> Self {
        let last = edge.last_port.map(|last| format!("-{last}")).unwrap_or_default();
        Self { text: format!("{} port {}{last}", edge.protocol, edge.port) }
    }
}

/// Something that is open, or should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    /// Pods of ours, by their place in the world.
    pub(super) near: usize,
    pub(super) direction: Direction,
    pub(super) far: Far,
    pub(super) port: Port,
}

impl Opening {
    /// In words.
    pub(super) fn told(&self, world: &World<'_>) -> String {
        let name = |place: usize| world.pods.get(place).map_or_else(String::new, |pod| pod.object.id.to_string());
        let far = match &self.far {
            Far::Ours(place) => name(*place),
            Far::Others { namespace, labels } => {
                let label = |(key, value): (&String, &Option<String>)| match value {
                    Some(value) => format!("{key}={value}"),
                    None => key.clone(),
                };
                let labels: Vec<_> = labels.iter().map(label).collect();
                let labels =
                    if labels.is_empty() { "all pods".into() } else { format!("pods with {}", labels.join(",")) };
                let namespace = namespace.as_deref().map_or("every namespace", |name| name);
                format!("{labels} in {namespace}")
            }
            Far::Addresses(cidr) => cidr.clone(),
            Far::Anything => "anything".into(),
        };
        let near = name(self.near);
        match self.direction {
            Direction::In => format!("{near} from {far} at {}", self.port.text),
            Direction::Out => format!("{near} to {far} at {}", self.port.text),
        }
    }
}

/// The ports of a rule.
pub(super) fn ports(list: Option<&Value>) -> Vec<Port> {
    let Some(list) = list.and_then(Value::as_array) else { return vec![Port { text: "any port".into() }] };
    list.iter()
        .map(|port| {
            let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
            let number = port
                .get("port")
                .map_or_else(|| "any".into(), |it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            let end = port.get("endPort").map(|end| format!("-{end}")).unwrap_or_default();
            Port { text: format!("{protocol} port {number}{end}") }
        })
        .collect()
}

/// The far ends of a rule of a policy in a namespace.
pub(super) fn fars(world: &World<'_>, home: &str, peers: Option<&Value>) -> Vec<Far> {
    let Some(peers) = peers.and_then(Value::as_array).filter(|peers| !peers.is_empty()) else {
        return vec![Far::Anything];
    };
    peers.iter().flat_map(|peer| far(world, home, peer)).collect()
}

fn far(world: &World<'_>, home: &str, peer: &Value) -> Vec<Far> {
    if let Some(block) = peer.get("ipBlock") {
        let cidr = block.get("cidr").and_then(Value::as_str).unwrap_or_default();
        let except = block.get("except").map(|except| format!(" except {except}")).unwrap_or_default();
        return vec![Far::Addresses(format!("{cidr}{except}"))];
    }
    let nothing = Map::new();
    let pods = peer.get("podSelector").and_then(Value::as_object).unwrap_or(&nothing);
    let namespace = match peer.get("namespaceSelector").and_then(Value::as_object) {
        None => Some(home.to_owned()),
        Some(all) if all.is_empty() => None,
        Some(selector) => match labels(selector) {
            Some(labels) if labels.len() == 1 && labels.contains_key(NAMESPACE_NAME) => {
                labels.into_values().next().flatten()
            }
            _ => return vec![Far::Others { namespace: Some(selector_text(selector)), labels: labels_of(pods) }],
        },
    };
    match &namespace {
        Some(own) if world.owns_namespace(own) => {
            let found = world.places(|pod| pod.namespace() == own && selector::selects(pods, &pod.labels));
            ours_or_others(found, namespace, || labels_of(pods))
        }
        _ => vec![Far::Others { namespace, labels: labels_of(pods) }],
    }
}

/// Pods of ours, or where there are none, pods that others have in the same namespace.
fn ours_or_others(found: Vec<usize>, namespace: Option<String>, labels: impl FnOnce() -> Asked) -> Vec<Far> {
    if found.is_empty() {
        return vec![Far::Others { namespace, labels: labels() }];
    }
    found.into_iter().map(Far::Ours).collect()
}

/// The labels of a selector that asks for no more than labels and that they exist.
fn labels(selector: &Map<String, Value>) -> Option<Asked> {
    if selector.keys().any(|key| key != "matchLabels" && key != "matchExpressions") {
        return None;
    }
    let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let equal = labels.filter_map(|(key, value)| Some((key.clone(), Some(value.as_str()?.to_owned()))));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let exist = expressions.map(|expression| {
        let field = |name: &str| expression.get(name).and_then(Value::as_str);
        (field("operator") == Some("Exists")).then(|| Some((field("key")?.to_owned(), None))).flatten()
    });
    exist.chain(equal.map(Some)).collect()
}

/// The labels of a selector; what else it asks stands as one label that no edge has.
fn labels_of(selector: &Map<String, Value>) -> Asked {
    labels(selector).unwrap_or_else(|| [("selector".to_owned(), Some(selector_text(selector)))].into())
}

fn selector_text(selector: &Map<String, Value>) -> String {
    serde_json::to_string(selector).unwrap_or_default()
}

/// The places of our pods with labels.
pub(super) fn ours(world: &World<'_>, namespace: &str, labels: &BTreeMap<String, String>) -> Vec<usize> {
    world.places(|pod| {
        let has = |(key, value): (&String, &String)| pod.labels.get(key).and_then(Value::as_str) == Some(value);
        pod.namespace() == namespace && labels.iter().all(has)
    })
}

/// A peer as it is seen from the other end.
pub(super) fn seen(world: &World<'_>, peer: &Peer) -> Vec<Far> {
    match peer {
        Peer::Ours { addresses, .. } if !addresses.is_empty() => {
            addresses.iter().cloned().map(Far::Addresses).collect()
        }
        Peer::Ours { namespace, labels, .. } => ours(world, namespace, labels).into_iter().map(Far::Ours).collect(),
        Peer::Others { namespace, labels, carried } => {
            let found = namespace.as_deref().filter(|own| world.owns_namespace(own));
            let found = found.map(|own| ours(world, own, labels)).unwrap_or_default();
            let carrying = |place: &usize| {
                world.pods.get(*place).is_some_and(|pod| carried.iter().all(|key| pod.labels.contains_key(key)))
            };
            let found = found.into_iter().filter(carrying).collect();
            let equal = labels.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
            let exist = carried.iter().map(|key| (key.clone(), None));
            ours_or_others(found, namespace.clone(), || exist.chain(equal).collect())
        }
        Peer::Addresses(cidrs) => cidrs.iter().cloned().map(Far::Addresses).collect(),
        Peer::Anything => vec![Far::Anything],
    }
}
