//! What templates see: one documented context for each workload, of plain values that serialize.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Map, Value as Json, json};

use crate::catalog::component::{Authentication, CredentialKind, Endpoint, Protocol};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::kubernetes::quantity::Quantity;
use crate::plan::{Edge, Plan, PlannedWorkload, WorkloadIndex, identity, service_host, speaks_tls};
use crate::resolve::{Certificates, Chosen};

/// Where certificates are mounted unless a component says otherwise.
const CERTIFICATE_PATH: &str = "/etc/skopos/certificate";

/// The values that a workload's or a component's templates see. `docs/contract.md` lists them.
#[derive(Debug, Clone)]
pub struct Context(Value);

impl Context {
    /// For minijinja.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// What the objects and notes of every component see: the cluster, and each endpoint of the plan.
    #[must_use]
    pub fn of_components(plan: &Plan<'_>) -> Self {
        let own = json!({
            "namespace": plan.instances.first().map(|instance| instance.namespace.to_string()),
            "instances": instances(plan),
            "endpoints": all_endpoints(plan),
        });
        Self::layered(&plan.resolved.context, own)
    }

    /// The same for those of one component.
    #[must_use]
    pub fn of_component(&self, chosen: &Chosen<'_>) -> Self {
        self.with(json!({
            "component": &*chosen.entry.name,
            "version": chosen.version,
            "parameters": chosen.parameters,
        }))
    }

    /// The same with more values on top.
    #[must_use]
    pub fn with(&self, own: Json) -> Self {
        Self::layered(&self.0, own)
    }

    fn layered(base: &Value, own: Json) -> Self {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        if let Ok(keys) = base.try_iter() {
            entries.extend(keys.filter_map(|key| base.get_item(&key).ok().map(|value| (key.to_string(), value))));
        }
        if let Json::Object(own) = own {
            entries.extend(own.into_iter().map(|(key, value)| (key, Serde(value).into())));
        }
        Self(entries.into())
    }
}

/// The namespaces of all instances.
fn instances(plan: &Plan<'_>) -> Vec<String> {
    plan.instances.iter().map(|instance| instance.namespace.to_string()).collect()
}

/// Every endpoint of ours by `<workload>/<endpoint>`: for what the platform must be told.
fn all_endpoints(plan: &Plan<'_>) -> Json {
    let mut all = Map::new();
    for workload in plan.workloads.iter().filter(|workload| workload.is_ours()) {
        let own = workload.endpoints.iter().map(|endpoint| (endpoint.name.clone(), address(workload, endpoint)));
        all.insert(workload.name.to_string(), own.collect());
    }
    Json::Object(all)
}

/// The contexts of all workloads, in the plan's order.
pub fn contexts(plan: &Plan<'_>, faults: &mut Diagnostics) -> Vec<Context> {
    let clients = clients_by_server(plan);
    let build = |(index, _): (WorkloadIndex, &PlannedWorkload<'_>)| {
        let own = clients.get(index.0).cloned().unwrap_or_default();
        Context::layered(&plan.resolved.context, workload_values(plan, index, &own, faults))
    };
    plan.indexed().map(build).collect()
}

fn workload_values(
    plan: &Plan<'_>,
    index: WorkloadIndex,
    clients: &Map<String, Json>,
    faults: &mut Diagnostics,
) -> Json {
    let workload = plan.workload(index);
    let endpoints: Map<_, _> =
        workload.endpoints.iter().map(|endpoint| (endpoint.name.clone(), address(workload, endpoint))).collect();
    let certificate_path = workload.workload.certificate.mount_path.as_deref().unwrap_or(CERTIFICATE_PATH);
    let secrets = workload.workload.secrets.iter().map(|secret| {
        let values = json!({ "name": format!("{}-{}", workload.name, secret.name), "path": secret.mount_path });
        (secret.name.clone(), values)
    });
    let storage = workload.storage.as_ref().map(|storage| json!({ "size": storage.size, "class": storage.class }));
    json!({
        "name": &*workload.name,
        "namespace": workload.namespace.as_deref(),
        "component": &*workload.entry().name,
        "version": workload.chosen.version,
        "tag": workload.workload.image.as_ref().and_then(|key| plan.resolved.tag(workload.chosen, key)),
        "identity": identity(workload),
        "instances": instances(plan),
        "image": workload.image,
        "images": workload.images,
        "replicas": workload.replicas,
        "resources": resources(workload),
        "memory": memory(workload, faults),
        "storage": storage,
        "retention": workload.retention,
        "parameters": workload.chosen.parameters,
        "endpoints": endpoints,
        "uses": uses(plan, index, workload, certificate_path),
        "clients": clients,
        "certificate": certificate(plan, workload, certificate_path),
        "secrets": secrets.collect::<Map<_, _>>(),
        "host": service_host(&workload.name, workload.home()),
    })
}

/// Where a workload finds its certificate, the authority, and the trust store where it asked for one.
fn certificate(plan: &Plan<'_>, workload: &PlannedWorkload<'_>, path: &str) -> Json {
    let secret = format!("{}-certificate", workload.name);
    // cert-manager reads the password of a trust store from a Secret of its own; `skopos secrets` keeps both in one.
    let password = if plan.resolved.certificates == Certificates::CertManager {
        json!({ "secret": format!("{}-truststore", workload.name), "key": "password" })
    } else {
        json!({ "secret": secret, "key": "truststore.password" })
    };
    json!({
        "secret": secret,
        "path": path,
        "certificate": format!("{path}/tls.crt"),
        "key": format!("{path}/tls.key"),
        "authority": format!("{path}/ca.crt"),
        "truststore": format!("{path}/truststore.p12"),
        "truststorePassword": password,
    })
}

