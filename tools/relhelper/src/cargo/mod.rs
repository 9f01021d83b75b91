//! What cargo compiled into a program: read from what cargo itself says of that build.
//!
//! A lock file says which crates *may* be needed by some platform or feature. The unit graph of the
//! one command that compiled the program says which *were*, and which of them only built it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod crates;
pub mod graph;
pub mod license;
pub mod problem;
pub mod read;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
pub mod units;

pub use crates::{CratePackage, CrateRole, CrateSource, Crates};
pub use graph::RawCrates;
pub use license::License;
pub use problem::{CargoOutputError, CrateProblem, CrateProblems};
