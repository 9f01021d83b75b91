//! How the artifacts came to be: the derivation behind each, and everything from outside that the
//! build started from.
//!
//! The join is: derivation → output path → NAR hash → file in it → the file people download. The
//! first step is computed from the `.drv` files, the second is what the store that holds the
//! output says of it, the last is measured while copying.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::path::Path;

use super::metadata::{RawBuild, RawPathInfo};
use super::problem::ProblemList;
use super::{Package, PackageKind, Problem, Sha256, Steps};
use crate::cargo::{CratePackage, CrateSource, Crates};
use crate::nix::derivation::Fixed;
use crate::nix::hash::Algorithm;
use crate::nix::{Closure, Method, NarHash, StorePath};
use crate::release::FileName;

/// What the metadata says of the build. The derivations it names are not read yet.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    source: StorePath,
    derivations: Vec<StorePath>,
    packages: BTreeMap<Sha256, Package>,
}

/// All that is known of the build.
#[derive(Clone, Debug)]
pub struct Build {
    /// The tree that was built, as it is in the store.
    pub source: Tree,
    /// The derivations that make artifacts, each once, in the order of their paths.
    pub derivations: Vec<StorePath>,
    /// What was fetched, by the names of the files.
    pub inputs: Vec<Input>,
    /// What was done with all that.
    pub steps: Steps,
    /// Name and version of a crate of the registry → its place among the inputs.
    crates: BTreeMap<(String, String), usize>,
}

impl Build {
    /// The pinned file of a crate; every crate of the registry has one.
    #[must_use]
    pub fn crate_file(&self, package: &CratePackage) -> Option<&Input> {
        let key = (package.name.clone(), package.version.to_string());
        let place = self.crates.get(&key).filter(|_| package.source == CrateSource::Registry);
        place.map(|place| &self.inputs[*place])
    }
}

/// A file or tree in the store.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Tree {
    pub path: StorePath,
    pub nar_hash: NarHash,
}

/// A content that was fixed before the build.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where the build found it.
    pub path: StorePath,
    /// What it had to be.
    pub fixed: Fixed,
    /// The package it is a release of, if the metadata says so.
    pub package: Option<Package>,
}

/// Where an artifact comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The `.drv` file.
    pub derivation: StorePath,
    /// Name of its output.
    pub output: String,
    /// That output.
    pub tree: Tree,
    /// The file in it; empty when the output is the file.
    pub member: String,
}

impl BuildPlan {
    pub(super) fn check(raw: RawBuild, problems: &mut ProblemList) -> Option<Self> {
        let mut path = |found: String| problems.keep(found.parse().map_err(Problem::StorePath));
        let source = path(raw.source);
        let mut derivations: Vec<StorePath> =
            raw.derivations.into_iter().filter_map(path).collect();
        derivations.sort();
        derivations.dedup();
        // Lists of several Cargo.lock files have crates in common; one content is one package.
        let mut by_digest = BTreeMap::new();
        for raw in raw.inputs {
            let Some(package) = Package::check(raw, problems) else { continue };
            let first = by_digest.entry(package.sha256).or_insert_with(|| package.clone());
            if *first != package {
                problems
                    .add(Problem::InputTwice { first: first.file.clone(), second: package.file });
            }
        }
        Some(Self { source: source?, derivations, packages: by_digest })
    }

    /// The derivations whose closure is wanted.
    #[must_use]
    pub fn derivations(&self) -> &[StorePath] {
        &self.derivations
    }

