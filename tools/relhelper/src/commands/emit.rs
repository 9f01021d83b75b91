//! `relhelper emit`: metadata → plan → derivations read, copies measured → facts → documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{crates, sboms};
use crate::cli::{EmitRelease, FromMetadata};
use crate::document;
use crate::error::{CommandError, Hint as _};
use crate::facts::metadata::{self, RawBundle, RawRelease};
use crate::facts::{ArtifactKind, BundlePlan, Measured, ReleasePlan};
use crate::io::attributes::{Attributes, AttributesError, Environment};
use crate::io::files::{self, Mode};
use crate::io::store::Store;
use crate::io::{cores, parallel};
use crate::nix::Closure;
use crate::release::FileName;
use crate::release::layout::{
    BUILD_META, BUNDLE_CHECKSUMS, INDEX, MANIFEST, PROVENANCE, ROLLBACK, SHA256SUMS,
};

/// `relhelper emit release`
///
/// # Errors
///
/// When the metadata is wrong, or a file cannot be read or written.
pub fn release(arguments: &EmitRelease) -> Result<(), CommandError> {
    let (attributes, out) = open(&arguments.metadata)?;
    let store = Store::new(arguments.store.as_deref());
    let plan = ReleasePlan::try_from(metadata::parse::<RawRelease>(&attributes.relhelper)?)?;
    let closure = Closure::read(plan.derivations(), |path| store.read(path))
        .map_err(CommandError::from)
        .map_err(|error| error.hint("what the release was built from cannot be told without it"))?;
    let mut compiled = BTreeMap::new();
    for (triple, folders) in plan.crate_folders() {
        let crates = crates::read(triple.as_str(), folders, |path| store.locate(path))?;
        compiled.insert(triple.clone(), crates);
    }
    let plan = plan.trace(&closure, &attributes.paths, compiled)?;
    files::create_output(&out).hint("choose a new or an empty folder")?;
    let copy = |(from, file, kind): (&PathBuf, &FileName, ArtifactKind)| {
        (store.locate(from), file.inside(&out), Mode::of(kind == ArtifactKind::Binary))
    };
    let copies: Vec<_> = plan.copies().map(copy).collect();
    let measured = parallel::try_map(cores::available(), &copies, |(from, to, mode)| {
        files::copy_measured(from, to, *mode)
    })?;
    let facts = plan.measured(measured);
    let documents = [
        (BUILD_META, document::build_meta(&facts)),
        (INDEX, document::index(&facts)),
        (PROVENANCE, document::provenance(&facts)),
        (MANIFEST, document::manifest(&facts)),
    ];
    let sboms = sboms::write(&facts, &out)?;
    let sboms = sboms.iter().map(|(name, sha256)| (name.as_str(), *sha256));
    let artifacts =
        facts.artifacts.iter().map(|artifact| (artifact.file.as_str(), artifact.measured.sha256));
    write_documents(&out, &documents, SHA256SUMS, artifacts.chain(sboms))
}

/// `relhelper emit bundle`
///
/// # Errors
///
/// When the metadata is wrong, or a file cannot be read or written.
pub fn bundle(arguments: &FromMetadata) -> Result<(), CommandError> {
    let (attributes, out) = open(arguments)?;
    let plan = BundlePlan::try_from(metadata::parse::<RawBundle>(&attributes.relhelper)?)?;
    files::create_output(&out).hint("choose a new or an empty folder")?;
    let folder = plan.folder().parse::<FileName>()?.inside(&out);
    files::create_directories(&folder)?;
    let mut copies = Vec::new();
    for file in plan.files() {
        let to = file.path.below(&folder);
        if let Some(parent) = to.parent() {
            files::create_directories(parent)?;
        }
        copies.push((file.from.clone(), to, Mode::of(file.executable)));
    }
    let measured = parallel::try_map(cores::available(), &copies, |(from, to, mode)| {
        files::copy_measured(from, to, *mode)
    })?;
    let facts = plan.measured(measured);
    let documents =
        [(MANIFEST, document::bundle_manifest(&facts)), (ROLLBACK, document::rollback(&facts))];
    let contents = facts.files.iter().map(|file| (file.path.as_str(), file.measured.sha256));
    write_documents(&folder, &documents, BUNDLE_CHECKSUMS, contents)
}

/// Reads the metadata, and finds where the output goes.
pub(super) fn open(arguments: &FromMetadata) -> Result<(Attributes, PathBuf), CommandError> {
    let attributes = Attributes::read(arguments.attributes.as_deref(), &Environment::of_process());
    let attributes = match attributes {
        Err(error @ AttributesError::Missing) => Err(error).hint("give a file with --attributes, or run it as the builder of a Nix derivation with `__structuredAttrs = true`"),
        other => other.map_err(CommandError::from),
    }?;
    let out = attributes.output(arguments.out.as_deref()).hint("give a folder with --out")?;
    Ok((attributes, out))
}

/// Writes the documents, and last the digests of them and of `files`.
fn write_documents<'a>(
    directory: &Path,
    documents: &'a [(&'static str, Vec<u8>)],
    checksums: &str,
    files: impl Iterator<Item = (&'a str, crate::facts::Sha256)>,
) -> Result<(), CommandError> {
    for (name, content) in documents {
        files::write(&directory.join(name), Mode::Plain, content)?;
    }
    let digests = documents.iter().map(|(name, content)| (*name, Measured::of(content).sha256));
    let content = document::checksums(files.chain(digests));
    files::write(&directory.join(checksums), Mode::Plain, &content)?;
    Ok(())
}
