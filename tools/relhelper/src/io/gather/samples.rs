//! A whole release in memory, with real bundles, and the ways to change it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::archive::{ArchiveFormat, Content, Effort, Entry, Level, entry, gzip, tar, zip};
use crate::document;
use crate::facts::metadata::{RawBundle, parse};
use crate::facts::{BundlePlan, Measured, Sha256, samples};
use crate::io::origin::{Capped, Origin, OriginError};
use crate::release::layout::{
    BUILD_META, BUNDLE_CHECKSUMS, INDEX, MANIFEST, PROVENANCE, ROLLBACK, SHA256SUMS, SbomFormat,
};
use crate::release::{FileName, Layout};
use crate::sbom::Graphs;
use crate::verify::Report;

/// Names and contents.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Files in memory as a place that can be listed, or not.
pub(crate) struct Memory {
    pub files: Files,
    pub listed: bool,
}

impl Origin for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        Ok(self.listed.then(|| self.files.keys().cloned().collect()))
    }

    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let missing = || OriginError::Missing { file: file.to_string(), origin: self.name() };
        let content = self.files.get(file.as_str()).ok_or_else(missing)?;
        Ok(Box::new(Capped::new(content.as_slice(), limit)))
    }
}

pub(super) fn verify(files: Files) -> Report {
    super::verify(&Memory { files, listed: true }, NonZeroUsize::MIN)
}

struct Contents(Files);

impl entry::Open for Contents {
    fn open(&self, from: &Path) -> io::Result<Box<dyn Read>> {
        let content = self.0.get(from.to_str().unwrap()).unwrap();
        Ok(Box::new(Cursor::new(content.clone())))
    }
}

const PROGRAM: &[u8] = b"#!/bin/sh\necho hello\n";

/// The release, with bundles whose files `change` has changed before they were packed: everything outside of them agrees
/// with that.
pub(super) fn release_with(change: impl Fn(&str, &mut Files)) -> Files {
    release_of(&samples::release_json_with_crates(), &|_| PROGRAM.to_vec(), &change)
}

/// The release that `value` describes, with the program that `program` gives for each target.
pub(crate) fn release_of(
    value: &Value,
    program: &dyn Fn(&str) -> Vec<u8>,
    change: &dyn Fn(&str, &mut Files),
) -> Files {
    let mut files = Files::new();
    for artifact in value["artifacts"].as_array().unwrap() {
        let name = artifact["file"].as_str().unwrap();
        let content = match artifact["kind"].as_str().unwrap() {
            "bundle" => {
                let triple = artifact["target"].as_str().unwrap();
                bundle(value, triple, name, program(triple), change)
            }
            "binary" => program(artifact["target"].as_str().unwrap()),
            _ => b"sources".to_vec(),
        };
        files.insert(name.to_owned(), content);
    }
    let facts = samples::release_facts_measured(value, |file| Measured::of(&files[file.as_str()]));
    for (name, content) in [
        (BUILD_META, document::build_meta(&facts)),
        (INDEX, document::index(&facts)),
        (MANIFEST, document::manifest(&facts)),
        (PROVENANCE, document::provenance(&facts)),
    ] {
        files.insert(name.to_owned(), content);
    }
    let (layout, graphs) = (Layout::new(&facts.product), Graphs::new(&facts));
    for format in SbomFormat::ALL {
        files.insert(layout.sbom(None, format), document::sbom(&graphs.release(), format));
        for artifact in &facts.artifacts {
            let name = layout.sbom(Some(artifact.file.as_str()), format);
            files.insert(name, document::sbom(&graphs.artifact(artifact), format));
        }
    }
    sign_off(&mut files);
    files
}

pub(crate) fn release() -> Files {
    release_with(|_, _| {})
}

/// Writes `SHA256SUMS` anew.
pub(crate) fn sign_off(files: &mut Files) {
    files.remove(SHA256SUMS);
    let sums = files.iter().map(|(name, content)| (name.as_str(), Sha256::of(content)));
    let sums = document::checksums(sums);
    files.insert(SHA256SUMS.to_owned(), sums);
}

fn bundle(
    value: &Value,
    triple: &str,
    name: &str,
    content: Vec<u8>,
    change: &dyn Fn(&str, &mut Files),
) -> Vec<u8> {
    let targets = value["targets"].as_array().unwrap();
    let mut target = targets.iter().find(|target| target["triple"] == triple).unwrap().clone();
    let suffix = if target["os"] == "windows" { ".exe" } else { "" };
    target["exeSuffix"] = json!(suffix);
    let program = format!("bin/hello{suffix}");
    let contents =
        Files::from([(program.clone(), content), ("README.md".to_owned(), b"read me\n".to_vec())]);
    let row = |path: &String| json!({ "path": path, "from": "", "executable": *path == program });
    let metadata = json!({
        "formatVersion": 1, "product": value["product"], "source": value["source"],
        "toolchain": value["toolchain"], "target": target,
        "files": contents.keys().map(row).collect::<Vec<_>>(),
    });
    let plan = BundlePlan::try_from(parse::<RawBundle>(&metadata).unwrap()).unwrap();
    let folder = plan.folder();
    let measured = plan.files().iter().map(|file| Measured::of(&contents[file.path.as_str()]));
    let measured = measured.collect();
    let facts = plan.measured(measured);
    let mut contents = contents;
    contents.insert(MANIFEST.to_owned(), document::bundle_manifest(&facts));
    contents.insert(ROLLBACK.to_owned(), document::rollback(&facts));
    let sums = contents.iter().map(|(path, content)| (path.as_str(), Sha256::of(content)));
    let sums = document::checksums(sums);
    contents.insert(BUNDLE_CHECKSUMS.to_owned(), sums);
    change(name, &mut contents);
    pack(&folder, contents, facts.source.source_date, name)
}

fn pack(folder: &str, contents: Files, date: crate::facts::SourceDate, name: &str) -> Vec<u8> {
    let directory = |path: String| Entry { path, content: Content::Directory };
    let mut entries = vec![directory(folder.to_owned()), directory(format!("{folder}/bin"))];
    for (path, content) in &contents {
        let (from, size) = (PathBuf::from(path), content.len() as u64);
        let content = Content::File { from, size, executable: path.starts_with("bin/") };
        entries.push(Entry { path: format!("{folder}/{path}"), content });
    }
    entry::sort(&mut entries);
    let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN };
    let contents = Contents(contents);
    match ArchiveFormat::of_name(name).unwrap() {
        ArchiveFormat::TarGz => {
            gzip::write(effort, Vec::new(), |feed| tar::write(&entries, date, &contents, feed))
                .unwrap()
        }
        ArchiveFormat::Zip => {
            zip::write(effort, &entries, date, &contents, Cursor::new(Vec::new()))
                .unwrap()
                .into_inner()
        }
    }
}
