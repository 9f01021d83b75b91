//! Rebuilding a release: what to build, what of it was established, and how that is told.
//!
//! Nothing here runs a program or reads a file. [`published`] reads what the publisher says,
//! [`plan`] chooses, [`derivations`] compares what the source gives with it, [`log`] and
//! [`settings`] make sense of what Nix prints, and [`report`] draws the conclusion.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod derivations;
pub mod findings;
pub mod gaps;
pub mod html;
pub mod log;
pub mod markdown;
pub mod path_info;
pub mod plan;
pub mod published;
pub mod report;
#[cfg(test)]
pub(crate) mod samples;
pub mod settings;
pub mod words;

pub use plan::{Plan, Selection};
pub use published::Published;
pub use report::Report;
