//! One variant per way in which metadata can be wrong.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;
use std::path::PathBuf;

use super::source_date::SourceDateError;
use super::words::UnknownWord;
use super::{Arch, Os};
use crate::nix::{NarHashError, StorePath, StorePathError};
use crate::release::{FileNameError, UnexpectedName};

/// Something wrong in the metadata.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Problem {
    #[error("artifact: `{file}` is a document that relhelper writes")]
    ArtifactDocument { file: String },
    #[error("artifact `{file}`: {source}")]
    ArtifactKind { file: String, source: UnknownWord },
    #[error("artifact: {0}")]
    ArtifactName(#[from] UnexpectedName),
    #[error("artifact `{file}` is for the target `{target}`, which is not among `targets`")]
    ArtifactTarget { file: String, target: String },
    #[error("there are no artifacts")]
    ArtifactsMissing,
    #[error("there are no programs to stamp")]
    BinariesMissing,
    #[error("program: {source}")]
    BinaryName { source: FileNameError },
    #[error("bundle: {0}")]
    BundlePath(#[source] FileNameError),
    #[error("bundle: `{path}` is a document that relhelper writes")]
    BundleDocument { path: String },
    #[error("there are no files in the bundle")]
    BundleEmpty,
    #[error("bundle: `{file}` would be both a file and a folder")]
    BundleFolder { file: String },
    #[error("the crate `{name}` {version} was compiled, but no input of the build is its file")]
    CrateFileMissing { name: String, version: semver::Version },
    #[error(
        "two files are called `{first}` and `{second}`, which are one name on Windows and macOS"
    )]
    DuplicateName { first: String, second: String },
    #[error("the target `{triple}` is listed twice")]
    DuplicateTarget { triple: String },
    #[error("executables end with `{found}`, expected `{}` for {os}", .os.exe_suffix())]
    ExeSuffix { found: String, os: Os },
    #[error("input `{file}`: the sha256 is `{found}`, expected 64 lower-case hexadecimal digits")]
    InputDigest { file: String, found: String },
    #[error("input `{file}`: {source}")]
    InputKind { file: String, source: UnknownWord },
    #[error(
        "the inputs `{first}` and `{second}` have the same sha256 but are not the same package"
    )]
    InputTwice { first: String, second: String },
    #[error("no derivation among `build.derivations` makes {path}")]
    MakerMissing { path: StorePath },
    #[error("artifact `{file}`: the media type is `{found}`, expected `type/subtype`")]
    MediaType { file: String, found: String },
    #[error("{path}: {source}")]
    NarHash { path: String, source: NarHashError },
    #[error("Nix says no NAR hash of {path}; name it in `exportReferencesGraph.paths`")]
    NarHashMissing { path: StorePath },
    #[error("{field}: `{}` is not one line of text", .found.escape_debug())]
    NotOneLine { field: &'static str, found: String },
    #[error("the path {} is not text", .path.display())]
    NotText { path: PathBuf },
    #[error("the product's name: {source}")]
    ProductName { source: FileNameError },
    #[error("the product's version is `{found}`, expected a version by SemVer 2.0.0: {source}")]
    ProductVersion { found: String, source: semver::Error },
    #[error(
        "the source's revision is `{found}`, expected 40 or 64 lower-case hexadecimal digits, or null"
    )]
    Revision { found: String },
    #[error("`crates.runtime` has {path}, which is no input of the build")]
    RuntimeMissing { path: StorePath },
    #[error("source: {0}")]
    SourceDate(#[from] SourceDateError),
    #[error("the source is said to be {stated}, but by its NAR hash it is {computed}")]
    SourceTree { stated: StorePath, computed: StorePath },
    #[error("{0}")]
    StorePath(#[source] StorePathError),
    #[error("the target `{target}` is said to be {os} on {arch}")]
    TargetDisagrees { target: String, os: Os, arch: Arch },
    #[error("the target's triple: {source}")]
    TargetTriple { source: FileNameError },
    #[error(
        "the target `{target}` is for none of the operating systems that releases are made for"
    )]
    TargetUnknown { target: String },
    #[error("target `{target}`: {source}")]
    TargetWord { target: String, source: UnknownWord },
}

/// Everything wrong in the metadata; never empty.
#[derive(Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems, in the order of the metadata.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the metadata has {} problem{}",
            self.0.len(),
            if self.0.len() == 1 { "" } else { "s" }
        )?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Collects problems while checking goes on.
#[derive(Default)]
pub(super) struct ProblemList(Vec<Problem>);

impl ProblemList {
    pub(super) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Takes note of a problem that may have been found before.
    pub(super) fn add_once(&mut self, problem: Problem) {
        let text = problem.to_string();
        if self.0.iter().all(|known| known.to_string() != text) {
            self.add(problem);
        }
    }

    /// The value, or nothing after taking note of the problem.
    pub(super) fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.add(problem)).ok()
    }

    /// Texts end up in documents that are read line by line.
    pub(super) fn one_line(&mut self, field: &'static str, text: &str) {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            self.add(Problem::NotOneLine { field, found: text.to_owned() });
        }
    }

    /// Names that file systems which ignore case would take for one.
    pub(super) fn distinct<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let mut seen = std::collections::BTreeMap::new();
        for second in names {
            if let Some(first) = seen.insert(second.to_ascii_lowercase(), second) {
                self.add(Problem::DuplicateName {
                    first: first.to_owned(),
                    second: second.to_owned(),
                });
            }
        }
    }

    /// `value`, if nothing was wrong.
    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, Problems> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problems(self.0)),
        }
    }
}
