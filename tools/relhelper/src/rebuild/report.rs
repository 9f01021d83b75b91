//! What a rebuild found out, and the conclusion.
//!
//! Format: `docs/formats/rebuild-report.md`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::derivations::State;
use crate::error::Answer;
use crate::facts::Sha256;
use crate::nix::StorePath;

/// The conclusion.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Something differs, or is not what the publisher says. Exit code 1.
    NotReproduced,
    /// Everything in the scope was built here and is the same. Exit code 0.
    Reproduced,
    /// Neither could be established. Exit code 2.
    Unknown,
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::NotReproduced => Self::No,
            Verdict::Reproduced => Self::Yes,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

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
    /// A signature of the operating system's kind is the only difference, and that is proven.
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

/// The report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Report {
    pub format_version: u32,
    pub verdict: Verdict,
    pub release: Subject,
    pub scope: Scope,
    pub steps: Vec<Step>,
    pub files: Vec<File>,
    pub derivations: Vec<Derivation>,
    pub environment: Environment,
    pub not_established: Vec<Gap>,
}

impl Report {
    /// Draws the conclusion.
    #[must_use]
    pub fn new(findings: Findings) -> Self {
        let not_established = super::gaps::gaps(&findings);
        let Findings { subject, scope, steps, derivations, mut files, environment } = findings;
        files.sort_by(|a, b| a.file.cmp(&b.file));
        Self {
            format_version: crate::document::json::FORMAT_VERSION,
            verdict: verdict(&steps, &scope, &derivations, &files),
            release: subject,
            scope,
            steps,
            files,
            derivations,
            environment,
            not_established,
        }
    }

    /// How many files have this verdict.
    #[must_use]
    pub fn count(&self, verdict: FileVerdict) -> usize {
        self.files.iter().filter(|file| file.verdict == verdict).count()
    }

    /// How many derivations are in this state.
    #[must_use]
    pub fn derivations_in(&self, state: State) -> usize {
        self.derivations.iter().filter(|derivation| derivation.state == state).count()
    }
}

/// One no makes it a no. A yes takes every step, and every artifact of the scope found to be the same.
fn verdict(steps: &[Step], scope: &Scope, derivations: &[Derivation], files: &[File]) -> Verdict {
    let of_state = |state| match state {
        State::Copied | State::Failed => Outcome::Unknown,
        State::Differs => Outcome::No,
        _ => Outcome::Yes,
    };
    let outcomes = steps.iter().map(|step| step.outcome);
    let outcomes = outcomes.chain(derivations.iter().map(|one| of_state(one.state)));
    let worst = outcomes.chain(files.iter().map(|file| file.verdict.outcome())).max();
    let all_steps = StepName::ALL.iter().all(|name| steps.iter().any(|step| step.name == *name));
    let compared = |artifact: &String| {
        let same = [FileVerdict::Match, FileVerdict::MatchButForSignature];
        files.iter().any(|file| file.file == *artifact && same.contains(&file.verdict))
    };
    let complete = all_steps
        && !scope.artifacts.is_empty()
        && scope.artifacts.iter().all(compared)
        && derivations.iter().any(|one| one.state.is_built_here());
    match worst {
        Some(Outcome::No) => Verdict::NotReproduced,
        Some(Outcome::Yes) if complete => Verdict::Reproduced,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::samples;

    fn verdict_after(change: impl FnOnce(&mut Findings)) -> Verdict {
        let mut findings = samples::good();
        change(&mut findings);
        Report::new(findings).verdict
    }

    #[test]
    fn a_yes_takes_every_step_and_every_artifact() {
        assert_eq!(verdict_after(|_| ()), Verdict::Reproduced);
        for index in 0..StepName::ALL.len() {
            let missing = verdict_after(|findings| drop(findings.steps.remove(index)));
            assert_eq!(missing, Verdict::Unknown, "{index}");
            let open = verdict_after(|findings| findings.steps[index].outcome = Outcome::Unknown);
            assert_eq!(open, Verdict::Unknown, "{index}");
            let wrong = verdict_after(|findings| findings.steps[index].outcome = Outcome::No);
            assert_eq!(wrong, Verdict::NotReproduced, "{index}");
        }
        assert_eq!(verdict_after(|findings| drop(findings.files.remove(0))), Verdict::Unknown);
        assert_eq!(verdict_after(|findings| findings.files.clear()), Verdict::Unknown);
        assert_eq!(verdict_after(|findings| findings.derivations.clear()), Verdict::Unknown);
        assert_eq!(verdict_after(|findings| *findings = Findings::default()), Verdict::Unknown);
        // An artifact is built, whatever it is called.
        let unbuilt = verdict_after(|findings| findings.files[0].verdict = FileVerdict::NotBuilt);
        assert_eq!(unbuilt, Verdict::Unknown);
    }

    #[test]
    fn no_path_that_was_copied_or_failed_gives_a_yes() {
        for (state, expected) in [
            (State::BuiltAgain, Verdict::Reproduced),
            (State::BuiltEarlier, Verdict::Reproduced),
            (State::Copied, Verdict::Unknown),
            (State::Differs, Verdict::NotReproduced),
            (State::Failed, Verdict::Unknown),
            // Nothing at all was built.
            (State::NotNeeded, Verdict::Unknown),
        ] {
            let found = verdict_after(|findings| {
                findings.derivations.iter_mut().for_each(|one| one.state = state);
            });
            assert_eq!(found, expected, "{state:?}");
        }
    }

    #[test]
    fn one_file_decides() {
        for (verdict, expected) in [
            (FileVerdict::MatchButForSignature, Verdict::Reproduced),
            (FileVerdict::Inconclusive, Verdict::Unknown),
            (FileVerdict::Mismatch, Verdict::NotReproduced),
            (FileVerdict::Missing, Verdict::NotReproduced),
        ] {
            let found = verdict_after(|findings| findings.files[0].verdict = verdict);
            assert_eq!(found, expected, "{verdict:?}");
        }
        // A no stays one, whatever else is open.
        let both = verdict_after(|findings| {
            findings.files[0].verdict = FileVerdict::Mismatch;
            findings.files[1].verdict = FileVerdict::Inconclusive;
        });
        assert_eq!(both, Verdict::NotReproduced);
    }
}
