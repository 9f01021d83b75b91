//! What is in a bundle: every member against the documents inside, and these against the release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

pub(super) use super::documents::bundle_manifest::BundleManifest;
use super::documents::bundle_manifest::File;
use super::documents::manifest::Row;
use super::documents::read;
use super::problem::{Findings, Kind};
use super::{Release, bundle_plan, code_signature, difference, sums};
use crate::document;
use crate::facts::Measured;
use crate::release::RelativePath;
use crate::release::layout::{BUNDLE_CHECKSUMS, BUNDLE_DOCUMENTS, MANIFEST, ROLLBACK};

/// A member that was read.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// Where it goes.
    pub path: String,
    /// Permission bits, if the archive says them.
    pub mode: Option<u32>,
    /// Whether it is a program.
    pub executable: bool,
    /// Seconds since 1970, if the archive says them.
    pub mtime: Option<i64>,
    /// Of its content; nothing for folders.
    pub measured: Option<Measured>,
    /// The content itself, where [`is_document`] asks for it.
    pub content: Option<Vec<u8>>,
}

/// Whether the content of the member at `path` is needed, beside its measure.
#[must_use]
pub fn is_document(path: &str) -> bool {
    path.split_once('/').is_some_and(|(_, rest)| BUNDLE_DOCUMENTS.contains(&rest))
}

/// Takes note of everything that is wrong in the bundle that `row` of the manifest describes. `writer_is_this` says
/// whether the release was written by this version of relhelper, whose texts are known.
pub fn check(
    row: &Row,
    release: &Release,
    members: &[Unpacked],
    writer_is_this: bool,
    findings: &mut Findings,
) {
    let target = row.target.as_deref().unwrap_or_default();
    let folder = format!("{}-{target}", release.stem);
    let mut bundle = Bundle { archive: &row.file, release, files: BTreeMap::new(), findings };
    bundle.tree(&folder, members);
    let content = |name: &str| bundle.files.get(name).and_then(|file| file.content.as_deref());
    let (manifest, checksums, rollback) =
        (content(MANIFEST), content(BUNDLE_CHECKSUMS), content(ROLLBACK));
    for (name, content) in
        [(MANIFEST, manifest), (BUNDLE_CHECKSUMS, checksums), (ROLLBACK, rollback)]
    {
        if content.is_none() {
            bundle.add(Kind::Missing, name, "nothing", "a document of the bundle");
        }
    }
    if let Some(bytes) = checksums {
        bundle.checksums(bytes);
    }
    let Some(bytes) = manifest else { return };
    let name = bundle.name(MANIFEST);
    let Some(manifest) = read::<BundleManifest>(&name, bytes, bundle.findings) else { return };
    bundle.manifest(&manifest, row);
    bundle.program(&manifest);
    if let Some((found, facts)) = rollback.zip(bundle_plan::of(&manifest)) {
        let (plan, measured) = match facts {
            Ok(facts) => facts,
            Err(problem) => {
                let expected = "what docs/formats/release-manifest.md says";
                return bundle.add(Kind::Form, MANIFEST, &problem, expected);
            }
        };
        let expected = document::rollback(&plan.measured(measured));
        if found != expected && writer_is_this {
            difference::text(&bundle.name(ROLLBACK), found, &expected, bundle.findings);
        } else if found != expected {
            let reason =
                "another relhelper wrote this release, and its text is not known to this one";
            bundle.findings.unchecked(&bundle.name(ROLLBACK), reason);
        }
    }
}

struct Bundle<'a, 'f> {
    archive: &'a str,
    release: &'a Release,
    /// By their paths below the top folder.
    files: BTreeMap<&'a str, &'a Unpacked>,
    findings: &'f mut Findings,
}

