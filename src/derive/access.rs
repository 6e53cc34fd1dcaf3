//! Identities at the Kubernetes API: a ServiceAccount for each workload, and roles for just the rules that are declared.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::labels::metadata;
use super::object;
use crate::catalog::component::{Access, Authentication};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, Wave};
use crate::plan::{Edge, Plan, PlannedWorkload, identity};
use crate::render::Context;

/// The API group of what the guard authorizes: `endpoints` that exist as names in roles only.
pub(super) const GROUP: &str = "skopos.dev";

/// ServiceAccounts, roles and bindings of all workloads of ours.
pub(super) fn access(plan: &Plan<'_>, contexts: &[Context], faults: &mut Diagnostics) -> Vec<Object> {
    let mut all = Vec::new();
    for (index, workload) in plan.indexed().filter(|(_, workload)| workload.is_ours()) {
        all.push(account(workload));
        let Some(context) = contexts.get(index.0) else { continue };
        let declared = workload.workload.kubernetes.iter();
        let guard = plan.guard.filter(|_| workload.guarded().next().is_some());
        let guard = guard.and_then(|guard| guard.entry.component.guard.as_ref());
        for access in declared.chain(guard.into_iter().flat_map(|guard| &guard.kubernetes)) {
            granted(workload, access, context, &mut all, faults);
        }
    }
    all.extend(plan.edges.iter().filter_map(|edge| callers(plan, edge)).flatten());
    join_roles(all)
}

fn account(workload: &PlannedWorkload<'_>) -> Object {
    let typed = ServiceAccount {
        metadata: metadata(workload, workload.name.to_string()),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    object(&typed, Wave::Access, &workload.entry().name, "service-account", workload.name.to_string())
}

fn granted(
    workload: &PlannedWorkload<'_>,
    access: &Access,
    context: &Context,
    all: &mut Vec<Object>,
    faults: &mut Diagnostics,
) {
    let mut failed = |reason| faults.push(Diagnostic::error(code::TEMPLATE_FAILED, reason));
    match access.when.as_ref().map_or(Ok(true), |when| when.holds(context.value())) {
        Ok(true) => {}
        Ok(false) => return,
        Err(reason) => return failed(reason),
    }
    if access.cluster {
        all.extend(in_cluster(workload, access));
        return;
    }
    let mut namespaces = Vec::new();
    for text in &access.namespaces {
        match text.evaluate(context.value()) {
            Ok(value) if value.kind() == minijinja::value::ValueKind::Seq => {
                namespaces.extend(value.try_iter().into_iter().flatten().map(|item| item.to_string()));
            }
            Ok(value) => namespaces.push(value.to_string()),
            Err(reason) => failed(reason),
        }
    }
    if access.namespaces.is_empty() {
        namespaces.push(workload.home().to_owned());
    }
    for namespace in namespaces {
        all.extend(in_namespace(workload, access, &namespace));
    }
}

fn subject(workload: &PlannedWorkload<'_>) -> Subject {
    Subject {
        kind: "ServiceAccount".into(),
        name: workload.name.to_string(),
        namespace: Some(workload.home().to_owned()),
        api_group: None,
    }
}

fn role_ref(kind: &str, name: &str) -> RoleRef {
    RoleRef { api_group: Some("rbac.authorization.k8s.io".into()), kind: kind.into(), name: name.into() }
}

/// Cluster-wide names carry the namespace, so that two installations do not meet.
fn in_cluster(workload: &PlannedWorkload<'_>, access: &Access) -> [Object; 2] {
    let name = format!("skopos:{}:{}", workload.home(), workload.name);
    let meta = ObjectMeta { namespace: None, ..metadata(workload, name.clone()) };
    let role = ClusterRole { metadata: meta.clone(), rules: Some(access.rules.clone()), aggregation_rule: None };
    let binding = ClusterRoleBinding {
        metadata: meta,
        role_ref: role_ref("ClusterRole", &name),
        subjects: Some(vec![subject(workload)]),
    };
    let component = &workload.entry().name;
    [
        object(&role, Wave::Access, component, "cluster-role", access.reason.clone()),
        object(&binding, Wave::Access, component, "cluster-role", access.reason.clone()),
    ]
}

fn in_namespace(workload: &PlannedWorkload<'_>, access: &Access, namespace: &str) -> [Object; 2] {
    let foreign = namespace != workload.home();
    let name = if foreign { format!("skopos:{}", workload.name) } else { workload.name.to_string() };
    let meta = ObjectMeta { namespace: Some(namespace.into()), ..metadata(workload, name.clone()) };
    let role = Role { metadata: meta.clone(), rules: Some(access.rules.clone()) };
    let binding =
        RoleBinding { metadata: meta, role_ref: role_ref("Role", &name), subjects: Some(vec![subject(workload)]) };
    let component = &workload.entry().name;
    [
        object(&role, Wave::Access, component, "role", access.reason.clone()),
        object(&binding, Wave::Access, component, "role", access.reason.clone()),
    ]
}

/// What lets a caller through the guard: its certificate's name is bound to a role for that one endpoint.
fn callers(plan: &Plan<'_>, edge: &Edge<'_>) -> Option<[Object; 2]> {
    if edge.endpoint.authentication != Authentication::Guard {
        return None;
    }
    let (caller, server) = (plan.workload(edge.from), plan.workload(edge.to));
    let verbs: Vec<String> = edge.role.and_then(Value::as_array).map_or_else(
        || vec!["get".into()],
        |verbs| verbs.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    );
    let endpoint = format!("{}-{}", server.name, edge.endpoint.name);
    let name = format!("skopos:{endpoint}:{}", caller.name);
    let meta = metadata(server, name.clone());
    let rule = PolicyRule {
        api_groups: Some(vec![GROUP.into()]),
        resources: Some(vec!["endpoints".into()]),
        resource_names: Some(vec![endpoint]),
        verbs,
        ..PolicyRule::default()
    };
    let user = Subject {
        kind: "User".into(),
        name: identity(caller),
        api_group: Some("rbac.authorization.k8s.io".into()),
        namespace: None,
    };
    let role = Role { metadata: meta.clone(), rules: Some(vec![rule]) };
    let binding = RoleBinding { metadata: meta, role_ref: role_ref("Role", &name), subjects: Some(vec![user]) };
    let from = format!("{} -> {}/{}", caller.name, server.name, edge.endpoint.name);
    let component = &server.entry().name;
    Some([
        object(&role, Wave::Access, component, "edge-role", from.clone()),
        object(&binding, Wave::Access, component, "edge-role", from),
    ])
}

/// Several grants of one workload in one place become one role: later rules are added to the first.
fn join_roles(all: Vec<Object>) -> Vec<Object> {
    let mut joined: indexmap::IndexMap<crate::object::ObjectId, Object> = indexmap::IndexMap::new();
    for object in all {
        match joined.get_mut(&object.id) {
            Some(first) if object.id.kind.ends_with("Role") => add_rules(first, &object),
            Some(_) => {}
            None => {
                joined.insert(object.id.clone(), object);
            }
        }
    }
    joined.into_values().collect()
}

fn add_rules(first: &mut Object, other: &Object) {
    let more = other.body.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(rules) = first.body.get_mut("rules").and_then(Value::as_array_mut) {
        let start = rules.len();
        for (offset, rule) in
            more.into_iter().filter(|rule| !rules.contains(rule)).collect::<Vec<_>>().into_iter().enumerate()
        {
            rules.push(rule);
            first
                .origins
                .extend(other.origins.iter().map(|(_, origin)| (format!("/rules/{}", start + offset), origin.clone())));
        }
    }
}
