//! What `relhelper verify` found. `docs/formats/verify-report.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use super::problem::{Problem, Unchecked};
use crate::facts::Sha256;

/// The outcome of verifying a release.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Where the release was read from, as the user called it.
    pub origin: String,
    /// Yes, no, or could not tell.
    pub verdict: Verdict,
    /// What the release says it is, if it says that.
    pub release: Option<Identity>,
    /// Number of files whose bytes were read to the end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the place could be listed. Where it could not, files that no document names were not looked for.
    pub listed: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
}

/// The one-word outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything was checked, and nothing is wrong.
    Pass,
    /// Something is wrong.
    Fail,
    /// Nothing was found wrong, but not everything could be checked.
    Unknown,
}

/// What a release says it is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the types say it")]
pub struct Identity {
    pub name: String,
    pub version: String,
    pub revision: Option<String>,
    /// Of `SHA256SUMS`, which names every other file by digest.
    pub sha256sums: Sha256,
}

impl Verdict {
    /// What follows from problems and what could not be checked.
    #[must_use]
    pub fn of(problems: &[Problem], unchecked: &[Unchecked]) -> Self {
        if !problems.is_empty() {
            Self::Fail
        } else if !unchecked.is_empty() {
            Self::Unknown
        } else {
            Self::Pass
        }
    }
}

/// For people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        for unchecked in &self.unchecked {
            writeln!(f, "{}: could not be checked: {}", unchecked.file, unchecked.reason)?;
        }
        let (origin, files, bytes) = (&self.origin, self.files, self.bytes);
        match &self.release {
            Some(Identity { name, version, revision, .. }) => {
                let commit = revision.as_deref().unwrap_or("not committed");
                writeln!(f, "{origin}: {name} {version}, commit {commit}")?;
            }
            None => writeln!(f, "{origin}: cannot tell which release this is")?,
        }
        writeln!(f, "files read: {files}, bytes: {bytes}")?;
        if !self.listed {
            writeln!(
                f,
                "not looked for: files that no document names, since the place cannot be listed"
            )?;
        }
        let (problems, unchecked) = (self.problems.len(), self.unchecked.len());
        match self.verdict {
            Verdict::Pass => writeln!(
                f,
                "pass: the release is complete and agrees with itself; who made it, only signatures tell"
            ),
            Verdict::Fail => writeln!(f, "FAIL: problems: {problems}, not checked: {unchecked}"),
            Verdict::Unknown => {
                writeln!(f, "UNKNOWN: not checked: {unchecked}, so this is no pass")
            }
        }
    }
}
