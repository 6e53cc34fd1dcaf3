//! What endpoints of ours must declare: a port name that fits, and the exception where nobody checks callers.

use super::PlannedWorkload;
use crate::catalog::component::{Authentication, Endpoint, Protocol};
use crate::diagnostic::{Diagnostic, Diagnostics, code};

/// A port's name has at most 15 characters (RFC 6335, section 5.1).
const PORT_NAME: usize = 15;
/// The exception that an HTTP endpoint without a check of its callers needs.
const OPEN_ENDPOINT: &str = "open-endpoint";

/// Checks the endpoints of all workloads of ours.
pub(super) fn check(workloads: &[PlannedWorkload<'_>], faults: &mut Diagnostics) {
    for workload in workloads.iter().filter(|workload| workload.is_ours()) {
        for endpoint in &workload.endpoints {
            if let Some(reason) = fault(workload, endpoint) {
                let message = format!("{}/{}: {reason}", workload.name, endpoint.name);
                faults.push(Diagnostic::error(code::BAD_COMPONENT, message));
            }
        }
    }
}

fn fault(workload: &PlannedWorkload<'_>, endpoint: &Endpoint) -> Option<String> {
    let excepted = workload.workload.exceptions.iter().any(|exception| exception.rule == OPEN_ENDPOINT);
    let http = matches!(endpoint.protocol, Protocol::Http | Protocol::Https);
    if endpoint.name.len() > PORT_NAME {
        return Some(format!("a port's name has at most {PORT_NAME} characters"));
    }
    if endpoint.authentication == Authentication::None && http && !endpoint.probe_only && !excepted {
        return Some(format!(
            "it answers HTTP to anybody, which needs the exception `{OPEN_ENDPOINT}` with its reason"
        ));
    }
    if endpoint.authentication == Authentication::Guard && endpoint.upstream.is_none() {
        return Some("the guard needs the `upstream` port on loopback that it stands before".into());
    }
    None
}
