//! `release-manifest.json` in a bundle. `docs/formats/release-manifest.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::{Deserialize, Serialize};

use super::manifest::{Product, Source, Toolchain, required};
use crate::compare::envelope::detached::FileDigest;

/// The manifest of a bundle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct BundleManifest {
    pub format_version: u32,
    pub product: Product,
    pub source: Source,
    #[serde(deserialize_with = "required")]
    pub toolchain: Toolchain,
    pub target: String,
    pub os: String,
    pub arch: String,
    pub tier: String,
    pub files: Vec<File>,
}

/// A file of the product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct File {
    pub path: String,
    pub executable: bool,
    pub size: u64,
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsigned: Option<FileDigest>,
}
