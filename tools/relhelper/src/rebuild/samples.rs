//! A published release for the tests of this folder.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::derivations::State;
use super::report::{
    Derivation, Environment, File, FileVerdict, Findings, Outcome, Scope, Step, StepName, Subject,
};
use super::{Published, Report};
use crate::document;
use crate::facts::{Sha256, samples};
use crate::nix::StorePath;
use crate::release::FileName;

/// `provenance.json` and `release-manifest.json`.
pub(super) fn documents() -> (Vec<u8>, Vec<u8>) {
    let facts = samples::release_facts();
    (document::provenance(&facts), document::manifest(&facts))
}

pub(super) fn published() -> Published {
    let (provenance, manifest) = documents();
    Published::read(&provenance, &manifest).unwrap()
}

/// A report of a release of which one file differs.
pub(super) fn report() -> Report {
    Report::new(findings())
}

/// What was found when nothing is wrong.
pub(crate) fn good() -> Findings {
    let step = |name: StepName| Step {
        name,
        outcome: Outcome::Yes,
        summary: format!("{} looked into", name.words()),
        problems: Vec::new(),
    };
    let file = |name: &str| File {
        file: name.to_owned(),
        verdict: FileVerdict::Match,
        published: Some(Sha256::of(name.as_bytes())),
        rebuilt: Some(Sha256::of(name.as_bytes())),
        findings: Vec::new(),
        explanation: None,
    };
    let published = published();
    let derivation = |(path, state): (&StorePath, State)| Derivation { path: path.clone(), state };
    Findings {
        subject: Subject {
            name: published.name.clone(),
            version: published.version.clone(),
            revision: published.revision.clone(),
            origin: "https://releases.example/hello/1.2.3".to_owned(),
        },
        scope: Scope {
            whole: true,
            artifacts: published.artifacts.keys().map(ToString::to_string).collect(),
        },
        steps: StepName::ALL.into_iter().map(step).collect(),
        derivations: published
            .derivations
            .iter()
            .zip([State::BuiltNow].into_iter().cycle())
            .map(derivation)
            .collect(),
        files: published
            .artifacts
            .keys()
            .map(FileName::as_str)
            .chain(["SHA256SUMS", "hello-1.2.3.intoto.jsonl"])
            .map(file)
            .collect(),
        environment: Environment {
            relhelper: "0.1.0".to_owned(),
            nix: Some("nix (Nix) 2.34.8".to_owned()),
            nix_program: Some("/usr/bin/nix".to_owned()),
            nix_sha256: Some(Sha256::of(b"nix")),
            settings: [("sandbox".to_owned(), "true".to_owned())].into(),
            store: "the machine's".to_owned(),
            kernel: Some("6.1.0".to_owned()),
            processor: None,
            started: "2026-01-02T03:04:05Z".to_owned(),
            finished: "2026-01-02T03:14:05Z".to_owned(),
        },
    }
}

/// The same with one file that differs, and one that was not built.
pub(super) fn findings() -> Findings {
    let mut findings = good();
    let file = &mut findings.files[1];
    file.verdict = FileVerdict::Mismatch;
    file.rebuilt = Some(Sha256::of(b"other"));
    file.findings = vec!["offset 12: 0x41 published, 0x42 rebuilt".to_owned()];
    let last = findings.files.len() - 1;
    findings.files[last].verdict = FileVerdict::NotBuilt;
    findings.files[last].rebuilt = None;
    let last = findings.steps.len() - 1;
    findings.steps[last].outcome = Outcome::No;
    findings
}
