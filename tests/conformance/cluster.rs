//! The part `cluster`: the API server takes what skopos emits as it stands, and the Prometheus Operator makes of it what is meant.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::control_plane::{self, ControlPlane};
use crate::process;
use crate::proof::{Part, Proof};

mod access;
pub mod apply;
mod definitions;
mod drift;
pub mod install;
pub mod operator;
mod pod_security;

/// The API server, its controllers, and the operator.
pub const PART: Part = Part { name: "cluster", run };

/// The profile that is looked at in depth; the others are applied.
const PROFILE: &str = "m4";

fn run() -> Vec<Proof> {
    let folder = process::folder("cluster");
    let (mut proofs, mut added) = (Vec::new(), BTreeSet::new());
    for profile in install::profiles() {
        let folder = folder.path().join(&profile);
        std::fs::create_dir(&folder).unwrap();
        let started = Instant::now();
        let cluster = control_plane::start(&folder);
        proofs.push(server(started, format!("etcd, API server and controllers serve, for {profile}")));
        let install = install::Install::of(&profile);
        proofs.push(timed(|| apply::applies_as_told(&cluster, &install)));
        proofs.push(timed(|| drift::keeps_what_was_emitted(&cluster, &install, &mut added)));
        proofs.push(timed(|| apply::applies_again_without_change(&cluster, &install)));
        if profile == PROFILE {
            proofs.extend(in_depth(&cluster, &install, &folder));
        }
    }
    drift::only_what_is_known_was_added(&added);
    proofs
}

fn in_depth(cluster: &ControlPlane, install: &install::Install, folder: &std::path::Path) -> Vec<Proof> {
    let mut proofs = vec![
        timed(|| definitions::hold(cluster, install)),
        timed(|| definitions::accept_what_upstream_publishes(cluster)),
        timed(|| pod_security::admits_only_the_hardened(cluster, &pod_security::pods(install))),
        timed(|| access::is_what_was_bound(cluster, install)),
    ];
    proofs.extend(operator::works(cluster, install, folder));
    proofs
}

/// The proof of a function that says what it proved on the API server.
fn timed(prove: impl FnOnce() -> String) -> Proof {
    let started = Instant::now();
    let proved = prove();
    server(started, proved)
}

fn server(started: Instant, proved: String) -> Proof {
    let version = control_plane::VERSION.to_owned();
    Proof { program: "kube-apiserver", version, proved, took: started.elapsed() }
}
