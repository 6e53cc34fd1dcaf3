//! Pods whose system calls the kernel does not confine: seccomp, AppArmor, SELinux and the mask of `/proc`.

use serde_json::Value;

use super::{Breach, Level};
use crate::check::world::{OwnPod, World};

/// SELinux types that containers may have.
const SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Profiles that are missing or confine nothing.
pub(super) fn find(pod: &OwnPod<'_>, _: &World<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let of_pod = pod.pod.security("seccompProfile");
    let own = |field: &str| pod.pod.security(field).cloned();
    for (field, level, message) in faults(&own) {
        breaches.push(Breach::of_pod(pod, &format!("securityContext/{field}"), level, message));
    }
    for container in pod.pod.containers() {
        let own = |field: &str| container.security(field).cloned();
        for (field, level, message) in faults(&own) {
            breaches.push(Breach::of_container(&container, &format!("securityContext/{field}"), level, message));
        }
        if container.security("seccompProfile").or(of_pod).is_none() {
            let field = "securityContext/seccompProfile";
            let message = "no seccomp profile is set; RuntimeDefault and Localhost are allowed";
            breaches.push(Breach::of_container(&container, field, Level::Restricted, message));
        }
    }
    breaches
}

fn faults(own: &dyn Fn(&str) -> Option<Value>) -> Vec<(&'static str, Level, &'static str)> {
    let profile = |field: &str| own(field).and_then(|profile| Some(profile.get("type")?.as_str()?.to_owned()));
    let mut all = Vec::new();
    for field in ["seccompProfile", "appArmorProfile"] {
        if profile(field).as_deref() == Some("Unconfined") {
            all.push((
                field,
                Level::Baseline,
                "the profile confines nothing; RuntimeDefault and Localhost are allowed",
            ));
        }
    }
    if let Some(options) = own("seLinuxOptions") {
        let text = |field: &str| options.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !SELINUX_TYPES.contains(&&*text("type")) || !text("user").is_empty() || !text("role").is_empty() {
            all.push(("seLinuxOptions", Level::Baseline, "a type, user or role is set that containers do not have"));
        }
    }
    if own("procMount").is_some_and(|mount| mount != "Default") {
        all.push(("procMount", Level::Baseline, "/proc is not masked; Default is allowed"));
    }
    all
}
