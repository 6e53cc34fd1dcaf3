//! The baseline: what no pod and no role may do but by a declared exception. Each rule is one file, named for the bad thing.
//!
//! The rules for pods hold the controls of the Pod Security Standards' `restricted` profile
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>) and what skopos asks beyond them.

use super::findings::Findings;
use super::world::{OwnPod, World};
use crate::diagnostic::code;
use crate::kubernetes::pod::Container;
use crate::object::Object;

mod added_capability;
mod cluster_secrets;
mod escalating_role;
mod floating_image;
mod host_namespace;
mod host_path;
mod host_port;
mod missing_probe;
mod open_endpoint;
mod privilege_escalation;
mod privileged;
mod root_user;
mod service_account_token;
mod service_links;
mod unbounded_resources;
mod unconfined_kernel;
mod unsafe_sysctl;
mod volume_type;
mod wildcard_role;
mod writable_root;

/// How much a breach breaks, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Only what skopos asks.
    Ours,
    /// Pod Security `restricted`.
    Restricted,
    /// Pod Security `baseline` too: only `privileged` admits it.
    Baseline,
}

/// A place that breaks a rule.
#[derive(Debug, Clone)]
pub(super) struct Breach {
    /// The container, where it is one's.
    container: Option<String>,
    pointer: String,
    /// What is wrong, and what is allowed.
    pub(super) message: String,
    /// What it breaks.
    pub(super) level: Level,
}

impl Breach {
    fn of_pod(pod: &OwnPod<'_>, field: &str, level: Level, message: impl Into<String>) -> Self {
        let pointer = format!("{}/{field}", pod.pod.pointer);
        Self { container: None, pointer, message: message.into(), level }
    }

    fn of_container(container: &Container<'_>, field: &str, level: Level, message: impl Into<String>) -> Self {
        let pointer = format!("{}/{field}", container.pointer);
        Self { container: Some(container.name.to_owned()), pointer, message: message.into(), level }
    }

    fn of_role(pointer: String, message: impl Into<String>) -> Self {
        Self { container: None, pointer, message: message.into(), level: Level::Ours }
    }
}

