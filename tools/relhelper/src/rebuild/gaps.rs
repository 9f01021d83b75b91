//! What a rebuild did not establish. Told in every report: a verdict is worth what stands beside it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::derivations::State;
use super::report::{Findings, Gap, StepName};

/// What cannot be shown by rebuilding at all, and what this run left open.
#[must_use]
pub fn gaps(findings: &Findings) -> Vec<Gap> {
    let environment = &findings.environment;
    let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
    let mut gaps = vec![
        Gap {
            what: "Nix's own program",
            why: format!(
                "it made the sandbox and kept the store: version {}, {}. That it does what it should is taken for granted",
                told(&environment.nix),
                environment
                    .nix_sha256
                    .map_or("of unknown bytes".to_owned(), |digest| format!("SHA-256 {digest}")),
            ),
        },
        Gap {
            what: "the kernel",
            why: format!("every build ran on it: {}", told(&environment.kernel)),
        },
        Gap {
            what: "the processor and its firmware",
            why: format!(
                "every build ran on it: {}. Another one was not tried",
                told(&environment.processor)
            ),
        },
        Gap {
            what: "what the inputs do",
            why: "compilers and libraries have the bytes that are pinned; equal output says nothing about whether those are benign"
                .to_owned(),
        },
        Gap {
            what: "independence",
            why: "whether whoever rebuilt and whoever published are different people with different machines, no program can tell"
                .to_owned(),
        },
    ];
    let count = |state| findings.derivations.iter().filter(|one| one.state == state).count();
    let mut state = |state, what, why: &str| match count(state) {
        0 => {}
        1 => gaps.push(Gap { what, why: format!("1 derivation {why}") }),
        several => gaps.push(Gap { what, why: format!("{several} derivations {why}") }),
    };
    state(
        State::BuiltEarlier,
        "builds before this run",
        "in the store already; by Nix's database this machine built them, and what happened then was not seen. `--again all`, or `--store` with an empty folder, builds them now",
    );
    state(
        State::Copied,
        "copied outputs",
        "in the store of which Nix does not say that this machine built them",
    );
    state(
        State::NotNeeded,
        "builds that were not needed",
        "not in the store; what is built from them was there already, and was not traced further back",
    );
    if !findings.scope.whole {
        gaps.push(Gap {
            what: "the rest of the release",
            why: "only some of its artifacts were rebuilt; sidecars come with the whole".to_owned(),
        });
    }
    let left_out: Vec<_> = StepName::ALL
        .iter()
        .filter(|name| !findings.steps.iter().any(|step| step.name == **name))
        .map(|name| name.words())
        .collect();
    if !left_out.is_empty() {
        gaps.push(Gap { what: "steps that were not reached", why: left_out.join(", ") });
    }
    gaps
}

impl StepName {
    /// What the step looks into, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Compare => "comparison",
            Self::Derivations => "derivations",
            Self::Inputs => "inputs",
            Self::Settings => "settings of Nix",
            Self::Source => "source",
            Self::Verify => "published files",
        }
    }
}
