//! The verdict on two files or two trees, with what was found.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use super::envelope::Proof;
use super::explain::Explanation;
use crate::facts::Sha256;

/// Whether a published file and a rebuilt one are the same.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Equal bytes.
    Match,
    /// It is proven that code signatures of the operating system are the only difference.
    MatchButForSignature,
    /// It could not be told.
    Inconclusive,
    /// Other bytes.
    Mismatch,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Match => "match",
            Self::MatchButForSignature => "match but for signature",
            Self::Inconclusive => "inconclusive",
            Self::Mismatch => "mismatch",
        })
    }
}

/// One file of either side.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileReport {
    /// Its path in the folders, with `/`; the name of the published file where two files are compared.
    pub path: String,
    /// The finding.
    pub verdict: Verdict,
    /// Of the published side; nothing where it is not there.
    pub published: Option<Side>,
    /// Of the rebuilt side.
    pub rebuilt: Option<Side>,
    /// Why it could not be told, or why it is no match but for signature; of a bundle that is one, which programs are signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// That code signatures are the only difference: what they are, and what is equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// What differs, and why.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// A file of one side.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Size in bytes; of a symbolic link, that of its target's name.
    pub size: u64,
    /// Digest, where it was computed: equal files need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
}

/// Two files or two trees.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// That of the worst file; a mismatch is worse than what could not be told.
    pub verdict: Verdict,
    /// What was compared, as it was called.
    pub published: String,
    /// What it was compared with.
    pub rebuilt: String,
    /// Every file of either side that is part of the comparison, in the byte order of the paths.
    pub files: Vec<FileReport>,
    /// Files that signing and publishing add to a release; they are not compared.
    pub not_compared: Vec<String>,
}

impl Report {
    /// Draws the conclusion. Nothing to compare is no match.
    #[must_use]
    pub fn new(
        published: String,
        rebuilt: String,
        files: Vec<FileReport>,
        not_compared: Vec<String>,
    ) -> Self {
        let verdict = files.iter().map(|file| file.verdict).max().unwrap_or(Verdict::Inconclusive);
        Self { verdict, published, rebuilt, files, not_compared }
    }

    /// How many files have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.files.iter().filter(|file| file.verdict == verdict).count()
    }

    /// One line of numbers.
    #[must_use]
    pub fn counts(&self) -> String {
        let one = |verdict| (self.count(verdict), verdict);
        let all = [
            Verdict::Match,
            Verdict::MatchButForSignature,
            Verdict::Mismatch,
            Verdict::Inconclusive,
        ]
        .map(one);
        let some: Vec<_> = all
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect();
        if some.is_empty() { "nothing to compare".to_owned() } else { some.join(", ") }
    }
}
