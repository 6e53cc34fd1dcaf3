//! The part `operated`: what the real operator wrote for a profile is run, by the programs that it wrote it for.

mod alertmanager;
mod webhook;

use std::time::Instant;

use crate::cluster::operator;
use crate::proof::{self, Part, Proof};
use crate::{process, prometheus};

/// Alertmanager with the routes that the operator wrote, and Prometheus with the jobs and rules.
pub const PART: Part = Part { name: "operated", run };

fn run() -> Vec<Proof> {
    let made = operator::generated();
    let folder = process::folder("operated");
    let version = proof::pinned("amtool", "github.com/prometheus/alertmanager");
    let prove = |program: &'static str, proved: &dyn Fn() -> String| {
        let started = Instant::now();
        let proved = proved();
        Proof { program, version: version.clone(), proved, took: started.elapsed() }
    };
    let mut proofs = vec![
        prove("amtool", &|| alertmanager::routes_as_told(&made.alertmanager, folder.path())),
        prove("alertmanager", &|| alertmanager::delivers_and_inhibits(&made.alertmanager, folder.path())),
    ];
    let told = alertmanager::start_here(&made.alertmanager, folder.path());
    proofs.push(prometheus::operated::answers(made, folder.path(), &told.address));
    proofs.push(prove("alertmanager", &|| told.knows_what_prometheus_fires()));
    proofs
}
