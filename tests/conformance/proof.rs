//! What a part showed, and the table of it.

use std::time::Duration;

use crate::support;

/// One part of the suite.
pub struct Part {
    /// Its name on the command line.
    pub name: &'static str,
    /// Runs it; panics where a program refuses what skopos emitted.
    pub run: fn() -> Vec<Proof>,
}

/// One thing that a real program showed.
pub struct Proof {
    /// The program, such as `kube-apiserver`.
    pub program: &'static str,
    /// Its version, as it says itself or as it is pinned.
    pub version: String,
    /// What was proved, with how much of it: `207 objects of m4 apply without a warning`.
    pub proved: String,
    /// How long it took.
    pub took: Duration,
}

/// The version of a Go program, which its module here requires.
pub fn pinned(tool: &str, module: &str) -> String {
    let file = support::read(format!("tests/tools/{tool}/go.mod").as_ref());
    let line = file.lines().find_map(|line| line.strip_prefix(&format!("require {module} ")));
    line.unwrap_or_else(|| panic!("{tool} is not of {module}")).to_owned()
}

/// The proofs as a table for a terminal.
pub fn table(proofs: &[Proof]) -> String {
    let program = proofs.iter().map(|proof| proof.program.len()).max().unwrap_or_default();
    let version = proofs.iter().map(|proof| proof.version.len()).max().unwrap_or_default();
    proofs
        .iter()
        .map(|proof| {
            let seconds = proof.took.as_secs_f64();
            format!("{:program$}  {:version$}  {seconds:7.1} s  {}\n", proof.program, proof.version, proof.proved)
        })
        .collect()
}
