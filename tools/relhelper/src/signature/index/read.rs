//! The shape of `signatures.json`, and what can be wrong with it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Attestation, Index, Key, Signature};
use crate::document::json;
use crate::facts::Sha256;
use crate::release::FileName;
use crate::signature::Mechanism;
use crate::signature::required::Kind;

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
    Mechanism(#[from] crate::signature::outcome::UnknownMechanism),
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
    attestations: Vec<RawAttestation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawKey {
    mechanism: String,
    key_id: String,
    public_key: String,
    files: BTreeSet<Kind>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawAttestation {
    file: String,
    mechanism: String,
    key_id: String,
    sha256: String,
    attestations: String,
    line: String,
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
        for RawKey { mechanism, key_id, public_key, files } in raw.keys {
            let (mechanism, public_key) = (mechanism.parse()?, public_key.parse()?);
            index.add_key(Key { mechanism, key_id, public_key, files })?;
        }
        for raw in raw.signatures {
            let file: FileName = raw.file.parse()?;
            let sha256 = digest(&file, raw.sha256)?;
            let (mechanism, signature) = (raw.mechanism.parse()?, raw.signature.parse()?);
            index.add(Signature { file, mechanism, key_id: raw.key_id, sha256, signature })?;
        }
        for raw in raw.attestations {
            let file: FileName = raw.file.parse()?;
            let (sha256, line) = (digest(&file, raw.sha256)?, digest(&file, raw.line)?);
            let (mechanism, key_id) = (raw.mechanism.parse()?, raw.key_id);
            let attestations = raw.attestations.parse()?;
            index.add_attestation(Attestation {
                file,
                mechanism,
                key_id,
                sha256,
                attestations,
                line,
            })?;
        }
        Ok(index)
    }
}

fn digest(file: &FileName, found: String) -> Result<Sha256, IndexError> {
    found.parse().map_err(|()| IndexError::Digest { file: file.clone(), found })
}
