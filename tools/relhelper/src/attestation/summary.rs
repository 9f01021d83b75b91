//! A verification summary (VSA): that a verifier counted the builders, and what came out.
//!
//! Spec: <https://slsa.dev/spec/v1.2/verification_summary>, <https://slsa.dev/spec/v1.2/verified-properties>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::outcome::{Count, Enough, Outcome};
use super::run::Identity;
use super::statement::to_payload;
use crate::facts::Sha256;

/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/verification_summary/v1";
/// Nobody looked at how well the builders are guarded.
pub const UNEVALUATED: &str = "SLSA_BUILD_LEVEL_UNEVALUATED";
/// Two builders that are run independently got the published bytes.
pub const REPRODUCED: &str = "SLSA_BUILD_REPRODUCED";
/// Two builders got the published bytes, and one person or one machine can have been behind both.
pub const REBUILT_TWICE: &str = "RELHELPER_REBUILT_TWICE";
/// The policy is not met.
pub const FAILED: &str = "FAILED";

/// Who summarises what.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Who verified.
    pub verifier: &'a Identity,
    /// Version of relhelper.
    pub version: &'a str,
    /// When.
    pub time: Timestamp,
    /// What the artifacts are called by those who fetch them.
    pub resource_uri: &'a Identity,
    /// What the policy is called.
    pub policy_uri: &'a Identity,
    /// Of the bytes of the policy.
    pub policy: Sha256,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    verifier: Verifier<'a>,
    time_verified: String,
    resource_uri: &'a Identity,
    policy: Policy<'a>,
    input_attestations: Vec<Input>,
    verification_result: &'static str,
    verified_levels: Vec<&'static str>,
    slsa_version: &'static str,
}

#[derive(Serialize)]
struct Verifier<'a> {
    id: &'a Identity,
    version: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct Policy<'a> {
    uri: &'a Identity,
    digest: BTreeMap<&'static str, Sha256>,
}

#[derive(Serialize)]
struct Input {
    uri: String,
    digest: BTreeMap<&'static str, Sha256>,
}

/// The payload of the summary of a count, or nothing when the count has no answer.
#[must_use]
pub fn summary(count: &Count, request: &Request<'_>) -> Option<Vec<u8>> {
    let (verification_result, verified_levels) = match count.answer {
        Enough::Unknown => return None,
        Enough::No => ("FAILED", vec![FAILED]),
        Enough::Yes => ("PASSED", levels(count)),
    };
    let used = count
        .lines
        .iter()
        .filter(|told| matches!(told.outcome, Outcome::Counted { .. } | Outcome::Differs { .. }));
    let input_attestations = used.map(|told| Input {
        uri: format!("urn:relhelper:attestation:{}", told.sha256),
        digest: BTreeMap::from([("sha256", told.sha256)]),
    });
    let subjects: Vec<_> = count
        .artifacts
        .iter()
        .map(|artifact| json!({ "name": artifact.file, "digest": { "sha256": artifact.sha256 } }))
        .collect();
    let predicate = Predicate {
        verifier: Verifier {
            id: request.verifier,
            version: BTreeMap::from([("relhelper", request.version)]),
        },
        time_verified: rfc3339(request.time),
        resource_uri: request.resource_uri,
        policy: Policy {
            uri: request.policy_uri,
            digest: BTreeMap::from([("sha256", request.policy)]),
        },
        input_attestations: input_attestations.collect(),
        verification_result,
        verified_levels,
        slsa_version: "1.2",
    };
    Some(to_payload(&subjects, PREDICATE_TYPE, &predicate))
}

fn levels(count: &Count) -> Vec<&'static str> {
    let twice = count.artifacts.iter().all(|artifact| artifact.reproduced_by.len() >= 2);
    let more = if count.independent { Some(REPRODUCED) } else { twice.then_some(REBUILT_TWICE) };
    std::iter::once(UNEVALUATED).chain(more).collect()
}

/// RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::{count, jsonl, samples, statement::Statement};

    fn summarize(policy: &str, lines: &[String]) -> Option<serde_json::Value> {
        let lines = jsonl::read(lines.join("\n").as_bytes()).unwrap();
        let published = samples::published();
        let count = count(&lines, &samples::policy(policy), &published);
        let id = |text: &str| text.parse::<Identity>().unwrap();
        let payload = summary(
            &count,
            &Request {
                verifier: &id("https://verifier.example"),
                version: "0.1.0",
                time: Timestamp::from_second(1_700_000_000).unwrap(),
                resource_uri: &id("pkg:generic/hello@1.2.3"),
                policy_uri: &id("https://verifier.example/policy"),
                policy: Sha256::of(b"policy"),
            },
        )?;
        let statement = Statement::parse(&payload).unwrap();
        assert_eq!(statement.predicate_type, PREDICATE_TYPE);
        assert_eq!(statement.subjects.len(), published.subjects.len());
        Some(statement.predicate)
    }

    #[test]
    fn says_reproduced_for_independent_builders_alone() {
        let lines = [samples::provenance(1), samples::provenance(2)];
        let predicate = summarize(samples::POLICY, &lines).unwrap();
        assert_eq!(predicate["verifiedLevels"], json!([UNEVALUATED, REPRODUCED]));
        assert_eq!(predicate["verificationResult"], "PASSED");
        assert_eq!(predicate["slsaVersion"], "1.2");
        assert_eq!(predicate["timeVerified"], "2023-11-14T22:13:20Z");
        let digests: Vec<_> = lines.iter().map(|line| Sha256::of(line.as_bytes())).collect();
        for (input, digest) in
            predicate["inputAttestations"].as_array().unwrap().iter().zip(digests)
        {
            assert_eq!(input["digest"]["sha256"], digest.to_string());
        }

        for (from, to) in
            [("operator = \"Bob\"", "operator = \"Alice\""), ("machine = \"b\"", "machine = \"a\"")]
        {
            assert!(samples::POLICY.contains(from));
            let predicate = summarize(&samples::POLICY.replace(from, to), &lines).unwrap();
            assert_eq!(predicate["verifiedLevels"], json!([UNEVALUATED, REBUILT_TWICE]), "{to}");
        }
        let one = samples::POLICY.replace("threshold = 2", "threshold = 1");
        let predicate = summarize(&one, &lines[..1]).unwrap();
        assert_eq!(predicate["verifiedLevels"], json!([UNEVALUATED]));
    }

    #[test]
    fn says_failed_when_there_are_too_few_and_nothing_when_it_cannot_be_told() {
        let lines = [samples::provenance(1), samples::difference(2)];
        let predicate = summarize(samples::POLICY, &lines).unwrap();
        assert_eq!(predicate["verificationResult"], "FAILED");
        assert_eq!(predicate["verifiedLevels"], json!([FAILED]));
        assert_eq!(predicate["inputAttestations"].as_array().unwrap().len(), 2);
        assert_eq!(summarize(samples::POLICY, &["{".to_owned()]), None);
    }
}
