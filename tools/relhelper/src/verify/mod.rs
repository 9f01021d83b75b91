//! Whether a release agrees with itself: every file with the digests and sizes that documents promise, and every document
//! with every other one. Bytes and measurements in, problems out; reading is done elsewhere.
//!
//! What agrees in all documents and was changed in all of them is not seen here: that takes signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub(crate) mod build_meta;
pub mod bundle;
mod bundle_plan;
pub(crate) mod code_signature;
mod described;
mod difference;
pub mod documents;
pub mod files;
pub mod problem;
mod provenance;
pub mod release;
pub mod report;
pub mod sbom;
pub mod signed;
pub mod sums;

pub use problem::{Findings, Kind, Problem, Unchecked, foremost};
pub use release::{Papers, Release};
pub use report::{Identity, Report, Verdict};

/// Most bytes of a document that is read as a whole: of a release, or a bill of materials.
pub const MAX_DOCUMENT_BYTES: u64 = 8 * 1024 * 1024;
