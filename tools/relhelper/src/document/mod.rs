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
pub mod spdx3;
pub mod visible;

pub use build_meta::build_meta;
pub use bundle_manifest::bundle_manifest;
pub use checksums::checksums;
pub use index::index;
pub use manifest::manifest;
pub use provenance::provenance;
pub use rollback::rollback;
pub use visible::visible;

use crate::release::layout::SbomFormat;
use crate::sbom::Graph;

/// The relhelper that writes, as bills of materials name it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Writer {
    /// Its version.
    pub version: String,
    /// Version of the list of SPDX licences it knows, as `MAJOR.MINOR`.
    pub license_list: String,
}

impl Writer {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), license_list: spdx::list_version() }
    }
}

/// The bill of materials in one of its formats.
#[must_use]
pub fn sbom(graph: &Graph, format: SbomFormat) -> Vec<u8> {
    sbom_by(&Writer::this(), graph, format)
}

/// The same, as if another relhelper wrote it.
#[must_use]
pub fn sbom_by(writer: &Writer, graph: &Graph, format: SbomFormat) -> Vec<u8> {
    match format {
        SbomFormat::CycloneDx16 => cyclonedx::write(writer, graph, cyclonedx::Version::V1_6),
        SbomFormat::CycloneDx17 => cyclonedx::write(writer, graph, cyclonedx::Version::V1_7),
        SbomFormat::Spdx => spdx::write(writer, graph),
        SbomFormat::Spdx3 => spdx3::write(writer, graph),
    }
}
