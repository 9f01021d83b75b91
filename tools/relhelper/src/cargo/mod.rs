//! What cargo compiled into a program: read from what cargo itself says of that build.
//!
//! A lock file says which crates *may* be needed by some platform or feature. The unit graph of the
//! one command that compiled the program says which *were*, and which of them only built it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod crates;
pub mod license;
#[cfg(test)]
pub(crate) mod samples;

pub use crates::{CratePackage, CrateRole, CrateSource, Crates};
pub use license::License;
