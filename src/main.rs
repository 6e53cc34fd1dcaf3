//! The command line: reads files, asks the library, and writes what it answers.

// The shell around the pure library: files, streams, the environment and exit codes belong here, and only here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod cli;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
