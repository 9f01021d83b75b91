//! The parts of a report, as they are found.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::derivations::State;
use crate::compare::report::FileReport;
use crate::facts::Sha256;
use crate::nix::StorePath;

/// The steps of a rebuild, in their order. All are needed for a conclusion that is a yes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StepName {
    /// The published files agree with each other.
    Verify,
    /// The source is the one that the provenance names.
    Source,
    /// Nix is set so that what it builds means something.
    Settings,
    /// The source gives the derivations and inputs that the provenance names.
    Derivations,
    /// Everything was built, and built here.
    Build,
    /// The inputs that were built from have the bytes that they are pinned to.
    Inputs,
    /// What was built is what is published.
    Compare,
}

impl StepName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Verify,
        Self::Source,
        Self::Settings,
        Self::Derivations,
        Self::Build,
        Self::Inputs,
        Self::Compare,
    ];
}

/// How a step ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which one.
    pub name: StepName,
    /// Whether it found what it should.
    pub outcome: Outcome,
    /// What was done, in a sentence.
    pub summary: String,
    /// What is wrong or could not be told, as sentences.
    pub problems: Vec<String>,
}

/// Three answers, of which the last is never a pass.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Yes,
    Unknown,
    No,
}

/// Which part of the release was rebuilt.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Whether it was all of it, sidecars included.
    pub whole: bool,
    /// The artifacts.
    pub artifacts: Vec<String>,
}

/// The release, by its own words.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Subject {
    pub name: String,
    pub version: String,
    pub revision: Option<String>,
    /// Where it was read from, as the caller wrote it.
    pub origin: String,
}

/// A derivation and how its outputs came to be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Derivation {
    pub path: StorePath,
    pub state: State,
}

/// How a published file relates to the rebuilt one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FileVerdict {
    /// It could not be told.
    Inconclusive,
    /// The same bytes.
    Match,
    /// A signature of the operating system's kind is the only difference, and that is proven; or, with the published signatures
    /// put onto what was built, the bytes are the same.
    MatchButForSignature,
    /// Other bytes.
    Mismatch,
    /// Only one of the two is there.
    Missing,
    /// It is added by people after the build (signatures and what belongs to them), so there is nothing to compare.
    NotBuilt,
}

impl FileVerdict {
    /// What it means for the whole.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Inconclusive => Outcome::Unknown,
            Self::Match | Self::MatchButForSignature | Self::NotBuilt => Outcome::Yes,
            Self::Mismatch | Self::Missing => Outcome::No,
        }
    }
}

/// One file of the release.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its name.
    pub file: String,
    /// The finding.
    pub verdict: FileVerdict,
    /// Digest of the published bytes.
    pub published: Option<Sha256>,
    /// Digest of the rebuilt bytes.
    pub rebuilt: Option<Sha256>,
    /// What differs, where, and the likely cause; or why it could not be told.
    pub findings: Vec<String>,
    /// The same for programs.
    pub explanation: Option<FileReport>,
}

/// What ran where: claims of this machine about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Environment {
    pub relhelper: String,
    pub nix: Option<String>,
    /// The program, as it was found.
    pub nix_program: Option<String>,
    pub nix_sha256: Option<Sha256>,
    /// Values of the settings that the answer rests on.
    pub settings: BTreeMap<String, String>,
    pub store: String,
    pub kernel: Option<String>,
    pub processor: Option<String>,
    /// RFC 3339, UTC.
    pub started: String,
    pub finished: String,
}

/// Something that a rebuild cannot show, or that this one did not.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Gap {
    pub what: &'static str,
    pub why: String,
}

/// What is known when a rebuild ends, however far it came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Findings {
    pub subject: Subject,
    pub scope: Scope,
    pub steps: Vec<Step>,
    pub derivations: Vec<Derivation>,
    pub files: Vec<File>,
    pub environment: Environment,
}
