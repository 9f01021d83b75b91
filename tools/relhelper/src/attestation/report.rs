//! What `rebuild-report.json` tells of a rebuild: as much of it as an attestation needs. `docs/formats/rebuild-report.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;
use serde_json::json;

use super::difference::{Difference, DifferenceVerdict, Rebuilt};
use super::json::{self, JsonError, Limits};
use super::published::Published;
use super::run::{BuilderDetails, Identity, RunDetails, RunMetadata};
use crate::facts::Sha256;

/// What a rebuild made of the artifacts of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebuild {
    /// The run, as the builder tells of it.
    pub run: RunDetails,
    /// Names of the artifacts that came out with the published bytes.
    pub reproduced: Vec<String>,
    /// Those that came out with others.
    pub differences: Vec<Difference>,
    /// Names of those of which neither can be said, and why.
    pub open: Vec<(String, String)>,
}

/// A report that cannot be attested.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ReportError {
    #[error("what {derivation} makes is not established, the report says: {state}")]
    Derivation { derivation: String, state: String },
    #[error("`formatVersion` is {found}, expected 1")]
    FormatVersion { found: u64 },
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("the rebuild built nothing itself")]
    NothingBuilt,
    #[error("it is the report on {found}, and the release is {expected}")]
    OtherRelease { found: String, expected: String },
    #[error("it is not a rebuild report: {0}")]
    Shape(serde_json::Error),
    #[error(
        "the step `{name}` of the rebuild ended with `{outcome}`, so what was built is not established"
    )]
    Step { name: &'static str, outcome: String },
    #[error("the report says that `{file}` was published as {found}, the release says {expected}")]
    Subject { file: String, found: String, expected: Sha256 },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReport {
    format_version: u64,
    release: RawRelease,
    steps: Vec<RawStep>,
    files: Vec<RawFile>,
    derivations: Vec<RawDerivation>,
    environment: RawEnvironment,
}

#[derive(Deserialize)]
struct RawRelease {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct RawStep {
    name: String,
    outcome: String,
}

#[derive(Deserialize)]
struct RawFile {
    file: String,
    verdict: String,
    published: Option<String>,
    rebuilt: Option<String>,
    #[serde(default)]
    findings: Vec<String>,
}

#[derive(Deserialize)]
struct RawDerivation {
    path: String,
    state: String,
}

#[derive(Deserialize)]
struct RawEnvironment {
    relhelper: String,
    nix: Option<String>,
    started: String,
    finished: String,
}

/// The steps that say what was built; the one after them compares it.
const STEPS: [&str; 6] = ["verify", "source", "settings", "derivations", "build", "inputs"];
/// How the outputs of a derivation may have come to be.
const STATES: [&str; 4] = ["builtAgain", "builtEarlier", "builtNow", "notNeeded"];
/// Findings that a statement repeats of one artifact, and the characters of each.
const MAX_CAUSES: usize = 20;
const MAX_CAUSE_CHARACTERS: usize = 500;

impl Rebuild {
    /// Reads the report of a rebuild of `published`, done by `builder`.
    ///
    /// # Errors
    ///
    /// When it is on another release, or what was built is not established.
    pub fn parse(
        bytes: &[u8],
        published: &Published,
        builder: &Identity,
    ) -> Result<Self, ReportError> {
        let value = json::parse(bytes, &Limits::ATTESTATION)?;
        let raw: RawReport = serde_json::from_value(value).map_err(ReportError::Shape)?;
        if raw.format_version != 1 {
            return Err(ReportError::FormatVersion { found: raw.format_version });
        }
        let found = format!("{} {}", raw.release.name, raw.release.version);
        let expected = format!("{} {}", published.name, published.version);
        if found != expected {
            return Err(ReportError::OtherRelease { found, expected });
        }
        established(&raw)?;
        let mut rebuild = Self {
            run: run(&raw.environment, builder, Sha256::of(bytes)),
            reproduced: Vec::new(),
            differences: Vec::new(),
            open: Vec::new(),
        };
        for (_, subject) in &published.subjects {
            let name = &subject.name;
            match raw.files.iter().find(|file| file.file == *name) {
                Some(file) => rebuild.take(file, subject.sha256)?,
                None => rebuild.open.push((name.clone(), "it was not rebuilt".to_owned())),
            }
        }
        Ok(rebuild)
    }

    fn take(&mut self, raw: &RawFile, expected: Sha256) -> Result<(), ReportError> {
        let file = raw.file.clone();
        let digest = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let (published, rebuilt): (Option<Sha256>, Option<Sha256>) =
            (digest(&raw.published), digest(&raw.rebuilt));
        if published != Some(expected) {
            let found = raw.published.clone().unwrap_or_else(|| "nothing".to_owned());
            return Err(ReportError::Subject { file, found, expected });
        }
        let verdict = match (raw.verdict.as_str(), rebuilt) {
            // The digests decide; the word must agree.
            ("match", Some(rebuilt)) if rebuilt == expected => {
                self.reproduced.push(file);
                return Ok(());
            }
            ("matchButForSignature", Some(rebuilt)) if rebuilt != expected => {
                DifferenceVerdict::MatchButForSignature
            }
            ("mismatch", Some(rebuilt)) if rebuilt != expected => DifferenceVerdict::Mismatch,
            (word, _) => {
                self.open.push((file, format!("the report says `{word}`")));
                return Ok(());
            }
        };
        let cause = |text: &String| text.chars().take(MAX_CAUSE_CHARACTERS).collect();
        self.differences.extend(rebuilt.map(|sha256| Difference {
            name: file,
            verdict,
            rebuilt: Rebuilt { sha256 },
            causes: raw.findings.iter().take(MAX_CAUSES).map(cause).collect(),
        }));
        Ok(())
    }
}

/// Whether what was built is what `provenance.json` describes, and was built here.
fn established(raw: &RawReport) -> Result<(), ReportError> {
    for name in STEPS {
        let mut outcomes =
            raw.steps.iter().filter(|step| step.name == name).map(|step| &step.outcome);
        match (outcomes.next().map(String::as_str), outcomes.next()) {
            (Some("yes"), None) => {}
            (outcome, _) => {
                let outcome = outcome.unwrap_or("nothing").to_owned();
                return Err(ReportError::Step { name, outcome });
            }
        }
    }
    let built = |one: &RawDerivation| one.state.starts_with("built");
    if !raw.derivations.iter().any(built) {
        return Err(ReportError::NothingBuilt);
    }
    let fine = |one: &RawDerivation| STATES.contains(&one.state.as_str());
    match raw.derivations.iter().find(|one| !fine(one)) {
        None => Ok(()),
        Some(RawDerivation { path, state }) => {
            Err(ReportError::Derivation { derivation: path.clone(), state: state.clone() })
        }
    }
}

fn run(environment: &RawEnvironment, builder: &Identity, report: Sha256) -> RunDetails {
    let nix = environment.nix.iter().map(|version| ("nix".to_owned(), version.clone()));
    RunDetails {
        builder: BuilderDetails {
            id: builder.to_string(),
            version: nix.chain([("relhelper".to_owned(), environment.relhelper.clone())]).collect(),
        },
        metadata: RunMetadata {
            // One report is one run: to attest it again says nothing new.
            invocation_id: Some(format!("urn:relhelper:rebuild-report:{report}")),
            started_on: Some(environment.started.clone()),
            finished_on: Some(environment.finished.clone()),
        },
        byproducts: vec![json!({
            "name": "rebuild-report.json",
            "digest": { "sha256": report },
            "mediaType": "application/json",
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::samples;
    use expect_test::{Expect, expect};
    use serde_json::Value;

    fn report() -> Value {
        let published = samples::published();
        let files = published.subjects.iter().map(|(_, subject)| {
            json!({ "file": subject.name, "verdict": "match", "published": subject.sha256, "rebuilt": subject.sha256, "findings": [] })
        });
        json!({
            "formatVersion": 1,
            "verdict": "reproduced",
            "release": { "name": "hello", "version": "1.2.3", "revision": null, "origin": "." },
            "steps": STEPS.map(|name| json!({ "name": name, "outcome": "yes", "summary": "", "problems": [] })),
            "files": files.collect::<Vec<_>>(),
            "derivations": [{ "path": "/nix/store/a.drv", "state": "builtNow" }],
            "environment": { "relhelper": "0.1.0", "nix": "2.8.0", "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T01:00:00Z" },
        })
    }

    fn parse(change: impl FnOnce(&mut Value)) -> Result<Rebuild, ReportError> {
        let mut value = report();
        change(&mut value);
        let builder = samples::id(1).parse().unwrap();
        Rebuild::parse(value.to_string().as_bytes(), &samples::published(), &builder)
    }

    #[track_caller]
    fn check_error(change: impl FnOnce(&mut Value), expected: Expect) {
        expected.assert_eq(&parse(change).unwrap_err().to_string());
    }

    #[test]
    fn tells_what_was_reproduced_what_differs_and_what_is_open() {
        let rebuild = parse(|_| ()).unwrap();
        assert_eq!(
            (rebuild.reproduced.len(), rebuild.differences.len(), rebuild.open.len()),
            (4, 0, 0)
        );
        assert_eq!(rebuild.run.builder.version["nix"], "2.8.0");
        assert_eq!(rebuild.run.metadata.started_on.unwrap(), "2026-01-01T00:00:00Z");

        let other = Sha256::of(b"other");
        let rebuild = parse(|it| {
            it["files"][0]["verdict"] = json!("mismatch");
            it["files"][0]["rebuilt"] = json!(other);
            it["files"][0]["findings"] = json!(["a date".repeat(200)]);
            it["files"][1]["verdict"] = json!("matchButForSignature");
            it["files"][1]["rebuilt"] = json!(other);
            it["files"][2]["verdict"] = json!("inconclusive");
            it["files"].as_array_mut().unwrap().pop();
        })
        .unwrap();
        assert_eq!(
            (rebuild.reproduced.len(), rebuild.differences.len(), rebuild.open.len()),
            (0, 2, 2)
        );
        assert_eq!(rebuild.differences[0].rebuilt.sha256, other);
        assert_eq!(rebuild.differences[0].causes[0].len(), MAX_CAUSE_CHARACTERS);
        assert_eq!(rebuild.differences[1].verdict, DifferenceVerdict::MatchButForSignature);
    }

    #[test]
    fn reads_what_a_rebuild_writes() {
        let published = samples::published();
        let mut findings = crate::rebuild::samples::good();
        for file in &mut findings.files {
            let digest = published.subject(&file.file).map(|subject| subject.sha256);
            (file.published, file.rebuilt) = (digest, digest);
        }
        let report = crate::rebuild::Report::new(findings);
        let bytes = crate::document::json::to_bytes(&report);
        let rebuild = Rebuild::parse(&bytes, &published, &samples::id(1).parse().unwrap()).unwrap();
        assert_eq!((rebuild.reproduced.len(), rebuild.open.len()), (published.subjects.len(), 0));
        assert!(rebuild.run.metadata.finished_on.is_some());
    }

    #[test]
    fn a_word_without_the_digest_says_nothing() {
        let rebuild = parse(|it| it["files"][0]["rebuilt"] = json!(Sha256::of(b"other"))).unwrap();
        assert_eq!(
            (rebuild.reproduced.len(), rebuild.differences.len(), rebuild.open.len()),
            (3, 0, 1)
        );
        let rebuild = parse(|it| it["files"][0]["rebuilt"] = json!(null)).unwrap();
        assert_eq!((rebuild.reproduced.len(), rebuild.open.len()), (3, 1));
        for word in ["mismatch", "matchButForSignature"] {
            let rebuild = parse(|it| it["files"][0]["verdict"] = json!(word)).unwrap();
            assert_eq!((rebuild.differences.len(), rebuild.open.len()), (0, 1), "{word}");
        }
    }

    #[test]
    fn refuses_what_does_not_say_what_was_built() {
        check_error(
            |it| it["release"]["version"] = json!("1.2.4"),
            expect!["it is the report on hello 1.2.4, and the release is hello 1.2.3"],
        );
        check_error(
            |it| it["files"][0]["published"] = json!("0".repeat(64)),
            expect![
                "the report says that `hello-1.2.3-source.tar.gz` was published as 0000000000000000000000000000000000000000000000000000000000000000, the release says 615b5e79977cf3945e52c934d1d70b06c08ad891d278d078d662f200e9bc87f6"
            ],
        );
        check_error(
            |it| {
                let copied = json!({ "path": "/nix/store/a.drv", "state": "copied" });
                it["derivations"].as_array_mut().unwrap().push(copied);
            },
            expect!["what /nix/store/a.drv makes is not established, the report says: copied"],
        );
        check_error(
            |it| it["formatVersion"] = json!(2),
            expect!["`formatVersion` is 2, expected 1"],
        );
        check_error(
            |it| it["steps"][3]["outcome"] = json!("no"),
            expect![
                "the step `derivations` of the rebuild ended with `no`, so what was built is not established"
            ],
        );
        for index in 0..STEPS.len() {
            assert!(parse(|it| drop(it["steps"].as_array_mut().unwrap().remove(index))).is_err());
            assert!(parse(|it| it["steps"][index]["outcome"] = json!("unknown")).is_err());
            assert!(
                parse(|it| {
                    let twice = it["steps"][index].clone();
                    it["steps"].as_array_mut().unwrap().push(twice);
                })
                .is_err()
            );
        }
    }
}
