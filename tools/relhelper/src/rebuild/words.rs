//! The words of a report, the same in all forms for people.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::derivations::State;
use super::report::{FileVerdict, Outcome, Report, Verdict};

/// The conclusion in a sentence.
#[must_use]
pub fn conclusion(report: &Report) -> String {
    let release = &report.release;
    let name = format!("{} {}", release.name, release.version);
    let scope = match report.scope.artifacts.len() {
        _ if release.name.is_empty() => release.origin.clone(),
        _ if report.scope.whole => format!("{name}, all of it"),
        // Nothing was chosen yet when the run ended.
        0 => name,
        1 => format!("1 artifact of {name}"),
        several => format!("{several} artifacts of {name}"),
    };
    match report.verdict {
        Verdict::NotReproduced => format!("not reproduced: {scope}"),
        Verdict::Reproduced => format!("reproduced: {scope}"),
        Verdict::Unknown => format!("could not be told: {scope}"),
    }
}

/// Beside a step.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::No => "no",
        Outcome::Unknown => "could not tell",
        Outcome::Yes => "yes",
    }
}

/// Beside a file.
#[must_use]
pub fn file(verdict: FileVerdict) -> &'static str {
    match verdict {
        FileVerdict::Inconclusive => "inconclusive",
        FileVerdict::Match => "match",
        FileVerdict::MatchButForSignature => "match but for signature",
        FileVerdict::Mismatch => "MISMATCH",
        FileVerdict::Missing => "MISSING",
        FileVerdict::NotBuilt => "added after the build",
    }
}

/// How the outputs of a derivation came to be.
#[must_use]
pub fn state(state: State) -> &'static str {
    match state {
        State::BuiltAgain => "was there, built again: the same",
        State::BuiltEarlier => "built here earlier, by Nix's database",
        State::BuiltNow => "built now",
        State::Copied => "copied, or not known to be built here",
        State::Differs => "was there, built again: DIFFERS",
        State::Failed => "FAILED",
        State::NotNeeded => "not needed",
    }
}

/// All states, the ones that need attention first.
pub const STATES: [State; 7] = [
    State::Failed,
    State::Differs,
    State::Copied,
    State::BuiltNow,
    State::BuiltAgain,
    State::BuiltEarlier,
    State::NotNeeded,
];
