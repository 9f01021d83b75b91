//! What `relhelper verify` found. `docs/formats/verify-report.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use super::problem::{Problem, Unchecked};
use crate::error::Answer;
use crate::facts::Sha256;
use crate::trust::{self, Decision, Outcome};

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
    /// What the user's keys or policy make of the signatures.
    pub signatures: trust::Report,
}

impl Report {
    /// Adds what was found of the signatures. They can turn a pass into another verdict, and nothing into a pass.
    #[must_use]
    pub fn with_signatures(mut self, signatures: trust::Report) -> Self {
        if signatures.policy.is_some() {
            self.verdict = match (self.verdict, signatures.answer()) {
                (Verdict::Fail, _) | (_, Answer::No) => Verdict::Fail,
                (Verdict::Unknown, _) | (_, Answer::Unknown) => Verdict::Unknown,
                (Verdict::Pass, Answer::Yes) => Verdict::Pass,
            };
        }
        self.signatures = signatures;
        self
    }
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

/// Notes decide nothing, so of many with the same outcome only the first is shown; JSON has them all.
fn write_notes(mut notes: &[&Outcome], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    while let Some((first, rest)) = notes.split_first() {
        let alike = rest.iter().take_while(|other| other.outcome == first.outcome).count();
        match alike {
            0 => writeln!(f, "note: {first}")?,
            _ => writeln!(f, "note: {first}; and {alike} more that are {}", first.outcome)?,
        }
        notes = &rest[alike..];
    }
    Ok(())
}

/// For people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        for unchecked in &self.unchecked {
            writeln!(f, "{unchecked}")?;
        }
        let decides = |outcome: &&Outcome| outcome.decision != Decision::Note;
        self.signatures.outcomes.iter().filter(decides).try_for_each(|one| writeln!(f, "{one}"))?;
        let notes: Vec<_> = self.signatures.outcomes.iter().filter(|one| !decides(one)).collect();
        write_notes(&notes, f)?;
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
        let signatures = match &self.signatures.policy {
            Some(policy) => format!(", signatures as {policy} asks: {}", self.signatures.answer()),
            None => String::new(),
        };
        match self.verdict {
            Verdict::Pass => match &self.signatures.policy {
                Some(policy) if self.signatures.asks_nothing => writeln!(
                    f,
                    "pass: the release is complete, agrees with itself, and was rebuilt as {policy} asks"
                ),
                Some(policy) => writeln!(
                    f,
                    "pass: the release is complete, agrees with itself, and is signed as {policy} asks"
                ),
                None => writeln!(
                    f,
                    "pass: the release is complete and agrees with itself; who made it, only signatures tell"
                ),
            },
            Verdict::Fail => {
                writeln!(f, "FAIL: problems: {problems}, not checked: {unchecked}{signatures}")
            }
            Verdict::Unknown => {
                writeln!(f, "UNKNOWN: not checked: {unchecked}{signatures}, so this is no pass")
            }
        }
    }
}
