//! `index.json`. `docs/formats/index.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, Row, Source, required};

/// The index.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/index.md describes the fields")]
pub struct Index {
    pub format_version: u32,
    pub name: String,
    pub version: String,
    pub source: Source,
    pub targets: BTreeMap<String, Entry>,
}

/// What there is for a target.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/index.md describes the fields")]
pub struct Entry {
    pub os: String,
    pub arch: String,
    pub tier: String,
    #[serde(deserialize_with = "required")]
    pub bundle: Option<Download>,
    #[serde(deserialize_with = "required")]
    pub binary: Option<Download>,
}

/// A file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/index.md describes the fields")]
pub struct Download {
    pub file: String,
    pub size: u64,
    pub sha256: String,
    pub media_type: String,
}

impl Index {
    /// The index that goes with a manifest.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let mut targets = BTreeMap::new();
        for row in &manifest.artifacts {
            let Row {
                target: Some(target), os: Some(os), arch: Some(arch), tier: Some(tier), ..
            } = row
            else {
                continue;
            };
            let entry = targets.entry(target.clone()).or_insert_with(|| Entry {
                os: os.clone(),
                arch: arch.clone(),
                tier: tier.clone(),
                bundle: None,
                binary: None,
            });
            let place = match row.kind.as_str() {
                "bundle" => &mut entry.bundle,
                "binary" => &mut entry.binary,
                _ => continue,
            };
            *place = Some(Download {
                file: row.file.clone(),
                size: row.size,
                sha256: row.sha256.clone(),
                media_type: row.media_type.clone(),
            });
        }
        Self {
            format_version: manifest.format_version,
            name: manifest.product.name.clone(),
            version: manifest.product.version.clone(),
            source: manifest.source.clone(),
            targets,
        }
    }
}
