//! What a release was built from, and with.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::SourceDate;
use super::metadata::{RawSource, RawToolchain};
use super::problem::{Problem, ProblemList};

/// Identity of the source.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The git commit, as 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits; none when the
    /// source was not committed.
    pub revision: Option<String>,
    /// Time of that commit.
    pub source_date: SourceDate,
}

impl Source {
    pub(super) fn check(raw: RawSource, problems: &mut ProblemList) -> Option<Self> {
        if let Some(revision) = &raw.revision {
            let hexadecimal =
                revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hexadecimal || !matches!(revision.len(), 40 | 64) {
                problems.add(Problem::Revision { found: revision.clone() });
            }
        }
        let date = problems.keep(SourceDate::from_seconds(raw.source_date).map_err(Problem::from));
        Some(Self { revision: raw.revision, source_date: date? })
    }
}

/// Name of a tool → its version; none when the caller compiled by other means.
#[derive(Clone, Debug, Serialize)]
pub struct Toolchain(Option<BTreeMap<String, String>>);

impl Toolchain {
    pub(super) fn check(raw: RawToolchain, problems: &mut ProblemList) -> Self {
        for (tool, version) in raw.iter().flatten() {
            problems.one_line("toolchain", tool);
            problems.one_line("toolchain", version);
        }
        Self(raw)
    }

    /// Tools and versions, by name, when they are known.
    #[must_use]
    pub fn tools(&self) -> Option<&BTreeMap<String, String>> {
        self.0.as_ref()
    }
}
