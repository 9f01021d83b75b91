//! The gate before a release: nothing in it may lead back to the machine that built it.
//!
//! Every file is looked into, and every member of every archive: raw bytes for store paths and
//! build folders, and the places where a loader would follow a path.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod elf;
pub mod finding;
pub mod inspect;
pub mod macho;
pub mod patterns;
pub mod pe;
pub mod shebang;
#[cfg(test)]
mod tests;
pub mod walk;

pub use finding::{Finding, Kind, Report, Unchecked};
pub use inspect::inspect;
pub use patterns::Patterns;
pub use walk::Walk;
