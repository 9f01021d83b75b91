//! What a release says of code signatures: which of its files were signed after they were built, and the detached signatures beside
//! them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::documents::manifest::{Manifest, Row};
use super::problem::{Findings, Kind};
use super::{Release, bundle};
use crate::compare::envelope::detached::{Detached, FileDigest};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::{self, MANIFEST};
use crate::sbom::Component;

/// Takes note of every `unsigned` that no manifest has.
pub(super) fn rows(manifest: &Manifest, findings: &mut Findings) {
    for (index, row) in manifest.artifacts.iter().enumerate() {
        let Some(unsigned) = &row.unsigned else { continue };
        let at = format!("$.artifacts[{index}].unsigned");
        let mut form = |found: &str, expected: &str| {
            findings.add(Kind::Form, MANIFEST, Some(at.clone()), found, expected);
        };
        if unsigned.sha256.parse::<Sha256>().is_err() {
            form(&unsigned.sha256, "64 lower-case hexadecimal digits");
        }
        if unsigned.sha256 == row.sha256 {
            form(&unsigned.sha256, "another digest than that of the signed file");
        }
        let system = row.os.as_deref().unwrap_or("no system");
        if !["binary", "bundle"].contains(&row.kind.as_str())
            || !["macos", "windows"].contains(&system)
        {
            let found = format!("a {} for {system}", row.kind);
            form(&found, "programs and bundles for macOS and Windows only");
        }
    }
}

/// The detached signatures that there must be: those of the programs that can be downloaded alone.
pub(super) fn files(manifest: &Manifest) -> impl Iterator<Item = FileName> {
    let signed = manifest.artifacts.iter().filter(|row| row.unsigned.is_some());
    signed
        .filter(|row| row.kind == "binary")
        .filter_map(|row| layout::code_signature(&row.file, None).parse().ok())
}

/// Whether a detached signature with this name may be there: for a program that is only in a bundle.
pub(super) fn may_have(release: &Release, name: &FileName) -> bool {
    let Some(base) = layout::code_signed(name.as_str()) else { return false };
    let bundles = release.manifest.artifacts.iter();
    bundles.filter(|row| row.kind == "bundle" && row.unsigned.is_some()).any(|row| {
        let target = row.target.as_deref().unwrap_or_default();
        let folder = format!("{}-{target}.", release.stem);
        base.strip_prefix(&folder).is_some_and(|path| !path.is_empty())
    })
}

/// Takes note of everything that is wrong with the detached signature called `name`. That it fits can be told only by whoever has the
/// unsigned program.
pub fn check(name: &FileName, bytes: &[u8], release: &Release, findings: &mut Findings) {
    let detached = match Detached::parse(bytes) {
        Ok(detached) => detached,
        Err(error) => {
            let expected = "docs/formats/detached-code-signature.md";
            return findings.add(Kind::Form, name.as_str(), None, &error.to_string(), expected);
        }
    };
    let mut rows = release.manifest.artifacts.iter();
    let row = rows.find(|row| layout::code_signature(&row.file, None) == name.as_str());
    if let Some(Row { size, sha256, unsigned: Some(unsigned), .. }) = row {
        let signed = FileDigest { size: *size, sha256: sha256.clone() };
        findings.same(name.as_str(), "$.signed", &detached.signed, &signed);
        findings.same(name.as_str(), "$.unsigned", &detached.unsigned, unsigned);
    }
}

/// Whether `name` is that of a detached signature.
#[must_use]
pub fn is_detached(name: &FileName) -> bool {
    layout::code_signed(name.as_str()).is_some()
}

/// The programs in a bundle that its manifest calls signed, against what the release says of the bundle and of the program beside it.
pub(super) fn bundle(
    row: &Row,
    release: &Release,
    manifest: &bundle::BundleManifest,
    mut differs: impl FnMut(&str, &str),
) {
    let signed: BTreeMap<_, _> = manifest
        .files
        .iter()
        .filter_map(|file| Some((file.sha256.as_str(), (file, file.unsigned.as_ref()?))))
        .collect();
    if signed.is_empty() == row.unsigned.is_some() {
        differs("programs that were signed", "those, if and only if the bundle was signed");
    }
    for (file, unsigned) in signed.values() {
        let plain = unsigned.sha256.parse::<Sha256>().is_ok() && unsigned.sha256 != file.sha256;
        if !file.executable || !plain {
            differs(&file.path, "a program and the digest that it had before");
        }
    }
    let rows = release.manifest.artifacts.iter();
    for alone in rows.filter(|other| other.kind == "binary" && other.target == row.target) {
        let inside = manifest.files.iter().filter(|file| file.sha256 == alone.sha256);
        if inside.clone().any(|file| file.unsigned != alone.unsigned) {
            differs("unsigned", &format!("the same as of {}", alone.file));
        }
    }
}

/// What bills of materials say of a component beside everything else when it was signed.
pub(crate) fn note(component: &mut Component, unsigned: Option<&FileDigest>) {
    if let Some(FileDigest { size, sha256 }) = unsigned {
        component.notes.insert("unsignedSha256", sha256.clone());
        component.notes.insert("unsignedSize", size.to_string());
    }
}
