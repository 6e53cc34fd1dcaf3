//! Names that the plan derives, and the lengths that they must leave room for.

use super::PlannedWorkload;
use crate::diagnostic::{Diagnostic, Diagnostics, code};

/// A certificate's common name is at most 64 bytes long (RFC 5280, ub-common-name).
const COMMON_NAME: usize = 64;
/// A label's value, and with it a pod's host name: 63 bytes.
const LABEL: usize = 63;
/// What a StatefulSet's controller adds to its name in a label of its pods: `-` and a hash of at most 10 characters.
const REVISION_HASH: usize = 11;

/// Who a workload is to servers that check certificates.
#[must_use]
pub fn identity(workload: &PlannedWorkload<'_>) -> String {
    format!("skopos:{}:{}", workload.home(), workload.name)
}

/// The name of a Service as pods of the cluster resolve it.
#[must_use]
pub fn service_host(service: &str, namespace: &str) -> String {
    format!("{service}.{namespace}.svc")
}

/// Checks each name against what is derived from it.
pub(super) fn check(workloads: &[PlannedWorkload<'_>], faults: &mut Diagnostics) {
    for workload in workloads.iter().filter(|workload| workload.is_ours()) {
        let prefix = workload.workload.pods.as_ref().map_or(0, |pods| pods.prefix.len());
        let label = prefix + workload.name.len() + REVISION_HASH;
        let common_name = identity(workload).len();
        for (what, length, limit) in
            [("its pods' revision label", label, LABEL), ("its certificate's common name", common_name, COMMON_NAME)]
        {
            if length > limit {
                let message = format!("{}: {what} would have {length} characters; {limit} are allowed", workload.name);
                faults.push(Diagnostic::error(code::NAME_TOO_LONG, message).help("Use a shorter name."));
            }
        }
    }
}
