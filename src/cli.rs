//! The shell around the library: what it reads, where it writes, and how it ends.

pub mod report;
