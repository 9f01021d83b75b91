//! What somebody says of a key, signed: that another one takes its place, or that it is not to be trusted any more.
//! `docs/formats/key-statements.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::attestation::dsse::{Envelope, Verified};
use crate::signature::key::{PublicKey, SecretKey, SigningFailed};

/// The payload type of statements about keys.
pub const PAYLOAD_TYPE: &str = "application/vnd.relhelper.key-statement+json";

/// Longest file of statements that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// Longest line of it, in bytes: one statement with its signatures.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Most statements that are looked at.
const MAX_STATEMENTS: usize = 256;

/// A statement about a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "statement")]
pub enum Statement {
    /// From some version on, another key signs.
    Rotation(Rotation),
    /// The key is not to be trusted any more.
    Revocation(RevocationStatement),
}

/// From some version on, another key signs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rotation {
    /// Version of the format: 1.
    pub format_version: u32,
    /// The product whose releases it is about.
    pub product: String,
    /// 1 for the first key's successor, 2 for the next, and so on.
    pub number: u64,
    /// Id of the key that gives its place away.
    pub key: String,
    /// The key that takes it, in PEM.
    pub new_key: String,
    /// The first version that the new key signs, and the old one does not.
    pub from_version: Version,
}

/// A key is not to be trusted any more.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RevocationStatement {
    /// Version of the format: 1.
    pub format_version: u32,
    /// Id of the key.
    pub key: String,
    /// From when on.
    pub date: Timestamp,
    /// In words, one line.
    pub reason: String,
}

impl Statement {
    /// Signs it with each of `keys`.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn sign(&self, keys: &[&SecretKey]) -> Result<Envelope, SigningFailed> {
        let payload = serde_json::json!(self).to_string().into_bytes();
        Envelope::sign(PAYLOAD_TYPE, payload, keys)
    }
}

/// Envelopes that may hold statements; their signatures are not checked yet.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    envelopes: Vec<Envelope>,
    /// What could not be read: line, counted from 1, and why.
    pub defects: Vec<(usize, String)>,
}

impl Statements {
    /// Reads a file with one envelope in each line, and adds what it has.
    pub fn add(&mut self, text: &[u8]) {
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let envelope = if line.len() > MAX_LINE_BYTES {
                Err(format!("it has more than {MAX_LINE_BYTES} bytes"))
            } else if self.envelopes.len() >= MAX_STATEMENTS {
                Err(format!("there are more than {MAX_STATEMENTS} statements"))
            } else {
                Envelope::parse(line).map_err(|error| error.to_string())
            };
            match envelope {
                Ok(envelope) => self.envelopes.push(envelope),
                Err(why) => self.defects.push((index + 1, why)),
            }
        }
    }

    /// The number of the statement with which `old` gives its place to `new`.
    ///
    /// # Errors
    ///
    /// In words, when no verifier would follow it.
    pub fn next(&self, old: &PublicKey, new: &PublicKey, product: &str) -> Result<u64, String> {
        let (old_id, new_id) = (old.id().to_string(), new.id().to_string());
        if old_id == new_id {
            return Err("it is its own successor".to_owned());
        }
        let mut number = 1;
        for signed in self.signed_by(&[old.clone(), new.clone()]) {
            let rotation = match signed.statement? {
                Statement::Revocation(revoked) if [&old_id, &new_id].contains(&&revoked.key) => {
                    return Err(format!("{} is revoked", revoked.key));
                }
                Statement::Rotation(rotation) if rotation.product == product => rotation,
                _ => continue,
            };
            let named = PublicKey::from_pem(&rotation.new_key).map(|key| key.id().to_string());
            if rotation.key == old_id {
                return Err(format!("it did so already, with statement {}", rotation.number));
            }
            if rotation.key == new_id || named.as_ref() == Ok(&new_id) {
                return Err(format!("the new key is in statement {} already", rotation.number));
            }
            if named == Ok(old_id.clone()) {
                number = rotation.number.saturating_add(1);
            }
        }
        Ok(number)
    }

    /// Ids of those of `keys` that say of themselves that they are not to be trusted any more.
    #[must_use]
    pub fn revoked_by_themselves(&self, keys: &[PublicKey]) -> BTreeSet<String> {
        let own = |signed: Signed<'_>| match signed.statement {
            Ok(Statement::Revocation(said)) if signed.signers.contains(&said.key) => Some(said.key),
            _ => None,
        };
        self.signed_by(keys).into_iter().filter_map(own).collect()
    }

    /// The statements that at least one of `keys` signed, each once, with the ids of those keys. Signatures of one statement count
    /// together wherever they stand: a line with some of them does not hide one with all.
    #[must_use]
    pub fn signed_by(&self, keys: &[PublicKey]) -> Vec<Signed<'_>> {
        let mut all: Vec<Signed<'_>> = Vec::new();
        for envelope in &self.envelopes {
            let Some(Verified { payload_type, payload, keys }) = envelope.verified_by(keys) else {
                continue;
            };
            if payload_type != PAYLOAD_TYPE {
                continue;
            }
            let signers = keys.iter().map(ToString::to_string);
            if let Some(same) = all.iter_mut().find(|signed| signed.payload == payload) {
                same.signers.extend(signers);
                continue;
            }
            let (statement, signers) = (parse(&payload), signers.collect());
            all.push(Signed { statement, signers, payload, statements: self });
        }
        all
    }
}

fn parse(payload: &[u8]) -> Result<Statement, String> {
    let statement = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    let version = match &statement {
        Statement::Rotation(rotation) => rotation.format_version,
        Statement::Revocation(revocation) => revocation.format_version,
    };
    if version == 1 {
        Ok(statement)
    } else {
        Err(format!("its `formatVersion` is {version}, expected 1"))
    }
}

/// A statement, and who signed it.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// What it says; or why it cannot be read, though a key of ours has signed it.
    pub statement: Result<Statement, String>,
    /// Ids of the keys, among those that were asked for.
    pub signers: BTreeSet<String>,
    payload: Vec<u8>,
    statements: &'a Statements,
}

impl Signed<'_> {
    /// Whether this key signed it as well.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let its_own = self.statements.signed_by(std::slice::from_ref(key));
        its_own.iter().any(|signed| signed.payload == self.payload)
    }
}
