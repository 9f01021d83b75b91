//! What a rebuild found out, and the conclusion.
//!
//! Format: `docs/formats/rebuild-report.md`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::derivations::State;
pub use super::findings::{
    Derivation, Environment, File, FileVerdict, Findings, Gap, Outcome, Scope, Step, StepName,
    Subject,
};
use crate::error::Answer;

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