fn resources(workload: &PlannedWorkload<'_>) -> Json {
    workload.resources.as_ref().map_or(Json::Null, |resources| {
        json!({
            "requests": { "cpu": resources.cpu_request, "memory": resources.memory_request },
            "limits": { "cpu": resources.cpu_limit, "memory": resources.memory_limit },
        })
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "mebibytes of memory are far below 2^52"
)]
fn memory(workload: &PlannedWorkload<'_>, faults: &mut Diagnostics) -> Json {
    let Some(resources) = &workload.resources else { return Json::Null };
    match Quantity::parse(&resources.memory_limit) {
        Ok(limit) => {
            let limit = limit.mebibytes();
            json!({ "limitMiB": limit, "heapMiB": (limit as f64 * workload.workload.heap_share) as i64 })
        }
        Err(reason) => {
            faults.push(Diagnostic::error(code::BAD_COMPONENT, format!("{}: {reason}", workload.name)));
            Json::Null
        }
    }
}

/// An endpoint's address, as its callers in the cluster write it.
fn address(workload: &PlannedWorkload<'_>, endpoint: &Endpoint) -> Json {
    let (service, port) = match &endpoint.service {
        Some(foreign) => (foreign.name.clone(), foreign.port),
        None if endpoint.peers => (workload.peers_service(), endpoint.port),
        None => (workload.name.to_string(), endpoint.port),
    };
    let host = service_host(&service, workload.home());
    let scheme = match (speaks_tls(endpoint), endpoint.protocol) {
        (true, _) | (_, Protocol::Https) => "https",
        _ => "http",
    };
    json!({
        "service": service,
        "host": host,
        "port": port,
        "upstream": endpoint.upstream,
        "scheme": scheme,
        "url": format!("{scheme}://{host}:{port}"),
        "namespace": workload.namespace.as_deref(),
    })
}

/// Each use by its name: the server's address and who the caller is there; null where the peer is not in the plan.
fn uses(plan: &Plan<'_>, index: WorkloadIndex, workload: &PlannedWorkload<'_>, certificate: &str) -> Json {
    let mut uses: Map<String, Json> =
        workload.workload.uses.iter().map(|used| (used.name.clone(), Json::Null)).collect();
    for edge in plan.edges_from(index).filter(|edge| !edge.name.is_empty()) {
        let server = plan.workload(edge.to);
        let mut values = address(server, edge.endpoint);
        if let Json::Object(values) = &mut values {
            values.insert("authority".into(), format!("{certificate}/ca.crt").into());
            if edge.credentials.is_some() {
                let directory = format!("/etc/skopos/{}", edge.name);
                values.insert(
                    "credentials".into(),
                    json!({
                        "secret": credentials_secret(workload, edge),
                        "directory": directory,
                        "user": edge_user(workload, edge),
                        "username": format!("{directory}/username"),
                        "password": format!("{directory}/password"),
                    }),
                );
            }
        }
        uses.insert(edge.name.to_owned(), values);
    }
    Json::Object(uses)
}

/// The Secret in which a caller finds its credentials for an edge.
#[must_use]
pub fn credentials_secret(caller: &PlannedWorkload<'_>, edge: &Edge<'_>) -> String {
    format!("{}-{}", caller.name, edge.name)
}

/// The user that a caller is at a server that keeps users.
#[must_use]
pub fn edge_user(caller: &PlannedWorkload<'_>, edge: &Edge<'_>) -> String {
    let declared = edge.credentials.and_then(|credentials| credentials.user.clone());
    declared.unwrap_or_else(|| caller.name.to_string())
}

/// For each workload, by endpoint, who may call it: clients with credentials and first users.
fn clients_by_server(plan: &Plan<'_>) -> Vec<Map<String, Json>> {
    let mut all: Vec<Map<String, Json>> = plan.workloads.iter().map(|_| Map::new()).collect();
    for (list, workload) in all.iter_mut().zip(&plan.workloads) {
        list.extend(workload.endpoints.iter().map(|endpoint| (endpoint.name.clone(), json!([]))));
    }
    let mut add = |index: WorkloadIndex, endpoint: &str, client: Json| {
        let list = all.get_mut(index.0).and_then(|clients| clients.get_mut(endpoint)?.as_array_mut());
        if let Some(list) = list {
            list.push(client);
        }
    };
    for (index, workload) in plan.indexed() {
        for endpoint in &workload.endpoints {
            for login in &endpoint.logins {
                let kind = CredentialKind::Password;
                add(index, &endpoint.name, json!({ "user": login.user, "role": login.role, "kind": kind }));
            }
        }
    }
    for edge in &plan.edges {
        let caller = plan.workload(edge.from);
        let guarded = matches!(edge.endpoint.authentication, Authentication::Guard | Authentication::Certificate);
        if edge.credentials.is_none() && !guarded {
            continue;
        }
        let kind = edge.credentials.map(|credentials| credentials.kind);
        let user = if guarded { identity(caller) } else { edge_user(caller, edge) };
        let client = json!({ "user": user, "role": edge.role, "kind": kind, "workload": &*caller.name, "host": service_host(&caller.name, caller.home()) });
        add(edge.to, &edge.endpoint.name, client);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_values_lie_over_the_base() {
        let base = minijinja::value::Serde(&json!({ "cluster": { "name": "a" }, "name": "old" })).into();
        let context = Context::layered(&base, json!({ "name": "new", "memory": { "heapMiB": 5 } }));
        let expression =
            |text| crate::catalog::expression::Expression::parse(text).unwrap().evaluate(context.value()).unwrap();
        assert_eq!(expression("cluster.name ~ ' ' ~ name ~ ' ' ~ memory.heapMiB").to_string(), "a new 5");
    }
}
