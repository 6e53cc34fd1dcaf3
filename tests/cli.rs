//! The real program: what it prints, what it writes, and how it ends.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the program and reads files")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]

#[path = "cli/calls.rs"]
mod calls;
#[path = "cli/folder.rs"]
mod folder;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/interruption.rs"]
mod interruption;
#[path = "cli/profiles.rs"]
mod profiles;
#[path = "support/program.rs"]
mod program;
#[path = "cli/same_bytes.rs"]
mod same_bytes;
#[path = "cli/secrets.rs"]
mod secrets;
