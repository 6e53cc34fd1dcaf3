//! The heart: instances with their components, endpoints, and edges (who calls whom, as which role), before any YAML.

mod edges;
mod endpoints;
mod names;
mod selector;
mod workloads;

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::catalog::Entry;
use crate::catalog::component::{Authentication, Credentials, Endpoint, Protocol, Workload};
use crate::diagnostic::Diagnostics;
use crate::resolve::{Certificates, Chosen, Resolved};

pub use names::{identity, service_host};
pub use selector::selector;

/// A set of backends with its own namespace, data and access.
#[derive(Debug)]
pub struct Instance {
    /// Its name: `shared`, a persona's or a tenant's.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
}

/// A namespace that skopos owns.
#[derive(Debug)]
pub struct OwnNamespace {
    /// Its name.
    pub name: Arc<str>,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a namespace is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Backends.
    Backends,
    /// The node agents, which need paths of the node.
    Agents,
    /// The key of the authority that signs the certificates: no pod is there, and no role reaches it.
    Authority,
}

/// CPU and memory of a workload's main container.
#[derive(Debug, Clone)]
pub struct Resources {
    /// CPU requested.
    pub cpu_request: String,
    /// The most CPU.
    pub cpu_limit: String,
    /// Memory requested.
    pub memory_request: String,
    /// The most memory.
    pub memory_limit: String,
}

/// The volume of each pod of a workload that keeps data.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Size.
    pub size: String,
    /// Storage class; the cluster's default where absent.
    pub class: Option<String>,
}

/// The place of a workload in [`Plan::workloads`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadIndex(pub(crate) usize);

/// A workload of one instance, or of the platform.
#[derive(Debug)]
pub struct PlannedWorkload<'a> {
    /// The component that it is of.
    pub chosen: &'a Chosen<'a>,
    /// Its declaration.
    pub workload: &'a Workload,
    /// Its object's name.
    pub name: Arc<str>,
    /// Its namespace. For the platform's: where its pods are, `None` for every namespace.
    pub namespace: Option<Arc<str>>,
    /// The instance that it is part of; `None` where it serves all.
    pub instance: Option<usize>,
    /// The image of its main container.
    pub image: Option<String>,
    /// Other images by key.
    pub images: IndexMap<&'a str, String>,
    /// Pods; 1 for what runs on each node.
    pub replicas: i32,
    /// CPU and memory, where it has pods of ours.
    pub resources: Option<Resources>,
    /// Its volume, where it keeps data.
    pub storage: Option<Storage>,
    /// How long it keeps data.
    pub retention: Option<String>,
    /// The endpoints that it has under this profile.
    pub endpoints: Vec<&'a Endpoint>,
    /// Addresses, for workloads that are not pods.
    pub cidrs: Vec<String>,
}

impl<'a> PlannedWorkload<'a> {
    /// The component's folder.
    #[must_use]
    pub fn entry(&self) -> &'a Entry {
        self.chosen.entry
    }

    /// Whether skopos emits it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.workload.template.is_some()
    }

    /// Whether its pods are another program's work.
    #[must_use]
    pub fn has_operator_pods(&self) -> bool {
        self.workload.pods.is_some()
    }

    /// The endpoints that the guard stands before.
    pub fn guarded(&self) -> impl Iterator<Item = &'a Endpoint> + '_ {
        self.endpoints.iter().copied().filter(|endpoint| endpoint.authentication == Authentication::Guard)
    }

    /// The name of the Service of its members.
    #[must_use]
    pub fn peers_service(&self) -> String {
        format!("{}-peers", self.name)
    }

    /// Its namespace, where it is ours.
    #[must_use]
    pub fn home(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// Who calls whom.
#[derive(Debug)]
pub struct Edge<'a> {
    /// The caller.
    pub from: WorkloadIndex,
    /// The server.
    pub to: WorkloadIndex,
    /// The endpoint called.
    pub endpoint: &'a Endpoint,
    /// The ports called of an endpoint that has a range of them; all of it where the list is empty.
    pub ports: Vec<u16>,
    /// What the caller's templates call it; `None` where the compiler derived the edge.
    pub name: &'a str,
    /// What the caller may do there, in the server's own terms.
    pub role: Option<&'a Value>,
    /// How the caller says who it is, where the server keeps users.
    pub credentials: Option<&'a Credentials>,
}

impl Edge<'_> {
    /// The ports called, as ranges with their ends.
    #[must_use]
    pub fn ports(&self) -> Vec<(u16, Option<u16>)> {
        if self.ports.is_empty() {
            return vec![(self.endpoint.port, self.endpoint.last_port)];
        }
        self.ports.iter().map(|port| (*port, None)).collect()
    }
}

