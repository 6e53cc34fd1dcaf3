//! Priority for what runs on each node: an agent that finds no room is missing where the node is fullest, and that node is the one
//! that somebody will want to look at.

use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::labels::shared;
use super::object;
use crate::catalog::component::Scaling;
use crate::object::{Object, Wave};
use crate::plan::{Plan, PlannedWorkload};

/// Its name. The classes of Kubernetes' own, `system-…`, are above it, and some clusters keep them to `kube-system`.
pub(super) const AGENTS: &str = "skopos-agents";

/// Above what applications usually have, which is 0, and far below the system's two billion.
const VALUE: i32 = 1_000_000;

/// Whether a workload has it.
pub(super) fn is_agent(workload: &PlannedWorkload<'_>) -> bool {
    workload.is_ours() && workload.workload.scaling == Scaling::PerNode
}

/// The class, where the plan has agents.
pub(super) fn classes(plan: &Plan<'_>) -> Option<Object> {
    plan.workloads.iter().find(|workload| is_agent(workload))?;
    let typed = PriorityClass {
        metadata: ObjectMeta { name: Some(AGENTS.into()), labels: Some(shared()), ..ObjectMeta::default() },
        description: Some("Agents of the monitoring that run on each node.".into()),
        value: Some(VALUE),
        ..PriorityClass::default()
    };
    Some(object(&typed, Wave::Access, "cluster", "priority", "agents on each node".into()))
}
