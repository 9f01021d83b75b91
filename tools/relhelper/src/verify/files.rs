//! The files of a release, against what its documents promise of them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Findings, Kind};
use super::{MAX_DOCUMENT_BYTES, Release, code_signature};
use crate::facts::{Measured, Sha256};
use crate::release::added::is_added;
use crate::release::layout::{MANIFEST, SHA256SUMS};
use crate::release::{FileName, RelativePath};

/// Most bytes of a bundle that are worth reading: a zip is kept on the disk until its end is there. `relhelper rebuild` reads no
/// more of any file.
const MAX_BUNDLE_BYTES: u64 = 8 << 30;

/// What there should be.
#[derive(Clone, Debug, Default)]
pub struct Promises {
    sums: BTreeMap<FileName, Sha256>,
    names: BTreeSet<FileName>,
}

impl Promises {
    /// What `SHA256SUMS` and the release promise, after comparing which files they know.
    pub fn new(
        sums: BTreeMap<RelativePath, Sha256>,
        release: Option<&Release>,
        findings: &mut Findings,
    ) -> Self {
        let mut plain = BTreeMap::new();
        for (path, sha256) in sums {
            match path.as_str().parse::<FileName>() {
                Ok(name) if name.as_str() != SHA256SUMS => drop(plain.insert(name, sha256)),
                Ok(_) => {
                    findings.add(Kind::Form, SHA256SUMS, None, "its own name", "other names");
                }
                Err(error) => {
                    let found = error.to_string();
                    findings.add(Kind::Name, SHA256SUMS, None, &found, "plain file names");
                }
            }
        }
        let expected = release.map(Release::files).unwrap_or_default();
        if release.is_some() && !plain.is_empty() {
            for name in expected.iter().filter(|name| !plain.contains_key(*name)) {
                let found = format!("no line for `{name}`");
                findings.add(Kind::Missing, SHA256SUMS, None, &found, "a line for every file");
            }
            let known = |name: &FileName| {
                let may_have = |release| code_signature::may_have(release, name);
                expected.contains(name) || release.is_some_and(may_have)
            };
            for name in plain.keys().filter(|name| !known(name)) {
                let found = format!("a line for `{name}`");
                let expected = "files of this release only";
                findings.add(Kind::Extra, SHA256SUMS, None, &found, expected);
            }
        }
        let names = expected.into_iter().chain(plain.keys().cloned()).collect();
        Self { sums: plain, names }
    }

    /// The files that `SHA256SUMS` names, but itself.
    #[must_use]
    pub fn sums(&self) -> &BTreeMap<FileName, Sha256> {
        &self.sums
    }

    /// Every file that some document names, but `SHA256SUMS` itself.
    #[must_use]
    pub fn names(&self) -> &BTreeSet<FileName> {
        &self.names
    }

    /// Takes note of what is in the place and no document names. Missing files are found when they are read.
    pub fn check_listing(
        &self,
        listing: &BTreeSet<String>,
        release: Option<&Release>,
        findings: &mut Findings,
    ) {
        let known =
            |name: &str| name.parse().is_ok_and(|name: FileName| self.names.contains(&name));
        let stem = release.map_or("", |release| release.stem.as_str());
        for name in listing.iter().filter(|name| *name != SHA256SUMS && !known(name)) {
            if !is_added(name, stem, self.names.iter().map(FileName::as_str)) {
                let expected = "files of the release, and what signing adds";
                findings.add(Kind::Extra, name, None, "a file that no document names", expected);
            }
        }
    }

    /// Takes note of every promise that the bytes of `file` do not keep.
    pub fn check_measured(
        &self,
        file: &FileName,
        measured: Measured,
        release: Option<&Release>,
        findings: &mut Findings,
    ) {
        let found = measured.sha256.to_string();
        if let Some(sha256) = self.sums.get(file).filter(|sha256| **sha256 != measured.sha256) {
            let expected = format!("{sha256} as in {SHA256SUMS}");
            findings.add(Kind::Digest, file.as_str(), None, &found, &expected);
        }
        let Some(row) = release.and_then(|release| release.artifacts.get(file)) else { return };
        if row.sha256 != found {
            let expected = format!("{} as in {MANIFEST}", row.sha256);
            findings.add(Kind::Digest, file.as_str(), None, &found, &expected);
        }
        if row.size != measured.size {
            let (found, expected) = (measured.size, format!("{} as in {MANIFEST}", row.size));
            findings.add(Kind::Size, file.as_str(), None, &found.to_string(), &expected);
        }
    }

    /// Most bytes of `file` that are worth reading: what the manifest promises of an artifact, but for what is kept as a whole
    /// meanwhile. Promises cost nothing.
    #[must_use]
    pub fn limit(file: &FileName, release: Option<&Release>) -> u64 {
        let row = release.and_then(|release| release.artifacts.get(file));
        let Some(row) = row else { return MAX_DOCUMENT_BYTES };
        row.size.min(match row.kind.as_str() {
            // Whatever kind of artifact it is said to be, it is read as a document.
            _ if code_signature::is_detached(file) => MAX_DOCUMENT_BYTES,
            "bundle" => MAX_BUNDLE_BYTES,
            _ => u64::MAX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::facts::samples;
    use crate::verify::Papers;
    use crate::verify::documents::manifest::Row;

    #[test]
    fn no_promise_fills_the_memory_or_the_disk() {
        let manifest = Some(document::manifest(&samples::release_facts()));
        let papers = Papers { manifest, ..Papers::default() };
        let mut release = Release::read(&papers, &mut Findings::default()).unwrap();
        let row = release.artifacts.values().next().unwrap().clone();
        for (name, kind, size, limit) in [
            ("hello-1.2.3-a.codesign.json", "other", 1 << 40, MAX_DOCUMENT_BYTES),
            ("hello-1.2.3-a.codesign.json", "bundle", 1 << 40, MAX_DOCUMENT_BYTES),
            ("hello-1.2.3-a.codesign.json", "other", 5, 5),
            ("hello-1.2.3-a.zip", "bundle", 1 << 40, MAX_BUNDLE_BYTES),
            ("hello-1.2.3-a.zip", "bundle", 5, 5),
            // Only measured.
            ("hello-1.2.3-a.img", "other", 1 << 40, 1 << 40),
        ] {
            let file: FileName = name.parse().unwrap();
            let row = Row { kind: kind.to_owned(), size, ..row.clone() };
            release.artifacts.insert(file.clone(), row);
            assert_eq!(Promises::limit(&file, Some(&release)), limit, "{name}");
        }
        let other = "hello-1.2.3-b.img".parse().unwrap();
        assert_eq!(Promises::limit(&other, Some(&release)), MAX_DOCUMENT_BYTES);
    }
}
