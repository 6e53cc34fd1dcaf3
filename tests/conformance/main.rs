//! What skopos emits, read by the real programs: `make conformance` builds them, starts them on loopback and shows what they proved.
//!
//! A part is one program, or several that work together. It fails by a panic that says what is wrong; nothing is skipped. Names of
//! parts as arguments run these alone.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the suite reads files and drives programs")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the suite reports on the terminal")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

mod cluster;
mod control_plane;
mod dashboards;
mod emitted;
mod fluentd;
mod guard;
mod http;
mod operated;
mod pod;
mod process;
mod prometheus;
mod proof;
mod scanners;
mod stores;
#[path = "../support/mod.rs"]
mod support;

use proof::{Part, Proof};

/// All parts, in the order in which they run.
const PARTS: &[Part] = &[
    cluster::PART,
    guard::PART,
    scanners::PART,
    dashboards::PART,
    fluentd::PART,
    prometheus::PART,
    operated::PART,
    stores::PART,
];

fn main() -> ExitCode {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for name in &chosen {
        if !PARTS.iter().any(|part| part.name == name) {
            let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
            eprintln!("there is no part {name}; there are {}", known.join(", "));
            return ExitCode::from(2);
        }
    }
    process::clean_up_when_interrupted();
    let mut proofs: Vec<Proof> = Vec::new();
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|part| chosen.is_empty() || chosen.iter().any(|name| name == part.name)) {
        println!("== {}", part.name);
        let started = Instant::now();
        // The panic hook has already said what was wrong; the other parts still run.
        match catch_unwind(AssertUnwindSafe(part.run)) {
            Ok(shown) => proofs.extend(shown),
            Err(_) => failed.push(part.name),
        }
        println!("== {} took {:.1} s", part.name, started.elapsed().as_secs_f64());
    }
    print!("{}", proof::table(&proofs));
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("failed: {}", failed.join(", "));
    ExitCode::FAILURE
}
