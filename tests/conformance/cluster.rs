//! The part `cluster`: the API server takes what skopos emits as it stands, and the Prometheus Operator makes of it what is meant.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
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
mod removal;
mod upgrade;

/// The API server, its controllers, and the operator.
pub const PART: Part = Part { name: "cluster", run };

/// The profile that is looked at in depth; the others are applied.
const PROFILE: &str = "m4";

/// How many profiles are looked at beside each other, each on a control plane of its own.
const WORKERS: usize = 2;

/// What a profile showed, and what the server added to its objects.
type Shown = (Vec<Proof>, BTreeSet<String>);

fn run() -> Vec<Proof> {
    let folder = process::folder("cluster");
    let profiles = install::profiles();
    let next = AtomicUsize::new(0);
    // The programs of a profile end with the thread that started them.
    let work = || {
        let take = || profiles.get(next.fetch_add(1, Ordering::Relaxed));
        let looked_at = std::iter::from_fn(take).map(|profile| (profile, shown(profile, &folder.path().join(profile))));
        looked_at.collect::<Vec<(&String, Shown)>>()
    };
    let mut shown: Vec<(&String, Shown)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|told| resume_unwind(told))).collect()
    });
    shown.sort_by_key(|(profile, _)| profiles.iter().position(|known| known == *profile));
    let added = shown.iter().flat_map(|(_, (_, added))| added.clone()).collect();
    drift::only_what_is_known_was_added(&added);
    shown.into_iter().flat_map(|(_, (proofs, _))| proofs).collect()
}

fn shown(profile: &str, folder: &Path) -> Shown {
    let (mut proofs, mut added) = (Vec::new(), BTreeSet::new());
    std::fs::create_dir(folder).unwrap();
    let started = Instant::now();
    let cluster = control_plane::start(folder);
    proofs.push(server(started, format!("etcd, API server and controllers serve, for {profile}")));
    let install = install::Install::of(profile);
    proofs.push(timed(|| apply::applies_as_told(&cluster, &install)));
    proofs.push(timed(|| drift::keeps_what_was_emitted(&cluster, &install, &mut added)));
    proofs.push(timed(|| apply::applies_again_without_change(&cluster, &install)));
    if profile == PROFILE {
        proofs.extend(in_depth(&cluster, &install, folder));
    }
    if profile == upgrade::FIRST {
        proofs.extend(upgrade::is_taken(&cluster));
    }
    (proofs, added)
}

fn in_depth(cluster: &ControlPlane, install: &install::Install, folder: &Path) -> Vec<Proof> {
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
