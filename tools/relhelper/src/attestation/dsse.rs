//! DSSE 1.0.2: a payload, its type, and signatures over both.
//!
//! Spec: <https://github.com/secure-systems-lab/dsse>, `envelope.md` and `protocol.md`. The payload can be had from
//! [`Envelope::verified_by`] only, as the very bytes that were signed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use data_encoding::{BASE64, BASE64URL};
use serde::{Deserialize, Serialize};

use super::json::{self, JsonError, Limits};
use crate::signature::key::{KeyId, PublicKey, SecretKey, SigningFailed};

/// The payload type of in-toto Statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Signatures of one envelope that are looked at.
pub const MAX_SIGNATURES: usize = 64;

/// What is signed: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body` (`protocol.md`, "Signature Definition").
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// A signed payload whose signatures nobody has checked yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

/// A signature, and a hint which key made it. The hint is never believed.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Signature {
    keyid: Option<String>,
    sig: Vec<u8>,
}

/// A payload that keys have signed: these bytes, and no others, are what may be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// The type, which is signed as well.
    pub payload_type: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// The distinct keys with a right signature; at least one.
    pub keys: BTreeSet<KeyId>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct RawEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize, Serialize)]
struct RawSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}

/// Bytes that are not an envelope.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum EnvelopeError {
    #[error("its {field} is not base64")]
    Base64 { field: &'static str },
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("it is not a DSSE envelope: {0}")]
    Shape(serde_json::Error),
    #[error("it has {found} signatures, expected 1 to {MAX_SIGNATURES}")]
    Signatures { found: usize },
}

impl Envelope {
    /// Reads an envelope in its JSON form. Fields that are not known are ignored, as the specification demands.
    ///
    /// # Errors
    ///
    /// When it is larger or deeper than [`Limits::ATTESTATION`], has a key twice, lacks a field, or has no signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let value = json::parse(bytes, &Limits::ATTESTATION)?;
        let raw: RawEnvelope = serde_json::from_value(value).map_err(EnvelopeError::Shape)?;
        let found = raw.signatures.len();
        if found == 0 || found > MAX_SIGNATURES {
            return Err(EnvelopeError::Signatures { found });
        }
        let signatures = raw.signatures.into_iter().map(|RawSignature { keyid, sig }| {
            Ok::<_, EnvelopeError>(Signature { keyid, sig: decode("signature", &sig)? })
        });
        Ok(Self {
            payload: decode("payload", &raw.payload)?,
            payload_type: raw.payload_type,
            signatures: signatures.collect::<Result<_, EnvelopeError>>()?,
        })
    }

    /// Signs a payload with each of `keys`.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn sign(
        payload_type: &str,
        payload: Vec<u8>,
        keys: &[&SecretKey],
    ) -> Result<Self, SigningFailed> {
        let message = pae(payload_type, &payload);
        let sign = |key: &&SecretKey| {
            let keyid = Some(key.public().id().to_string());
            Ok(Signature { keyid, sig: key.sign(&message)? })
        };
        let signatures = keys.iter().map(sign).collect::<Result<_, _>>()?;
        Ok(Self { payload_type: payload_type.to_owned(), payload, signatures })
    }

    /// The type of the payload; to be believed no more than the payload.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Whether a signature says that it is of the key with this id. It is a hint, and proves nothing.
    #[must_use]
    pub fn names(&self, keyid: &str) -> bool {
        self.signatures.iter().any(|signature| signature.keyid.as_deref() == Some(keyid))
    }

    /// The payload and those of `keys` that signed it, whatever the envelope says of its keys; or nothing, when none did.
    #[must_use]
    pub fn verified_by(&self, keys: &[PublicKey]) -> Option<Verified> {
        let message = pae(&self.payload_type, &self.payload);
        let signed = |key: &&PublicKey| {
            self.signatures.iter().any(|signature| key.verify(&message, &signature.sig).is_ok())
        };
        let keys: BTreeSet<_> = keys.iter().filter(signed).map(PublicKey::id).collect();
        (!keys.is_empty()).then(|| Verified {
            payload_type: self.payload_type.clone(),
            payload: self.payload.clone(),
            keys,
        })
    }

    /// The JSON form, in one line without a line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        let signatures = self.signatures.iter().map(|signature| RawSignature {
            keyid: signature.keyid.clone(),
            sig: BASE64.encode(&signature.sig),
        });
        let raw = RawEnvelope {
            payload: BASE64.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: signatures.collect(),
        };
        serde_json::json!(raw).to_string()
    }
}

/// Standard or URL-safe base64, padded (`envelope.md`: "Either standard or URL-safe encoding is allowed").
fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, EnvelopeError> {
    let standard = BASE64.decode(text.as_bytes());
    standard
        .or_else(|_| BASE64URL.decode(text.as_bytes()))
        .map_err(|_| EnvelopeError::Base64 { field })
}

#[cfg(test)]
mod tests;
