//! What counting the attestations of a release told.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use super::run::Identity;
use crate::error::Answer;
use crate::facts::Sha256;

/// Which builders reproduced what, and whether that is enough.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// Whether enough builders agree on every artifact.
    pub answer: Enough,
    /// Builders that it takes.
    pub threshold: usize,
    /// Whether every artifact was reproduced by two builders that different people run on different machines.
    pub independent: bool,
    /// One for each artifact of the release.
    pub artifacts: Vec<Artifact>,
    /// One for each line of the file.
    pub lines: Vec<Told>,
}

/// Whether a policy is met.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Enough {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It is not, but there are lines that could not be read.
    Unknown,
}

impl From<Enough> for Answer {
    fn from(enough: Enough) -> Self {
        match enough {
            Enough::Yes => Self::Yes,
            Enough::No => Self::No,
            Enough::Unknown => Self::Unknown,
        }
    }
}

/// One line for each attestation, for each artifact, and for the answer.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in &self.lines {
            writeln!(f, "line {}: {}", told.number, told.outcome)?;
        }
        for artifact in &self.artifacts {
            let (found, threshold) = (artifact.reproduced_by.len(), self.threshold);
            let enough = if found >= threshold { "" } else { ", too few" };
            writeln!(f, "{}: {found} of {threshold} builders{enough}", artifact.file)?;
            for conflict in &artifact.conflicts {
                writeln!(f, "  conflict: {} got {}", conflict.builder, conflict.rebuilt)?;
            }
        }
        let answer = match self.answer {
            Enough::Yes => "enough builders agree",
            Enough::No => "not enough builders agree",
            Enough::Unknown => "not enough builders agree, and there are lines that cannot be read",
        };
        let independent = if self.independent { ", two of them independent" } else { "" };
        writeln!(f, "{answer}{independent}")
    }
}

/// What counting told, or why nothing could be counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Rebuilds {
    /// It was counted.
    Counted(Count),
    /// It was not.
    NotCounted {
        /// [`Enough::Unknown`].
        answer: Enough,
        /// Why.
        reason: String,
    },
}

impl Rebuilds {
    /// Whether enough builders agree.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::Counted(Count { answer, .. }) | Self::NotCounted { answer, .. } => {
                (*answer).into()
            }
        }
    }
}

impl fmt::Display for Rebuilds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted(count) => count.fmt(f),
            Self::NotCounted { reason, .. } => {
                writeln!(f, "the builders could not be counted: {reason}")
            }
        }
    }
}

/// What builders say of an artifact.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Its name.
    pub file: String,
    /// Of its bytes as published.
    pub sha256: Sha256,
    /// Who got the same bytes.
    pub reproduced_by: BTreeSet<Identity>,
    /// Who says that they got others. They do not count, whatever else they say.
    pub conflicts: Vec<Conflict>,
}

/// A builder of the policy that got other bytes than those published.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Who.
    pub builder: Identity,
    /// Where it says so.
    pub line: usize,
    /// Of the bytes it got.
    pub rebuilt: Sha256,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Counted from 1.
    pub number: usize,
    /// Of the line.
    pub sha256: Sha256,
    /// Whether it counted, and why not.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether a line counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// A builder of the policy reproduced artifacts.
    Counted {
        /// Who.
        builder: Identity,
        /// How many.
        artifacts: usize,
    },
    /// A builder of the policy got other bytes.
    Differs {
        /// Who.
        builder: Identity,
        /// Of how many artifacts.
        artifacts: usize,
    },
    /// It counts for nothing.
    Refused {
        /// In words.
        #[serde(serialize_with = "as_text")]
        reason: Refusal,
    },
    /// It is about something else than a build: a verification summary.
    Unrelated {
        /// The type of its predicate.
        predicate_type: String,
    },
}

/// Why a line does not count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Refusal {
    #[error("it is of {what} than the release")]
    Build { what: &'static str },
    #[error("the builder is `{}`, which the policy does not name", .id.escape_debug())]
    Builder { id: String },
    #[error("its buildType is `{}`, the policy wants `{expected}`", .found.escape_debug())]
    BuildType { found: String, expected: String },
    #[error("it names the builder `{id}`, and is signed by no key of that builder")]
    ForeignKey { id: String },
    #[error("it says the same as line {line}, which is counted already")]
    Again { line: usize },
    #[error("its parameter `{name}` is not the one that the policy wants")]
    Parameter { name: String },
    #[error("its payload is of the type `{}`, expected `application/vnd.in-toto+json`", .found.escape_debug())]
    PayloadType { found: String },
    #[error("its predicate is of the type `{}`, which says nothing about a build", .found.escape_debug())]
    PredicateType { found: String },
    #[error("it was built from {found}, the policy wants the commit {expected}")]
    Revision { found: String, expected: String },
    #[error("it makes no sense: {reason}")]
    Statement { reason: String },
    #[error("`{}` is no artifact of the release", .name.escape_debug())]
    Subject { name: String },
    #[error("it says that `{name}` was reproduced, with other bytes than those published: {found}")]
    SubjectDigest { name: String, found: Sha256 },
    #[error(
        "it is about {found} of {expected} artifacts, and the policy wants all of them in one statement"
    )]
    Subset { found: usize, expected: usize },
    #[error("no key of the policy has signed it")]
    UnknownKey,
    #[error("it cannot be read: {reason}")]
    Unreadable { reason: String },
}

fn as_text<S: Serializer>(refusal: &Refusal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(refusal)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted { builder, artifacts } => {
                write!(f, "{builder} reproduced {artifacts} artifacts")
            }
            Self::Differs { builder, artifacts } => {
                write!(f, "{builder} got other bytes for {artifacts} artifacts")
            }
            Self::Refused { reason } => write!(f, "does not count: {reason}"),
            Self::Unrelated { predicate_type } => {
                write!(f, "is not about a build: {predicate_type}")
            }
        }
    }
}