    /// Finds out what the closure says of the source, the inputs, and the files `from`.
    pub(super) fn trace<'a>(
        self,
        closure: &Closure,
        path_infos: &[RawPathInfo],
        from: impl Iterator<Item = &'a Path>,
        crates: &BTreeMap<FileName, Crates>,
        problems: &mut ProblemList,
    ) -> Option<(Build, Vec<Origin>)> {
        let nar_hashes = check_path_infos(path_infos, problems);
        let find = |path: &StorePath| {
            let found = nar_hashes
                .get(path)
                .map(|nar_hash| Tree { path: path.clone(), nar_hash: *nar_hash });
            found.ok_or_else(|| Problem::NarHashMissing { path: path.clone() })
        };
        let source = problems.keep(find(&self.source));
        if let Some(Tree { path, nar_hash }) = &source {
            let computed = StorePath::of_source(path.name(), nar_hash.bytes());
            if computed != *path {
                problems.add(Problem::SourceTree { stated: path.clone(), computed });
            }
        }
        let mut origins = Vec::new();
        for file in from {
            let origin = maker(file, closure).and_then(|(derivation, output, path, member)| {
                Ok(Origin { derivation, output, tree: find(&path)?, member })
            });
            origins.extend(problems.keep(origin));
        }
        let input = |(path, fixed): (&StorePath, &Fixed)| Input {
            path: path.clone(),
            fixed: fixed.clone(),
            package: file_sha256(fixed).and_then(|sha256| self.packages.get(&sha256)).cloned(),
        };
        let mut inputs: Vec<_> = closure.fixed_outputs().map(input).collect();
        inputs.sort_by(|a, b| (a.path.name(), &a.path).cmp(&(b.path.name(), &b.path)));
        let build = Build {
            source: source?,
            derivations: self.derivations,
            crates: crate_places(&inputs),
            inputs,
            steps: Steps::of(closure),
        };
        for package in crates.values().flat_map(|crates| &crates.packages) {
            if package.source == CrateSource::Registry && build.crate_file(package).is_none() {
                let name = package.name.clone();
                problems
                    .add_once(Problem::CrateFileMissing { name, version: package.version.clone() });
            }
        }
        Some((build, origins))
    }
}

fn crate_places(inputs: &[Input]) -> BTreeMap<(String, String), usize> {
    let package = |(place, input): (usize, &Input)| {
        let package =
            input.package.as_ref().filter(|package| package.kind == PackageKind::Crate)?;
        Some(((package.name.clone(), package.version.clone()), place))
    };
    inputs.iter().enumerate().filter_map(package).collect()
}

/// The SHA-256 of the file that a fixed output is, when it was fixed by that.
#[must_use]
pub fn file_sha256(fixed: &Fixed) -> Option<Sha256> {
    let digest = <[u8; 32]>::try_from(fixed.digest.as_slice()).ok()?;
    (fixed.method == Method::Flat && fixed.algorithm == Algorithm::Sha256)
        .then(|| Sha256::from(digest))
}

/// Whether a derivation makes the output that `file` is in.
pub(super) fn check_made(file: &Path, closure: &Closure) -> Result<(), Problem> {
    maker(file, closure).map(|_| ())
}

/// The path of an input, which the closure has to know.
pub(super) fn check_input(file: &str, closure: &Closure) -> Result<StorePath, Problem> {
    let path: StorePath = file.parse().map_err(Problem::StorePath)?;
    if closure.fixed_outputs().any(|(known, _)| *known == path) {
        Ok(path)
    } else {
        Err(Problem::RuntimeMissing { path })
    }
}

fn maker(
    file: &Path,
    closure: &Closure,
) -> Result<(StorePath, String, StorePath, String), Problem> {
    let text = file.to_str().ok_or_else(|| Problem::NotText { path: file.to_owned() })?;
    let (path, member) = StorePath::split(text).map_err(Problem::StorePath)?;
    let (derivation, output) =
        closure.maker(&path).ok_or_else(|| Problem::MakerMissing { path: path.clone() })?;
    Ok((derivation.clone(), output.to_owned(), path, member.to_owned()))
}

fn check_path_infos(
    rows: &[RawPathInfo],
    problems: &mut ProblemList,
) -> BTreeMap<StorePath, NarHash> {
    let mut nar_hashes = BTreeMap::new();
    for row in rows {
        let path = problems.keep(row.path.parse().map_err(Problem::StorePath));
        let parsed = row
            .nar_hash
            .parse()
            .map_err(|source| Problem::NarHash { path: row.path.clone(), source });
        if let (Some(path), Some(nar_hash)) = (path, problems.keep(parsed)) {
            nar_hashes.insert(path, nar_hash);
        }
    }
    nar_hashes
}
