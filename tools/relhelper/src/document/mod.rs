//! Facts → documents. Every function here is pure and total: it returns a document, not a
//! `Result`, because everything that can be wrong was found while making the facts. No document
//! is made from another one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod build_meta;
pub mod bundle_manifest;
pub mod checksums;
pub mod cyclonedx;
pub mod index;
pub mod json;
pub mod manifest;
pub mod provenance;
pub mod rollback;
pub mod spdx;

pub use self::spdx::spdx;
pub use build_meta::build_meta;
pub use bundle_manifest::bundle_manifest;
pub use checksums::checksums;
pub use cyclonedx::cyclonedx;
pub use index::index;
pub use manifest::manifest;
pub use provenance::provenance;
pub use rollback::rollback;

use crate::release::layout::SbomFormat;
use crate::sbom::Graph;

/// The bill of materials in one of its formats.
#[must_use]
pub fn sbom(graph: &Graph, format: SbomFormat) -> Vec<u8> {
    match format {
        SbomFormat::CycloneDx16 => cyclonedx(graph, cyclonedx::Version::V1_6),
        SbomFormat::CycloneDx17 => cyclonedx(graph, cyclonedx::Version::V1_7),
        SbomFormat::Spdx => spdx(graph),
    }
}