/// Instances, components and edges.
///
/// Guarantees: each use has its peer or was declared optional; names fit the lengths that derived names need; each edge's ends
/// are workloads of the plan.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The profile with everything decided.
    pub resolved: &'a Resolved<'a>,
    /// Instances.
    pub instances: Vec<Instance>,
    /// Namespaces of skopos' own.
    pub namespaces: Vec<OwnNamespace>,
    /// Workloads, ours and the platform's, in the catalog's order.
    pub workloads: Vec<PlannedWorkload<'a>>,
    /// Edges, by caller.
    pub edges: Vec<Edge<'a>>,
    /// The places of the edges to each workload.
    incoming: Vec<Vec<usize>>,
    /// The component that guards endpoints which authenticate nobody.
    pub guard: Option<&'a Chosen<'a>>,
}

impl<'a> Plan<'a> {
    /// A workload by its place.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a WorkloadIndex is only made from a position in this list")]
    pub fn workload(&self, index: WorkloadIndex) -> &PlannedWorkload<'a> {
        &self.workloads[index.0]
    }

    /// Each workload with its place.
    pub fn indexed(&self) -> impl Iterator<Item = (WorkloadIndex, &PlannedWorkload<'a>)> {
        self.workloads.iter().enumerate().map(|(index, workload)| (WorkloadIndex(index), workload))
    }

    /// The edges from a workload.
    pub fn edges_from(&self, index: WorkloadIndex) -> impl Iterator<Item = &Edge<'a>> {
        let start = self.edges.partition_point(|edge| edge.from < index);
        self.edges.iter().skip(start).take_while(move |edge| edge.from == index)
    }

    /// The edges to a workload, by caller.
    pub fn edges_to(&self, index: WorkloadIndex) -> impl Iterator<Item = &Edge<'a>> {
        self.incoming.get(index.0).into_iter().flatten().filter_map(|place| self.edges.get(*place))
    }

    /// Whether a collector reads an endpoint of a workload.
    #[must_use]
    pub fn is_collected(&self, index: WorkloadIndex, endpoint: &Endpoint) -> bool {
        let mut edges = self.edges_to(index).filter(|edge| edge.name.is_empty());
        edges.any(|edge| std::ptr::eq(edge.endpoint, endpoint))
    }

    /// Whether a workload holds a certificate of the installation's authority: as a server, as a client, or to trust others.
    #[must_use]
    pub fn has_certificate(&self, index: WorkloadIndex) -> bool {
        let workload = self.workload(index);
        let serves = workload.endpoints.iter().any(|endpoint| speaks_tls(endpoint));
        workload.is_ours() && (serves || self.edges_from(index).any(|edge| self.is_tls(edge)))
    }

    fn is_tls(&self, edge: &Edge<'_>) -> bool {
        self.workload(edge.to).is_ours() && speaks_tls(edge.endpoint)
    }
}

/// Whether an endpoint is reached over TLS with a certificate of the installation.
#[must_use]
pub fn speaks_tls(endpoint: &Endpoint) -> bool {
    match endpoint.authentication {
        Authentication::Guard | Authentication::Certificate => true,
        Authentication::Password | Authentication::Token | Authentication::None => {
            endpoint.protocol == Protocol::Https && !endpoint.probe_only
        }
    }
}

/// Decides instances, workloads and edges.
///
/// # Errors
/// Uses whose peer is missing, and names too long for what is derived from them.
pub fn plan<'a>(resolved: &'a Resolved<'a>) -> Result<Plan<'a>, Diagnostics> {
    let mut faults = Diagnostics::default();
    let main: Arc<str> = resolved.namespace.as_str().into();
    let instances = vec![Instance { name: "shared".into(), namespace: main.clone() }];
    let agents: Arc<str> = format!("{main}-agents").into();
    let workloads = workloads::workloads(resolved, &instances, &agents, &mut faults);
    let mut namespaces = vec![OwnNamespace { name: main.clone(), purpose: Purpose::Backends }];
    if workloads.iter().any(|workload| workload.namespace.as_ref() == Some(&agents)) {
        namespaces.push(OwnNamespace { name: agents, purpose: Purpose::Agents });
    }
    if resolved.certificates == Certificates::Generated {
        namespaces.push(OwnNamespace { name: format!("{main}-authority").into(), purpose: Purpose::Authority });
    }
    let edges = edges::edges(resolved, &workloads, &mut faults);
    names::check(&workloads, &mut faults);
    endpoints::check(&workloads, &mut faults);
    let guard = resolved.components.iter().find(|chosen| chosen.entry.component.guard.is_some());
    let mut incoming: Vec<Vec<usize>> = workloads.iter().map(|_| Vec::new()).collect();
    for (place, edge) in edges.iter().enumerate() {
        incoming.get_mut(edge.to.0).into_iter().for_each(|edges| edges.push(place));
    }
    let plan = Plan { resolved, instances, namespaces, workloads, edges, incoming, guard };
    faults.or(plan).map(|warned| warned.value)
}