type PodRule = (&'static str, fn(&OwnPod<'_>, &World<'_>) -> Vec<Breach>);
type RoleRule = (&'static str, fn(&Object) -> Vec<Breach>);

/// Rules for pods, by the names that exceptions call them.
const POD_RULES: &[PodRule] = &[
    ("added-capability", added_capability::find),
    ("floating-image", floating_image::find),
    ("host-ipc", host_namespace::ipc),
    ("host-network", host_namespace::network),
    ("host-path", host_path::find),
    ("host-path-write", host_path::written),
    ("host-pid", host_namespace::pid),
    ("host-port", host_port::find),
    ("host-probe", host_port::probed),
    ("kept-capabilities", added_capability::kept),
    ("missing-probe", missing_probe::find),
    ("open-endpoint", open_endpoint::find),
    ("privilege-escalation", privilege_escalation::find),
    ("privileged", privileged::find),
    ("root-user", root_user::find),
    ("service-account-token", service_account_token::find),
    ("service-links", service_links::find),
    ("unbounded-resources", unbounded_resources::find),
    ("unconfined-kernel", unconfined_kernel::find),
    ("unsafe-sysctl", unsafe_sysctl::find),
    ("volume-type", volume_type::find),
    ("writable-root", writable_root::find),
];

/// Rules for roles.
const ROLE_RULES: &[RoleRule] = &[
    ("cluster-secrets", cluster_secrets::find),
    ("escalating-role", escalating_role::find),
    ("wildcard-role", wildcard_role::find),
];

/// Every breach of a pod, declared or not, with its rule.
pub(super) fn breaches(pod: &OwnPod<'_>, world: &World<'_>) -> impl Iterator<Item = (&'static str, Breach)> {
    POD_RULES.iter().flat_map(move |(rule, find)| find(pod, world).into_iter().map(move |breach| (*rule, breach)))
}

/// Each breach is declared, and each declaration is needed.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    let mut judge = Judge { world, needed: vec![false; world.terms.exceptions.len()], findings };
    for pod in &world.pods {
        for (rule, breach) in breaches(pod, world) {
            judge.breach(rule, &breach, pod.object, &[pod]);
        }
    }
    let roles = world.of_kind("Role").chain(world.of_kind("ClusterRole"));
    for role in roles {
        let mut holders = None;
        for (rule, find) in ROLE_RULES {
            for breach in find(role) {
                judge.breach(rule, &breach, role, holders.get_or_insert_with(|| self::holders(role, world)));
            }
        }
    }
    judge.needless();
}

/// Holds breaches against declared exceptions.
struct Judge<'j, 'w> {
    world: &'j World<'w>,
    /// Which exceptions have a breach, in their order.
    needed: Vec<bool>,
    findings: &'j mut Findings,
}

impl Judge<'_, '_> {
    /// Takes a breach for declared where one of the pods that it concerns declares it.
    fn breach(&mut self, rule: &str, breach: &Breach, object: &Object, concerned: &[&OwnPod<'_>]) {
        let mut declared = false;
        for (exception, needed) in self.world.terms.exceptions.iter().zip(&mut self.needed) {
            let of_container = exception.container.is_none() || exception.container == breach.container;
            let concerns = || concerned.iter().any(|pod| pod.is(&exception.workload));
            if exception.rule == rule && of_container && concerns() {
                declared = true;
                *needed = true;
            }
        }
        if !declared {
            let message = format!("{}; no exception `{rule}` is declared", breach.message);
            self.findings.add(code::UNDECLARED_EXCEPTION, &object.id, &breach.pointer, &message);
        }
    }

    /// Tells the exceptions that no breach has needed.
    fn needless(self) {
        let known = || POD_RULES.iter().map(|(name, _)| *name).chain(ROLE_RULES.iter().map(|(name, _)| *name));
        for (exception, needed) in self.world.terms.exceptions.iter().zip(self.needed) {
            let workload = format!("{}/{}", exception.workload.namespace, exception.workload.name);
            let rule = &exception.rule;
            if !known().any(|name| name == rule) {
                let known = known().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("{workload}: the exception `{rule}` is of no rule; rules are {known}");
                self.findings.add_general(code::NEEDLESS_EXCEPTION, message);
            } else if !needed {
                let message = format!("{workload}: the exception `{rule}` is declared, but the rule is kept");
                self.findings.add_general(code::NEEDLESS_EXCEPTION, message);
            }
        }
    }
}

/// The pods whose ServiceAccounts a role is bound to.
fn holders<'w, 'p>(role: &Object, world: &'p World<'w>) -> Vec<&'p OwnPod<'w>> {
    let bindings = world.of_kind("RoleBinding").chain(world.of_kind("ClusterRoleBinding"));
    let bound = bindings.filter(|binding| {
        let field = |key: &str| binding.body.get("roleRef").and_then(|reference| reference.get(key)?.as_str());
        let reached = role.id.kind == "ClusterRole" || binding.id.namespace == role.id.namespace;
        field("kind") == Some(&*role.id.kind) && field("name") == Some(&*role.id.name) && reached
    });
    let subjects: Vec<_> = bound.filter_map(|binding| binding.body.get("subjects")?.as_array()).flatten().collect();
    let holds = |pod: &&OwnPod<'_>| {
        subjects.iter().any(|subject| {
            let field = |key: &str| subject.get(key).and_then(serde_json::Value::as_str);
            let account = field("kind") == Some("ServiceAccount") && field("namespace") == Some(pod.namespace());
            account && field("name") == Some(pod.pod.service_account())
        })
    };
    world.pods.iter().filter(holds).collect()
}

#[cfg(test)]
mod tests;
