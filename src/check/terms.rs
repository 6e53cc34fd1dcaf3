//! The terms that objects are checked against: what was promised of them before there were any.

use std::collections::{BTreeMap, BTreeSet};

use crate::interface::Interfaces;

/// What the plan promises.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The kinds of custom resources.
    pub interfaces: &'a Interfaces,
    /// Declared relaxations of the baseline.
    pub exceptions: Vec<Exception>,
    /// What exists without this manifest.
    pub external: Vec<External>,
    /// What must be open in the network, at both ends, and nothing else.
    pub edges: Vec<Edge>,
    /// Pods that an operator makes from resources of the manifest.
    pub operator_pods: Vec<OperatorPods>,
    /// Containers that serve, and so must have probes.
    pub serving: Vec<Serving>,
    /// Endpoints that anybody may call who reaches them.
    pub open: Vec<OpenEndpoint>,
}

impl<'a> Terms<'a> {
    /// Terms that promise nothing.
    #[must_use]
    pub fn none(interfaces: &'a Interfaces) -> Self {
        Self {
            interfaces,
            exceptions: Vec::new(),
            external: Vec::new(),
            edges: Vec::new(),
            operator_pods: Vec::new(),
            serving: Vec::new(),
            open: Vec::new(),
        }
    }
}

/// What a pod-bearing object is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A rule of the baseline that a workload does not keep.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The workload.
    pub workload: WorkloadName,
    /// The container; any where absent.
    pub container: Option<String>,
    /// The rule's name.
    pub rule: String,
    /// Why it cannot be kept.
    pub reason: String,
}

/// An object that others make.
#[derive(Debug, Clone)]
pub struct External {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its keys, where they are known.
    pub keys: Option<BTreeSet<String>>,
}

/// One end of an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Pods of this manifest.
    Ours {
        /// Their namespace.
        namespace: String,
        /// Labels that select them.
        labels: BTreeMap<String, String>,
        /// The addresses by which others see them, where they share the node's network.
        addresses: Vec<String>,
    },
    /// Pods of others.
    Others {
        /// Their namespace; every namespace where absent.
        namespace: Option<String>,
        /// Labels that select them; all pods where this and `carried` are empty.
        labels: BTreeMap<String, String>,
        /// Labels that they carry, whatever the value.
        carried: BTreeSet<String>,
    },
    /// Addresses.
    Addresses(Vec<String>),
    /// Anything at all.
    Anything,
}

/// A way through the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Who calls.
    pub from: Peer,
    /// Who is called.
    pub to: Peer,
    /// The port of the pod that is called.
    pub port: u16,
    /// The last port, where it is a range.
    pub last_port: Option<u16>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'static str,
    /// What it is for, such as `grafana -> prometheus/api`.
    pub purpose: String,
}

/// Pods that an operator makes from a resource.
#[derive(Debug, Clone)]
pub struct OperatorPods {
    /// The resource.
    pub workload: WorkloadName,
    /// The labels of its pods.
    pub labels: BTreeMap<String, String>,
}

/// A container that serves.
#[derive(Debug, Clone)]
pub struct Serving {
    /// Its workload.
    pub workload: WorkloadName,
    /// Its name; the pod's first container where absent.
    pub container: Option<String>,
}

/// An endpoint that authenticates nobody.
#[derive(Debug, Clone)]
pub struct OpenEndpoint {
    /// Its workload.
    pub workload: WorkloadName,
    /// Its name.
    pub endpoint: String,
}
