//! Settings of the kernel that reach beyond the pod.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// The settings that are the pod's own.
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

/// Settings that are not safe.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let set = pod.pod.security("sysctls").and_then(Value::as_array).into_iter().flatten();
    let names = set.filter_map(|setting| setting.get("name")?.as_str());
    let unsafe_ones = names.filter(|name| !SAFE.contains(name));
    unsafe_ones
        .map(|name| {
            let message = format!("the kernel setting {name} reaches beyond the pod");
            Breach::of_pod(pod, "securityContext/sysctls", Level::Baseline, message)
        })
        .collect()
}
