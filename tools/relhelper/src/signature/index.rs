//! `signatures.json`: which file is signed how, by which key, over which bytes.
//!
//! It describes and proves nothing: it is not signed, and whoever verifies looks at the signatures themselves.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Mechanism;
use crate::document::json;
use crate::facts::Sha256;
use crate::release::FileName;

/// Most bytes that it may have.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// All signatures of a release.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Index {
    keys: BTreeSet<Key>,
    signatures: BTreeSet<Signature>,
}

/// A key that signed something.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// How it signs.
    pub mechanism: Mechanism,
    /// What its mechanism calls it.
    pub key_id: String,
    /// The file with its public part.
    pub public_key: FileName,
}

/// A signature.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// The file that is signed.
    pub file: FileName,
    /// How.
    pub mechanism: Mechanism,
    /// By which key.
    pub key_id: String,
    /// Digest of the signed bytes.
    pub sha256: Sha256,
    /// The file that holds the signature: `file` and the suffix of `mechanism`.
    pub signature: FileName,
}

/// What is wrong with a `signatures.json`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum IndexError {
    #[error("signatures.json has the formatVersion {found}, expected {}", json::FORMAT_VERSION)]
    FormatVersion { found: u32 },
    #[error("signatures.json cannot be read: {0}")]
    Json(String),
    #[error("signatures.json: {0}")]
    Name(#[from] crate::release::FileNameError),
    #[error("signatures.json: {0}")]
    Mechanism(#[from] super::outcome::UnknownMechanism),
    #[error("signatures.json: {file} has the digest `{}`, expected 64 lower-case hexadecimal digits", .found.escape_debug())]
    Digest { file: FileName, found: String },
    #[error(
        "signatures.json: the {mechanism} signature of {file} is called {found}, expected {expected}"
    )]
    SignatureName { file: FileName, mechanism: Mechanism, found: FileName, expected: String },
    #[error("signatures.json: {file} has two {mechanism} signatures")]
    Twice { file: FileName, mechanism: Mechanism },
    #[error("signatures.json: {file} is signed by the {mechanism} key `{}`, which is not listed", .key_id.escape_debug())]
    KeyNotListed { file: FileName, mechanism: Mechanism, key_id: String },
    #[error("signatures.json: there are two {0} keys")]
    TwoKeys(Mechanism),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Raw {
    format_version: u32,
    keys: Vec<RawKey>,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawKey {
    mechanism: String,
    key_id: String,
    public_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawSignature {
    file: String,
    mechanism: String,
    key_id: String,
    sha256: String,
    signature: String,
}

impl Index {
    /// Reads a `signatures.json`.
    ///
    /// # Errors
    ///
    /// When it has something it should not have, or contradicts itself.
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        let raw: Raw =
            serde_json::from_slice(bytes).map_err(|error| IndexError::Json(error.to_string()))?;
        if raw.format_version != json::FORMAT_VERSION {
            return Err(IndexError::FormatVersion { found: raw.format_version });
        }
        let mut index = Self::default();
        for RawKey { mechanism, key_id, public_key } in raw.keys {
            let (mechanism, public_key) = (mechanism.parse()?, public_key.parse()?);
            index.add_key(Key { mechanism, key_id, public_key })?;
        }
        for raw in raw.signatures {
            let file: FileName = raw.file.parse()?;
            let Ok(sha256) = raw.sha256.parse() else {
                return Err(IndexError::Digest { file, found: raw.sha256 });
            };
            let (mechanism, signature) = (raw.mechanism.parse()?, raw.signature.parse()?);
            index.add(Signature { file, mechanism, key_id: raw.key_id, sha256, signature })?;
        }
        Ok(index)
    }

    /// Adds a key. The same one twice is one.
    ///
    /// # Errors
    ///
    /// When there is another key of the same mechanism: their signatures would have the same names.
    pub fn add_key(&mut self, key: Key) -> Result<(), IndexError> {
        let other = |known: &&Key| known.mechanism == key.mechanism && **known != key;
        if self.keys.iter().find(other).is_some() {
            return Err(IndexError::TwoKeys(key.mechanism));
        }
        self.keys.insert(key);
        Ok(())
    }

    /// Adds a signature by a key that was added before. The same one twice is one.
    ///
    /// # Errors
    ///
    /// When it contradicts what is there.
    pub fn add(&mut self, new: Signature) -> Result<(), IndexError> {
        let Signature { file, mechanism, key_id, .. } = &new;
        let expected = format!("{file}{}", mechanism.suffix());
        if new.signature.as_str() != expected {
            let (file, found) = (file.clone(), new.signature.clone());
            return Err(IndexError::SignatureName { file, mechanism: *mechanism, found, expected });
        }
        if !self.keys.iter().any(|key| key.mechanism == *mechanism && key.key_id == *key_id) {
            let (file, key_id) = (file.clone(), key_id.clone());
            return Err(IndexError::KeyNotListed { file, mechanism: *mechanism, key_id });
        }
        let twice = |known: &Signature| {
            known.file == *file && known.mechanism == *mechanism && *known != new
        };
        if self.signatures.iter().any(twice) {
            return Err(IndexError::Twice { file: file.clone(), mechanism: *mechanism });
        }
        self.signatures.insert(new);
        Ok(())
    }

    /// The keys, by mechanism.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The signatures, by file and mechanism.
    pub fn signatures(&self) -> impl Iterator<Item = &Signature> {
        self.signatures.iter()
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Document<'a> {
            format_version: u32,
            keys: &'a BTreeSet<Key>,
            signatures: &'a BTreeSet<Signature>,
        }
        json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            keys: &self.keys,
            signatures: &self.signatures,
        })
    }

    /// `release-signing-key-fingerprint.txt`: a line for each key.
    #[must_use]
    pub fn fingerprints(&self) -> String {
        let lines = self.keys.iter().map(|key| format!("{} {}\n", key.mechanism, key.key_id));
        lines.collect::<Vec<_>>().concat()
    }
}