impl<'a> Bundle<'a, '_> {
    fn name(&self, path: &str) -> String {
        format!("{}!{path}", self.archive)
    }

    fn add(&mut self, kind: Kind, path: &str, found: &str, expected: &str) {
        let name = self.name(path);
        self.findings.add(kind, &name, None, found, expected);
    }

    fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        path: &str,
        at: &str,
        found: &T,
        expected: &T,
    ) {
        let name = self.name(path);
        self.findings.same(&name, at, found, expected);
    }

    /// One top folder, only folders that have something in them, modes and times as they are written.
    fn tree(&mut self, folder: &str, members: &'a [Unpacked]) {
        let mut folders = BTreeSet::new();
        for unpacked in members {
            let whole = unpacked.path.as_str();
            let Some(path) =
                whole.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
            else {
                self.add(Kind::Extra, whole, "a member outside of the top folder", folder);
                continue;
            };
            let path = path.trim_start_matches('/');
            let is_folder = unpacked.measured.is_none();
            if is_folder {
                folders.insert(path);
            } else {
                self.files.insert(path, unpacked);
            }
            let mode = if is_folder || unpacked.executable { 0o755 } else { 0o644 };
            let permissions = unpacked.mode.map(|mode| format!("{:o}", mode & 0o7777));
            self.same(whole, "mode", &permissions, &Some(format!("{mode:o}")));
            if let Some(time) = unpacked.mtime {
                self.same(whole, "time", &time, &self.release.manifest.source.source_date);
            }
        }
        for path in folders.iter().filter(|path| !path.is_empty()) {
            let inside = format!("{path}/");
            let first = self.files.range(inside.as_str()..).next();
            if !first.is_some_and(|(file, _)| file.starts_with(&inside)) {
                self.add(Kind::Extra, path, "an empty folder", "folders with files in them");
            }
        }
    }

    fn checksums(&mut self, bytes: &[u8]) {
        let name = self.name(BUNDLE_CHECKSUMS);
        let sums = sums::parse(&name, bytes, self.findings);
        let line = |path: &str| path.parse::<RelativePath>().ok().and_then(|path| sums.get(&path));
        let files: Vec<_> = self.files.iter().map(|(path, file)| (*path, *file)).collect();
        for (path, file) in files.into_iter().filter(|(path, _)| *path != BUNDLE_CHECKSUMS) {
            let found = file.measured.map(|measured| measured.sha256.to_string());
            let expected = line(path).map(ToString::to_string);
            if expected.is_none() {
                self.add(Kind::Extra, path, "a file without line", BUNDLE_CHECKSUMS);
            } else if found != expected {
                let expected = format!("{} as in {BUNDLE_CHECKSUMS}", expected.unwrap_or_default());
                self.add(Kind::Digest, path, &found.unwrap_or_default(), &expected);
            }
        }
        let missing = sums.keys().filter(|path| !self.files.contains_key(path.as_str()));
        for path in missing.collect::<Vec<_>>() {
            self.add(Kind::Missing, path.as_str(), "nothing", "a file, as checksums.txt says");
        }
        if sums.keys().any(|path| path.as_str() == BUNDLE_CHECKSUMS) {
            self.add(Kind::Form, BUNDLE_CHECKSUMS, "its own name", "other names");
        }
    }

    fn manifest(&mut self, manifest: &BundleManifest, row: &Row) {
        let of_release = &self.release.manifest;
        self.same(MANIFEST, "$.product", &manifest.product, &of_release.product);
        self.same(MANIFEST, "$.source", &manifest.source, &of_release.source);
        self.same(MANIFEST, "$.toolchain", &manifest.toolchain, &of_release.toolchain);
        for (at, found, expected) in [
            ("$.target", &manifest.target, &row.target),
            ("$.os", &manifest.os, &row.os),
            ("$.arch", &manifest.arch, &row.arch),
            ("$.tier", &manifest.tier, &row.tier),
        ] {
            self.same(MANIFEST, at, &Some(found), &expected.as_ref());
        }
        let unsigned =
            |path: &str| manifest.files.iter().find(|file| file.path == path)?.unsigned.clone();
        let expected: Vec<_> = self
            .files
            .iter()
            .filter(|(path, _)| !BUNDLE_DOCUMENTS.contains(*path))
            .filter_map(|(path, file)| {
                Some(File {
                    path: (*path).to_owned(),
                    executable: file.executable,
                    size: file.measured?.size,
                    sha256: file.measured?.sha256.to_string(),
                    // Nothing in the archive says it; it is compared with the release below.
                    unsigned: unsigned(path),
                })
            })
            .collect();
        let value = |files: &Vec<File>| serde_json::to_value(files).unwrap_or_default();
        let name = self.name(&format!("{MANIFEST}: files"));
        difference::json(&name, &value(&manifest.files), &value(&expected), self.findings);
        let name = self.name(MANIFEST);
        code_signature::bundle(row, self.release, manifest, |found, expected| {
            self.findings.disagreement(&name, "$.files", found, expected);
        });
    }

    /// The program that can be downloaded alone is the one in the bundle.
    fn program(&mut self, manifest: &BundleManifest) {
        let rows = self.release.manifest.artifacts.iter();
        let alone = rows
            .filter(|row| row.kind == "binary" && row.target.as_deref() == Some(&manifest.target));
        for row in alone {
            let inside = manifest.files.iter().filter(|file| file.executable);
            if !inside.clone().any(|file| file.sha256 == row.sha256) {
                let found: Vec<_> = inside.map(|file| file.sha256.as_str()).collect();
                let expected = format!("{} of {} among the programs", row.sha256, row.file);
                self.add(Kind::Disagreement, "bin", &found.join(", "), &expected);
            }
        }
    }
}
