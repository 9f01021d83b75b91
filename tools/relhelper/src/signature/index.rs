//! `signatures.json`: which file is signed how, by which key, over which bytes.
//!
//! It describes and proves nothing: it is not signed, and whoever verifies looks at the signatures themselves.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Mechanism;
use super::required::{Demand, Kind};
use crate::document::json;
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::PROVENANCE;

mod read;

pub use read::IndexError;

/// Most bytes that it may have.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// All signatures of a release.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Index {
    keys: BTreeSet<Key>,
    signatures: BTreeSet<Signature>,
    attestations: BTreeSet<Attestation>,
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
    /// What it signs: all files of these kinds must have a signature of it.
    pub files: BTreeSet<Kind>,
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

/// A line of the file of attestations whose payload is a file of the release.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    /// The file that is the payload.
    pub file: FileName,
    /// How the key signs that signed the envelope.
    pub mechanism: Mechanism,
    /// Which key it is.
    pub key_id: String,
    /// Digest of the payload.
    pub sha256: Sha256,
    /// The file that has the line.
    pub attestations: FileName,
    /// Digest of the line without its line feed.
    pub line: Sha256,
}

impl Index {
    /// Adds a key. The same one twice is one, which signs what each of them does.
    ///
    /// # Errors
    ///
    /// When there is another key of the same mechanism: their signatures would have the same names.
    pub fn add_key(&mut self, mut key: Key) -> Result<(), IndexError> {
        let same = |known: &&Key| known.mechanism == key.mechanism;
        if let Some(known) = self.keys.iter().find(same).cloned() {
            if (&known.key_id, &known.public_key) != (&key.key_id, &key.public_key) {
                return Err(IndexError::TwoKeys(key.mechanism));
            }
            key.files.extend(&known.files);
            self.keys.remove(&known);
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
        self.is_listed(file, *mechanism, key_id)?;
        let twice = |known: &Signature| {
            known.file == *file && known.mechanism == *mechanism && *known != new
        };
        if self.signatures.iter().any(twice) {
            return Err(IndexError::Twice { file: file.clone(), mechanism: *mechanism });
        }
        self.signatures.insert(new);
        Ok(())
    }

    /// Adds a line by a key that was added before. The same one twice is one.
    ///
    /// # Errors
    ///
    /// When that key was not added.
    pub fn add_attestation(&mut self, new: Attestation) -> Result<(), IndexError> {
        self.is_listed(&new.file, new.mechanism, &new.key_id)?;
        self.attestations.insert(new);
        Ok(())
    }

    fn is_listed(&self, file: &FileName, how: Mechanism, key_id: &str) -> Result<(), IndexError> {
        if self.keys.iter().any(|key| key.mechanism == how && key.key_id == key_id) {
            return Ok(());
        }
        let (file, mechanism, key_id) = (file.clone(), how, key_id.to_owned());
        Err(IndexError::KeyNotListed { file, mechanism, key_id })
    }

    /// The signatures that files with these `names` must have by what the keys sign.
    #[must_use]
    pub fn demanded(&self, names: &BTreeMap<FileName, Sha256>) -> BTreeSet<Demand> {
        let of_key = |key: &Key| {
            let (files, mechanism) = (key.files.clone(), key.mechanism);
            let names = names.keys().filter(move |name| files.contains(&Kind::of(name.as_str())));
            names.map(move |name| Demand { file: name.to_string(), mechanism })
        };
        self.keys.iter().flat_map(of_key).collect()
    }

    /// How the keys sign that must have signed the provenance of a release with these files as a statement, too: those in PEM.
    #[must_use]
    pub fn attesting(&self, names: &BTreeMap<FileName, Sha256>) -> BTreeSet<Mechanism> {
        if !names.keys().any(|name| name.as_str() == PROVENANCE) {
            return BTreeSet::new();
        }
        let signing = self.keys.iter().filter(|key| key.files.contains(&Kind::of(PROVENANCE)));
        signing.map(|key| key.mechanism).filter(|how| how.has_statements()).collect()
    }

    /// The keys, by mechanism.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The signatures, by file and mechanism.
    pub fn signatures(&self) -> impl Iterator<Item = &Signature> {
        self.signatures.iter()
    }

    /// The lines of attestations, by file and mechanism.
    pub fn attestations(&self) -> impl Iterator<Item = &Attestation> {
        self.attestations.iter()
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
            attestations: &'a BTreeSet<Attestation>,
        }
        json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            keys: &self.keys,
            signatures: &self.signatures,
            attestations: &self.attestations,
        })
    }

    /// `release-signing-key-fingerprint.txt`: a line for each key.
    #[must_use]
    pub fn fingerprints(&self) -> String {
        let lines = self.keys.iter().map(|key| format!("{} {}\n", key.mechanism, key.key_id));
        lines.collect::<Vec<_>>().concat()
    }
}
