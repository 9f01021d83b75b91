//! The policy file, and what a policy makes of signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::error::Answer;

mod file;
mod follow;
mod matrix;
mod property;
mod words;

/// A key whose text is its own name; its id is that name behind `id-`.
fn identify(_: KeyKind, material: &[u8]) -> Result<Vec<KeyId>, String> {
    match std::str::from_utf8(material) {
        Ok(text) if !text.contains("broken") => Ok(vec![format!("id-{}", text.trim())]),
        _ => Err("it is no key".to_owned()),
    }
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    let files = BTreeMap::from([("there.pem".to_owned(), b"there".to_vec())]);
    PolicyFile::parse(text)?.check(&files, &identify)
}

/// Alice and Bob must both have signed `SHA256SUMS`, Alice or Bob each payload. Carol is trusted for nothing that there is.
const POLICY: &str = r#"
formatVersion = 1
product = "hello"
minimumVersion = "1.2.0"
expires = 2027-01-01T00:00:00Z

[[key]]
name = "alice"
kind = "pem"
publicKey = "alice"

[[key]]
name = "bob"
kind = "minisign"
publicKey = "bob"

[[key]]
name = "carol"
kind = "ssh"
publicKey = "carol"

[[require]]
files = ["checksums"]
identities = ["alice", "bob"]
threshold = 2

[[require]]
files = ["payload"]
identities = ["alice", "bob"]

[[require]]
files = ["index"]
identities = ["carol"]
"#;

fn policy() -> Policy {
    parse(POLICY).unwrap()
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn signature(file: &str, check: Check) -> Signature {
    let place = match &check {
        Check::Good(id) => format!("{file}.{id}.sig"),
        _ => format!("{file}.sig"),
    };
    Signature { file: file.to_owned(), place, check, claimed_time: None }
}

fn good(file: &str, key: &str) -> Signature {
    signature(file, Check::Good(format!("id-{key}")))
}

/// A release that the policy takes.
fn facts() -> Facts {
    let artifacts = BTreeSet::from(["hello-1.2.3-source.tar.gz".to_owned()]);
    let names = ["SHA256SUMS", "hello-1.2.3-source.tar.gz", "index.json", "hello-1.2.3.cdx.json"];
    let file = |name: &str| Some((name.to_owned(), FileKind::of(name, &artifacts)?));
    Facts {
        product: Some("hello".to_owned()),
        version: Some("1.2.3".parse().unwrap()),
        files: names.into_iter().filter_map(file).collect(),
        signatures: vec![
            good("SHA256SUMS", "alice"),
            good("SHA256SUMS", "bob"),
            good("hello-1.2.3-source.tar.gz", "alice"),
            good("index.json", "carol"),
        ],
        statements: Vec::new(),
    }
}

/// Answer and outcomes, without those that say yes.
#[track_caller]
fn check_outcomes(policy: &Policy, facts: &Facts, answer: Answer, expected: Expect) {
    let report = evaluate(&Keyring::of(policy), facts, now());
    let lines: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.decision != Decision::Yes)
        .map(|outcome| format!("{}: {outcome}\n", outcome.decision))
        .collect();
    expected.assert_eq(&lines.concat());
    assert_eq!(report.answer(), answer);
}
