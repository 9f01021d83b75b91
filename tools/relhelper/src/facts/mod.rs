//! What the build told us, checked once.
//!
//! A command reads [`metadata`] (raw: whatever the caller wrote), turns it into a plan
//! ([`ReleasePlan`], [`BundlePlan`]: every problem of the metadata is found and listed there),
//! reads the derivations and measures the files the plan names, and then has facts ([`ReleaseFacts`], [`BundleFacts`]).
//! Documents are total functions of facts.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod artifact;
pub mod build;
pub mod bundle;
pub mod digest;
pub mod metadata;
pub mod package;
pub mod problem;
pub mod product;
pub mod purl;
pub mod release;
#[cfg(test)]
pub(crate) mod samples;
pub mod source;
pub mod source_date;
pub mod stamp;
pub mod steps;
pub mod target;
pub mod words;

pub use artifact::Artifact;
pub use build::{Build, BuildPlan, Input, Origin, Tree};
pub use bundle::{BundleFacts, BundleFile, BundlePlan};
pub use digest::{Measured, Sha256};
pub use package::Package;
pub use problem::{Problem, Problems};
pub use product::Product;
pub use release::{ReleaseFacts, ReleasePlan, TracedPlan};
pub use source::{Source, Toolchain};
pub use source_date::SourceDate;
pub use stamp::StampPlan;
pub use steps::{Step, Steps};
pub use target::Target;
pub use words::{Arch, ArtifactKind, Os, PackageKind, Tier};
