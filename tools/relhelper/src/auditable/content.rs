//! The crates of a program, as the section holds them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Write as _;

use auditable_serde::{DependencyKind, Package, Source, VersionInfo};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::cargo::{CrateRole, CrateSource, Crates};

/// Number of the kind of data: what cargo really compiled. It is told by cargo's unit graph, from which
/// the precursor of cargo's own SBOM is made, for which the number was given.
const FORMAT: u32 = 8;

/// What cargo compiled to make the program, in the same order.
#[must_use]
pub fn version_info(crates: &Crates) -> VersionInfo {
    let packages = crates.packages.iter().map(|package| Package {
        name: package.name.clone(),
        version: package.version.clone(),
        source: match package.source {
            CrateSource::Registry => Source::CratesIo,
            CrateSource::Toolchain | CrateSource::Workspace => Source::Local,
        },
        kind: match package.role {
            CrateRole::Build => DependencyKind::Build,
            CrateRole::Linked => DependencyKind::Runtime,
        },
        dependencies: package.links.union(&package.builds).copied().collect(),
        root: package.root,
    });
    VersionInfo { packages: packages.collect(), format: FORMAT }
}

/// The bytes for the section.
///
/// # Panics
///
/// Never: the JSON has only string keys, and memory takes all that is written to it.
#[must_use]
pub fn encode(crates: &Crates) -> Vec<u8> {
    let json = serde_json::to_vec(&version_info(crates)).expect("there are only string keys");
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&json).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}
