//! The manifest of a bundle by the rules that bundles are made by.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::PathBuf;

use super::documents::bundle_manifest::BundleManifest;
use crate::facts::metadata::{RawBundle, RawBundleFile, RawBundleTarget, RawProduct, RawSource};
use crate::facts::{BundlePlan, Measured, Os};

/// The plan and the measure of each file, or what is wrong; nothing when a digest cannot be read.
pub(super) fn of(manifest: &BundleManifest) -> Option<Result<(BundlePlan, Vec<Measured>), String>> {
    let BundleManifest { product, source, .. } = manifest;
    let suffix = Os::of_triple(&manifest.target).map_or("", Os::exe_suffix);
    let measured: Option<Vec<_>> = manifest
        .files
        .iter()
        .map(|file| Some(Measured { size: file.size, sha256: file.sha256.parse().ok()? }))
        .collect();
    let raw = RawBundle {
        format_version: manifest.format_version,
        product: RawProduct {
            name: product.name.clone(),
            version: product.version.clone(),
            description: product.description.clone(),
            license: product.license.clone(),
            homepage: product.homepage.clone(),
            supplier: None,
        },
        source: RawSource { revision: source.revision.clone(), source_date: source.source_date },
        toolchain: manifest.toolchain.clone(),
        target: RawBundleTarget {
            triple: manifest.target.clone(),
            os: manifest.os.clone(),
            arch: manifest.arch.clone(),
            tier: manifest.tier.clone(),
            exe_suffix: suffix.to_owned(),
        },
        files: manifest
            .files
            .iter()
            .map(|file| RawBundleFile {
                path: file.path.clone(),
                from: PathBuf::new(),
                executable: file.executable,
            })
            .collect(),
    };
    let measured = measured?;
    Some(BundlePlan::try_from(raw).map(|plan| (plan, measured)).map_err(|error| error.to_string()))
}
