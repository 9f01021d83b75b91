//! The metadata a build hands over, as written: shapes only, nothing is checked yet.
//!
//! In the Nix sandbox it is the attribute `relhelper` of the derivation's structured attributes.
//! Unknown fields are refused: they are a typo, or a newer caller's wish that would be ignored.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The version of the metadata this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// Reads the raw form of one command's metadata.
///
/// # Errors
///
/// When `value` has another `formatVersion`, lacks a field, or has one too many.
pub fn parse<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, MetadataError> {
    match value.get("formatVersion").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(found) => return Err(MetadataError::Version { found }),
        None => return Err(MetadataError::VersionMissing),
    }
    T::deserialize(value).map_err(MetadataError::Shape)
}

/// Metadata that is not of the shape its command expects.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum MetadataError {
    #[error("the metadata does not have the expected shape: {0}")]
    Shape(#[source] serde_json::Error),
    #[error("the metadata has formatVersion {found}, expected {FORMAT_VERSION}")]
    Version { found: u64 },
    #[error("the metadata has no formatVersion, expected {FORMAT_VERSION}")]
    VersionMissing,
}

macro_rules! raw {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        #[expect(missing_docs, reason = "docs/formats/build-metadata.md describes the fields")]
        pub struct $name { $(pub $field: $type,)* }
    };
}

raw! {
    /// What is released.
    RawProduct {
        name: String,
        version: String,
        description: Option<String>,
        license: Option<String>,
        homepage: Option<String>,
        supplier: Option<String>,
    }
}

raw! {
    /// What it was built from.
    RawSource { revision: Option<String>, source_date: i64, }
}

raw! {
    /// One platform of a release.
    RawTarget {
        triple: String,
        os: String,
        arch: String,
        tier: String,
        crates: Option<RawCrateFolders>,
    }
}

raw! {
    /// Folders with what cargo says of its builds: `unit-graph.json` and `metadata.json`.
    RawCrateFolders { program: PathBuf, std: PathBuf, runtime: Option<Vec<String>>, }
}

raw! {
    /// The platform of a bundle.
    RawBundleTarget { triple: String, os: String, arch: String, tier: String, exe_suffix: String, }
}

/// Name of a tool → its version; `null` when the caller compiled by other means.
pub type RawToolchain = Option<BTreeMap<String, String>>;

raw! {
    /// One file of a bundle.
    RawBundleFile { path: String, from: PathBuf, executable: bool, }
}

raw! {
    /// The metadata of `relhelper emit bundle`.
    RawBundle {
        format_version: u32,
        product: RawProduct,
        source: RawSource,
        toolchain: RawToolchain,
        target: RawBundleTarget,
        files: Vec<RawBundleFile>,
    }
}

raw! {
    /// One artifact of a release.
    RawArtifact { kind: String, file: String, from: PathBuf, target: Option<String>, media_type: String, }
}

raw! {
    /// A pinned file from outside, and the package it is a release of.
    RawInput {
        file: String,
        sha256: String,
        kind: String,
        name: String,
        version: String,
        suite: Option<String>,
        license: Option<String>,
    }
}

raw! {
    /// How the artifacts are built.
    RawBuild { source: String, derivations: Vec<String>, inputs: Vec<RawInput>, }
}

/// What Nix says of a path of the store; it adds fields of its own, which differ by version.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/build-metadata.md describes the fields")]
pub struct RawPathInfo {
    pub path: String,
    pub nar_hash: String,
}

raw! {
    /// The metadata of `relhelper emit release`.
    RawRelease {
        format_version: u32,
        product: RawProduct,
        source: RawSource,
        toolchain: RawToolchain,
        targets: Vec<RawTarget>,
        artifacts: Vec<RawArtifact>,
        build: RawBuild,
    }
}

raw! {
    /// The metadata of `relhelper stamp`.
    RawStamp {
        format_version: u32,
        product: RawProduct,
        source: RawSource,
        toolchain: RawToolchain,
        target: String,
        input: PathBuf,
        binaries: Vec<String>,
        crates: Option<RawCrateFolders>,
    }
}

raw! {
    /// The metadata of `relhelper bundle`.
    RawArchive { format_version: u32, tree: PathBuf, source_date: i64, archive: String, }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    #[track_caller]
    fn check_error(value: &serde_json::Value, expected: Expect) {
        expected.assert_eq(&parse::<RawArchive>(value).unwrap_err().to_string());
    }

    #[test]
    fn refuses_other_shapes() {
        check_error(&json!({}), expect!["the metadata has no formatVersion, expected 1"]);
        check_error(
            &json!({"formatVersion": 2}),
            expect!["the metadata has formatVersion 2, expected 1"],
        );
        check_error(
            &json!({"formatVersion": 1, "tree": "t", "sourceDate": 0}),
            expect!["the metadata does not have the expected shape: missing field `archive`"],
        );
        check_error(
            &json!({"formatVersion": 1, "tree": "t", "sourceDate": 0, "archive": "a.zip", "level": 9}),
            expect![
                "the metadata does not have the expected shape: unknown field `level`, expected one of `formatVersion`, `tree`, `sourceDate`, `archive`"
            ],
        );
    }

    #[test]
    fn reads_the_contract() {
        let value = json!({"formatVersion": 1, "tree": "/t", "sourceDate": 7, "archive": "a.zip"});
        let raw = parse::<RawArchive>(&value).unwrap();
        assert_eq!((raw.source_date, raw.archive.as_str()), (7, "a.zip"));
    }
}
