//! Keys, builders and statements for tests.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::difference;
use super::dsse::{Envelope, IN_TOTO};
use super::policy::Policy;
use super::published::Published;
use crate::document::provenance as document;
use crate::facts::{Sha256, samples};
use crate::signature::key::SecretKey;

/// Two builders, `https://alice.example` with the key of 1 and `https://bob.example` with that of 2, of which both are
/// needed. `ALICE`, `BOB` and `EVE` (of 9, nobody's) stand for the PEM texts.
pub const POLICY: &str = r#"
formatVersion = 1
product = "hello"

[[key]]
name = "alice"
kind = "pem"
publicKey = "ALICE"

[[key]]
name = "bob"
kind = "pem"
publicKey = "BOB"

[[builder]]
id = "https://alice.example"
operator = "Alice"
machine = "a"
keys = ["alice"]

[[builder]]
id = "https://bob.example"
operator = "Bob"
machine = "b"
keys = ["bob"]

[rebuilds]
threshold = 2
"#;

pub fn key(seed: u8) -> SecretKey {
    SecretKey::from_ed25519_seed(&[seed; 32].into()).unwrap()
}

/// The text with keys in place of their names.
pub fn policy_text(text: &str) -> String {
    let pem = |seed| key(seed).public().to_pem().replace('\n', "\\n");
    text.replace("ALICE", &pem(1)).replace("BOB", &pem(2)).replace("EVE", &pem(9))
}

/// At the time 1700000000.
pub fn policy(text: &str) -> Policy {
    let now = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    Policy::parse(&policy_text(text), &BTreeMap::new(), now).unwrap()
}

pub fn published() -> Published {
    Published::parse(&document::provenance(&samples::release_facts())).unwrap()
}

pub fn envelope(payload: &[u8], keys: &[&SecretKey]) -> Envelope {
    Envelope::sign(IN_TOTO, payload.to_vec(), keys).unwrap()
}

pub fn id(seed: u8) -> &'static str {
    match seed {
        1 => "https://alice.example",
        2 => "https://bob.example",
        _ => "https://eve.example",
    }
}

/// The statement of the builder of this key: that it reproduced everything.
pub fn statement(seed: u8) -> Value {
    let bytes = document::provenance(&samples::release_facts());
    let mut value: Value = serde_json::from_slice(&bytes).unwrap();
    value["predicate"]["runDetails"] = json!({
        "builder": { "id": id(seed), "version": { "nix": "2.8.0" } },
        "metadata": { "startedOn": "2023-11-14T22:13:20Z", "invocationId": "urn:uuid:0" },
    });
    value
}

/// The line with `statement(seed)`, signed.
pub fn provenance(seed: u8) -> String {
    signed(&statement(seed), seed)
}

pub fn signed(statement: &Value, seed: u8) -> String {
    envelope(statement.to_string().as_bytes(), &[&key(seed)]).to_line()
}

/// The statement of the builder of this key: that the first artifact came out differently.
pub fn difference_statement(seed: u8) -> Value {
    let mut value = statement(seed);
    value["predicateType"] = json!(difference::PREDICATE_TYPE);
    value["subject"].as_array_mut().unwrap().truncate(1);
    value["predicate"]["differences"] = json!([{
        "name": value["subject"][0]["name"],
        "verdict": "mismatch",
        "rebuilt": { "sha256": Sha256::of(b"other") },
    }]);
    value
}

pub fn difference(seed: u8) -> String {
    signed(&difference_statement(seed), seed)
}
