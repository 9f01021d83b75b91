//! The platforms of a release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::metadata::{RawBundleTarget, RawCrateFolders, RawTarget};
use super::problem::{Problem, ProblemList};
use super::{Arch, Os, Tier};
use crate::release::FileName;

/// One platform. The triple says what the compiler was asked for; the rest is for people and
/// installers, who should not have to take a triple apart.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Target {
    pub triple: FileName,
    pub os: Os,
    pub arch: Arch,
    pub tier: Tier,
}

impl Target {
    pub(super) fn check(raw: RawTarget, problems: &mut ProblemList) -> Option<Self> {
        let triple = problems.keep(
            raw.triple.parse::<FileName>().map_err(|source| Problem::TargetTriple { source }),
        );
        let unknown = |source| Problem::TargetWord { target: raw.triple.clone(), source };
        let os = problems.keep(raw.os.parse::<Os>().map_err(unknown));
        let arch = problems.keep(raw.arch.parse::<Arch>().map_err(unknown));
        let tier = problems.keep(raw.tier.parse::<Tier>().map_err(unknown));
        let target = Self { triple: triple?, os: os?, arch: arch?, tier: tier? };
        if !target.triple_agrees() {
            problems.add(Problem::TargetDisagrees {
                target: raw.triple,
                os: target.os,
                arch: target.arch,
            });
        }
        Some(target)
    }

    /// The targets of a release in the order of their triples, and where their crates are listed.
    pub(super) fn check_all(
        rows: Vec<RawTarget>,
        problems: &mut ProblemList,
    ) -> (Vec<Self>, BTreeMap<FileName, RawCrateFolders>) {
        let mut targets = Vec::new();
        let mut crate_folders = BTreeMap::new();
        for mut raw in rows {
            let folders = raw.crates.take();
            if let Some(target) = Self::check(raw, problems) {
                crate_folders.extend(folders.map(|folders| (target.triple.clone(), folders)));
                targets.push(target);
            }
        }
        targets.sort_by(|a, b| a.triple.cmp(&b.triple));
        for pair in targets.windows(2).filter(|pair| pair[0].triple == pair[1].triple) {
            problems.add(Problem::DuplicateTarget { triple: pair[0].triple.to_string() });
        }
        (targets, crate_folders)
    }

    pub(super) fn check_bundle(raw: RawBundleTarget, problems: &mut ProblemList) -> Option<Self> {
        let RawBundleTarget { triple, os, arch, tier, exe_suffix } = raw;
        let target = Self::check(RawTarget { triple, os, arch, tier, crates: None }, problems)?;
        if exe_suffix != target.os.exe_suffix() {
            problems.add(Problem::ExeSuffix { found: exe_suffix, os: target.os });
        }
        Some(target)
    }

    /// Whether the triple names the same architecture and operating system as the other fields.
    fn triple_agrees(&self) -> bool {
        let triple = self.triple.as_str();
        Os::of_triple(triple) == Some(self.os) && triple.starts_with(self.arch.as_str())
    }
}

impl Os {
    /// The operating system that a Rust target triple names.
    #[must_use]
    pub fn of_triple(triple: &str) -> Option<Self> {
        let marks = [
            (Self::Linux, "-linux-"),
            (Self::Macos, "-apple-darwin"),
            (Self::Windows, "-windows-"),
        ];
        marks.into_iter().find(|(_, mark)| triple.contains(mark)).map(|(os, _)| os)
    }
}
