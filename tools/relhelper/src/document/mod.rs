//! Facts → documents. Every function here is pure and total: it returns a document, not a
//! `Result`, because everything that can be wrong was found while making the facts. No document
//! is made from another one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod build_meta;
pub mod bundle_manifest;
pub mod checksums;
pub mod index;
pub mod json;
pub mod manifest;
pub mod provenance;
pub mod rollback;

pub use build_meta::build_meta;
pub use bundle_manifest::bundle_manifest;
pub use checksums::checksums;
pub use index::index;
pub use manifest::manifest;
pub use provenance::provenance;
pub use rollback::rollback;
