//! Disruption budgets for what has replicas: a drain takes one pod at a time, and a quorum stays.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::labels::metadata;
use super::object;
use crate::catalog::component::Scaling;
use crate::object::{Object, Wave};
use crate::plan::{Plan, selector};

/// A budget for each workload with more than one pod; with one pod it would only block drains.
pub(super) fn budgets(plan: &Plan<'_>) -> Vec<Object> {
    let several = |scaling| matches!(scaling, Scaling::Stateless | Scaling::Quorum | Scaling::Replicated);
    let workloads = plan.workloads.iter();
    let workloads =
        workloads.filter(|workload| workload.is_ours() && workload.replicas > 1 && several(workload.workload.scaling));
    workloads
        .map(|workload| {
            let typed = PodDisruptionBudget {
                metadata: metadata(workload, workload.name.to_string()),
                spec: Some(PodDisruptionBudgetSpec {
                    max_unavailable: Some(IntOrString::Int(1)),
                    selector: Some(LabelSelector {
                        match_labels: Some(selector(plan, workload)),
                        ..LabelSelector::default()
                    }),
                    // A pod that is not ready protects nothing, and must not hold up a drain.
                    unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
                    ..PodDisruptionBudgetSpec::default()
                }),
                status: None,
            };
            let from = format!("{} replicas of {}", workload.replicas, workload.name);
            object(&typed, Wave::Access, &workload.entry().name, "disruption-budget", from)
        })
        .collect()
}
