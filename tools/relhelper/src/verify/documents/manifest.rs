//! `release-manifest.json` of a release. `docs/formats/release-manifest.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compare::envelope::detached::FileDigest;

/// The manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct Manifest {
    pub format_version: u32,
    pub product: Product,
    pub source: Source,
    #[serde(deserialize_with = "required")]
    pub toolchain: Toolchain,
    pub artifacts: Vec<Row>,
}

/// Tool → version, if known.
pub type Toolchain = Option<BTreeMap<String, String>>;

/// What is released.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct Product {
    pub name: String,
    pub version: String,
    #[serde(deserialize_with = "required")]
    pub description: Option<String>,
    #[serde(deserialize_with = "required")]
    pub license: Option<String>,
    #[serde(deserialize_with = "required")]
    pub homepage: Option<String>,
}

/// What it was built from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct Source {
    #[serde(deserialize_with = "required")]
    pub revision: Option<String>,
    pub source_date: i64,
}

/// An artifact.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-manifest.md describes the fields")]
pub struct Row {
    pub kind: String,
    #[serde(deserialize_with = "required")]
    pub os: Option<String>,
    #[serde(deserialize_with = "required")]
    pub arch: Option<String>,
    #[serde(deserialize_with = "required")]
    pub target: Option<String>,
    #[serde(deserialize_with = "required")]
    pub tier: Option<String>,
    pub file: String,
    pub size: u64,
    pub sha256: String,
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsigned: Option<FileDigest>,
}

/// A field that may be null and may not be absent.
pub(super) fn required<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
