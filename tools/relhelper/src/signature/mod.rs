//! Detached signatures of the files of a release: keys, and one module for each mechanism.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod key;
mod outcome;

pub use outcome::{Mechanism, Outcome};
