//! Comparing a published file with a rebuilt one: whether they are the same, and if not, why.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod cause;
pub mod envelope;

pub use cause::{Cause, Difference, Excerpt};
