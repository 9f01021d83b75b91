//! A release whose programs were code-signed after they were built: which programs those are, and the documents made anew for their
//! bytes. `docs/how-to/code-signing.md`
//!
//! Nothing is computed that a document does not follow from: digests and sizes take the place of others in documents that were verified,
//! and those of the unsigned files stay beside them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod bundle;
pub mod config;
pub mod documents;
pub mod report;
pub mod system;

pub use config::Config;
pub use documents::Remade;
pub use report::Report;
pub use system::System;
