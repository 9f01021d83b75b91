//! One variant per way in which what cargo says can be unusable.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use semver::Version;

use super::units::VERSION;

/// Output of cargo that is not of the expected form.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum CargoOutputError {
    #[error("it is not the output of `cargo metadata`: {0}")]
    Metadata(#[source] serde_json::Error),
    #[error("it is not the output of `cargo build --unit-graph`: {0}")]
    UnitGraph(#[source] serde_json::Error),
    #[error("the unit graph has version {found}, expected {VERSION}; another cargo made it")]
    Version { found: u64 },
    #[error("the unit graph has no version, expected {VERSION}")]
    VersionMissing,
}

/// Something wrong in what cargo says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum CrateProblem {
    #[error("these depend on each other: {}", .names.join(" → "))]
    Cycle { names: Vec<String> },
    #[error("`{id}` is compiled, but `cargo metadata` does not know it")]
    PackageUnknown { id: String },
    #[error("`{id}` is compiled for {found}, expected {expected} or the build machine")]
    Platform { id: String, found: String, expected: String },
    #[error("`{id}` is asked for, but it is not compiled for the target; give cargo `--target`")]
    RootNotLinked { id: String },
    #[error("nothing is asked for")]
    RootMissing,
    #[error("programs of several packages are asked for, expected one: {}", .ids.join(", "))]
    RootSeveral { ids: Vec<String> },
    #[error(
        "`{id}` comes from `{found}`, expected a registry or the workspace; publish it, or make it a member"
    )]
    Source { id: String, found: String },
    #[error("the standard library's workspace compiles no package `std`")]
    StdMissing,
    #[error("two packages are `{name}` {version}, from different registries")]
    Twice { name: String, version: Version },
    #[error("`{id}`: there is no unit {index} among {units}")]
    UnitMissing { id: String, index: usize, units: usize },
    #[error("`{id}` is compiled in the mode `{found}`, expected `build` or `run-custom-build`")]
    UnitMode { id: String, found: String },
}

/// Everything wrong in what cargo says of one target; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CrateProblems(Vec<CrateProblem>);

impl CrateProblems {
    /// The problems; nothing if there are none.
    pub(super) fn of(mut problems: Vec<CrateProblem>) -> Option<Self> {
        let mut seen = std::collections::BTreeSet::new();
        problems.retain(|problem| seen.insert(problem.to_string()));
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems, each once.
    #[must_use]
    pub fn list(&self) -> &[CrateProblem] {
        &self.0
    }
}

impl fmt::Display for CrateProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "what cargo says of its build has {} problem{plural}", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for CrateProblems {}
