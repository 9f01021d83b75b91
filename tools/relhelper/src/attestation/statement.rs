//! in-toto Statement v1: which files, and what is said of them.
//!
//! Spec: <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>. Fields that are not known are ignored, as it
//! demands; of digests, only `sha256` is used, and every subject needs it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{self, JsonError, Limits};
use crate::document::provenance::STATEMENT_TYPE;
use crate::facts::Sha256;

/// The version before, in which what is used here has the same fields and meaning. Cosign writes it to this day.
const STATEMENT_TYPE_0_1: &str = "https://in-toto.io/Statement/v0.1";

/// A statement that can be made sense of.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The files, in the order of the statement. No name is there twice.
    pub subjects: Vec<Subject>,
    /// What kind of thing is said.
    pub predicate_type: String,
    /// What is said: an object.
    pub predicate: Value,
}

/// A file by its name and digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// As the statement has it. It becomes no path.
    pub name: String,
    /// Of the bytes of the file.
    pub sha256: Sha256,
    /// All the statement says of the file.
    pub descriptor: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawStatement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Value>,
    predicate_type: String,
    predicate: Value,
}

#[derive(Deserialize)]
struct RawSubject {
    name: String,
    digest: BTreeMap<String, String>,
}

/// Bytes that are no statement, or a predicate that is not what its type says.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum StatementError {
    #[error("`{}` has no sha256 of 64 lower-case hexadecimal digits", .name.escape_debug())]
    Digest { name: String },
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("the predicate is not what {kind} should be: {source}")]
    Predicate { kind: &'static str, source: serde_json::Error },
    #[error("it is not an in-toto statement: {0}")]
    Shape(serde_json::Error),
    #[error("it is about nothing: there are no subjects")]
    SubjectMissing,
    #[error("two subjects have the name `{}`", .name.escape_debug())]
    SubjectTwice { name: String },
    #[error("`_type` is `{}`, expected `{STATEMENT_TYPE}`", .found.escape_debug())]
    Type { found: String },
}

impl Statement {
    /// Reads a statement: the payload of an envelope, or `provenance.json`.
    ///
    /// # Errors
    ///
    /// When it is no such statement, or one of its subjects has no name or no SHA-256.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        let value = json::parse(bytes, &Limits::ATTESTATION)?;
        let raw: RawStatement = serde_json::from_value(value).map_err(StatementError::Shape)?;
        if ![STATEMENT_TYPE, STATEMENT_TYPE_0_1].contains(&raw.kind.as_str()) {
            return Err(StatementError::Type { found: raw.kind });
        }
        if raw.subject.is_empty() {
            return Err(StatementError::SubjectMissing);
        }
        let subjects: Vec<_> = raw.subject.into_iter().map(subject).collect::<Result<_, _>>()?;
        let mut names = BTreeSet::new();
        if let Some(twice) = subjects.iter().find(|subject| !names.insert(&subject.name)) {
            return Err(StatementError::SubjectTwice { name: twice.name.clone() });
        }
        Ok(Self { subjects, predicate_type: raw.predicate_type, predicate: raw.predicate })
    }
}

fn subject(descriptor: Value) -> Result<Subject, StatementError> {
    let raw = RawSubject::deserialize(&descriptor).map_err(StatementError::Shape)?;
    let sha256 = raw.digest.get("sha256").and_then(|digest| digest.parse().ok());
    let sha256 = sha256.ok_or_else(|| StatementError::Digest { name: raw.name.clone() })?;
    Ok(Subject { name: raw.name, sha256, descriptor })
}

/// The payload of an envelope that says `predicate` of `subjects`: JSON in one line.
///
/// # Panics
///
/// Never: the keys of all predicates are strings.
#[must_use]
pub fn to_payload(subjects: &[Value], predicate_type: &str, predicate: &impl Serialize) -> Vec<u8> {
    let statement = serde_json::json!({
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    statement.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn good() -> Value {
        json!({
            "_type": STATEMENT_TYPE,
            "subject": [{ "name": "a", "digest": { "sha256": ABC, "sha512": "ff" }, "extra": 1 }],
            "predicateType": "https://example.com/p", "predicate": {}, "extra": null,
        })
    }

    #[track_caller]
    fn check_error(change: impl FnOnce(&mut Value), expected: Expect) {
        let mut value = good();
        change(&mut value);
        expected
            .assert_eq(&Statement::parse(value.to_string().as_bytes()).unwrap_err().to_string());
    }

    #[test]
    fn reads_subjects_and_ignores_fields_it_does_not_know() {
        let statement = Statement::parse(good().to_string().as_bytes()).unwrap();
        assert_eq!(statement.subjects[0].name, "a");
        assert_eq!(statement.subjects[0].sha256, Sha256::of(b"abc"));
        assert_eq!(statement.predicate_type, "https://example.com/p");
    }

    #[test]
    fn reads_the_version_before_as_well() {
        let mut value = good();
        let now = Statement::parse(value.to_string().as_bytes()).unwrap();
        value["_type"] = json!(STATEMENT_TYPE_0_1);
        assert_eq!(Statement::parse(value.to_string().as_bytes()).unwrap(), now);
    }

    #[test]
    fn refuses_what_is_no_statement_about_files() {
        check_error(
            |it| it["_type"] = json!("https://in-toto.io/Statement/v2"),
            expect![
                "`_type` is `https://in-toto.io/Statement/v2`, expected `https://in-toto.io/Statement/v1`"
            ],
        );
        check_error(
            |it| it["subject"] = json!([]),
            expect!["it is about nothing: there are no subjects"],
        );
        check_error(
            |it| it["subject"][0]["digest"] = json!({ "sha512": "ff" }),
            expect!["`a` has no sha256 of 64 lower-case hexadecimal digits"],
        );
        check_error(
            |it| it["subject"][0]["digest"]["sha256"] = json!(ABC.to_uppercase()),
            expect!["`a` has no sha256 of 64 lower-case hexadecimal digits"],
        );
        check_error(
            |it| it["subject"] = json!([it["subject"][0], it["subject"][0]]),
            expect!["two subjects have the name `a`"],
        );
        check_error(
            |it| _ = it.as_object_mut().unwrap().remove("predicateType"),
            expect!["it is not an in-toto statement: missing field `predicateType`"],
        );
        check_error(
            |it| it["subject"][0]["name"] = json!(null),
            expect!["it is not an in-toto statement: invalid type: null, expected a string"],
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(names in prop::collection::btree_set("\\PC{1,8}", 1..5)) {
            let subjects: Vec<_> =
                names.iter().map(|name| json!({ "name": name, "digest": { "sha256": ABC } })).collect();
            let payload = to_payload(&subjects, "urn:x", &json!({ "a": 1 }));
            let read = Statement::parse(&payload).unwrap();
            prop_assert!(read.subjects.iter().map(|subject| &subject.name).eq(&names));
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Statement::parse(&bytes);
        }
    }
}
