//! The documents in a bundle whose programs were signed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use crate::compare::envelope::detached::FileDigest;
use crate::document::{self, json};
use crate::facts::Sha256;
use crate::release::RelativePath;
use crate::release::layout::{BUNDLE_CHECKSUMS, MANIFEST};
use crate::verify::documents::bundle_manifest::BundleManifest;
use crate::verify::documents::read;
use crate::verify::{Findings, sums};

/// The documents of a bundle that depend on the bytes of its programs.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Documents {
    pub manifest: BundleManifest,
    pub checksums: BTreeMap<RelativePath, Sha256>,
}

impl Documents {
    /// Reads `release-manifest.json` and `checksums.txt` of a bundle.
    ///
    /// # Errors
    ///
    /// What is wrong with the first thing that is.
    pub fn read(manifest: &[u8], checksums: &[u8]) -> Result<Self, String> {
        let mut findings = Findings::default();
        let manifest: Option<BundleManifest> = read(MANIFEST, manifest, &mut findings);
        let checksums = sums::parse(BUNDLE_CHECKSUMS, checksums, &mut findings);
        findings.none()?;
        let manifest = manifest.ok_or_else(|| format!("{MANIFEST} cannot be read"))?;
        Ok(Self { manifest, checksums })
    }

    /// The same for a bundle in which each program whose SHA-256 is a key of `signed` was replaced by the file with that size and
    /// digest.
    #[must_use]
    pub fn signed(mut self, signed: &BTreeMap<String, FileDigest>) -> Self {
        for file in self.manifest.files.iter_mut().filter(|file| file.executable) {
            let Some(new) = signed.get(&file.sha256) else { continue };
            let old = FileDigest { size: file.size, sha256: file.sha256.clone() };
            (file.size, file.sha256) = (new.size, new.sha256.clone());
            file.unsigned = Some(old);
        }
        self.restate()
    }

    /// The same as it was before any program was signed.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        for file in &mut self.manifest.files {
            let Some(old) = file.unsigned.take() else { continue };
            (file.size, file.sha256) = (old.size, old.sha256);
        }
        self.restate()
    }

    /// The bytes of the manifest.
    #[must_use]
    pub fn manifest_bytes(&self) -> Vec<u8> {
        json::to_bytes(&self.manifest)
    }

    /// The bytes of the checksums.
    #[must_use]
    pub fn checksums_bytes(&self) -> Vec<u8> {
        document::checksums(self.checksums.iter().map(|(path, sha256)| (path.as_str(), *sha256)))
    }

    /// The checksums, with those of the manifest and of the files that it lists.
    fn restate(mut self) -> Self {
        let manifest = (MANIFEST, Sha256::of(&self.manifest_bytes()).to_string());
        let files =
            self.manifest.files.iter().map(|file| (file.path.as_str(), file.sha256.clone()));
        for (path, sha256) in files.chain([manifest]) {
            let path = path.parse::<RelativePath>().ok();
            self.checksums.extend(path.zip(sha256.parse().ok()));
        }
        self
    }
}
