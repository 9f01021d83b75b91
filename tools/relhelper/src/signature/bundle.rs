//! Sigstore bundles, version 0.3, over a file, made with a key: `messageSignature` and `publicKey`.
//!
//! <https://github.com/sigstore/protobuf-specs>, `sigstore_bundle.proto`. No log and no certificate is needed to check
//! them. The hint in a bundle is no evidence: it only tells which key to say is unknown.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Outcome;
use super::bare::{self, BareError};
use super::key::{PublicKey, SecretKey};
use crate::document::json::to_bytes;
use crate::facts::Sha256;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// How bundles of the same content were called earlier.
const OTHER_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";

/// The bundle of `content`.
///
/// # Errors
///
/// As for [`bare::sign`].
pub fn sign(key: &SecretKey, content: &[u8]) -> Result<Vec<u8>, BareError> {
    let signature = bare::sign(key, content)?;
    let digest = sha2_256(content);
    Ok(to_bytes(&json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": { "publicKey": { "hint": hint(&key.public()) } },
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": BASE64.encode(&digest) },
            "signature": BASE64.encode(&signature),
        },
    })))
}

/// What the bundle `signature` says about `content`.
#[must_use]
pub fn verify(key: &PublicKey, content: &[u8], signature: &[u8]) -> Outcome {
    if let Some(outcome) = bare::refused(content) {
        return outcome;
    }
    let bundle = match Bundle::parse(signature) {
        Ok(bundle) => bundle,
        Err(outcome) => return outcome,
    };
    if key.verify(content, &bundle.signature).is_err() {
        return if bundle.hint != hint(key) {
            Outcome::UnknownKey { found: bundle.hint }
        } else if let Some(digest) = bundle.digest.filter(|digest| *digest != sha2_256(content)) {
            let digest = data_encoding::HEXLOWER.encode(&digest);
            Outcome::WrongFile { found: format!("bytes with the SHA-256 {digest}") }
        } else {
            Outcome::BadSignature
        };
    }
    if bundle.digest.is_none_or(|digest| digest == sha2_256(content)) {
        Outcome::Valid
    } else {
        Outcome::Malformed { reason: "its digest is not that of the signed bytes".to_owned() }
    }
}

/// What a bundle made with a key holds.
struct Bundle {
    /// It tells which file is meant. cosign 3 leaves it out with Ed25519 keys.
    digest: Option<Vec<u8>>,
    hint: String,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    media_type: String,
    verification_material: Material,
    message_signature: Option<MessageSignature>,
    dsse_envelope: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    public_key: Option<Hint>,
    certificate: Option<Value>,
}

#[derive(Deserialize)]
struct Hint {
    #[serde(default)]
    hint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSignature {
    message_digest: MessageDigest,
    signature: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MessageDigest {
    algorithm: String,
    digest: String,
}

impl Bundle {
    fn parse(bytes: &[u8]) -> Result<Self, Outcome> {
        let malformed = |reason: String| Outcome::Malformed { reason };
        let raw: Raw = serde_json::from_slice(bytes)
            .map_err(|error| malformed(format!("it is no sigstore bundle: {error}")))?;
        if raw.media_type != MEDIA_TYPE && raw.media_type != OTHER_MEDIA_TYPE {
            let found = raw.media_type.escape_debug();
            return Err(malformed(format!("it is of the type `{found}`, expected `{MEDIA_TYPE}`")));
        }
        if raw.dsse_envelope.is_some() {
            return Err(malformed("it holds an attestation, expected a signature".to_owned()));
        }
        let Some(message) = raw.message_signature else {
            return Err(malformed("it holds no signature".to_owned()));
        };
        let Some(hint) = raw.verification_material.public_key else {
            return Err(if raw.verification_material.certificate.is_some() {
                let reason = "it was made with a certificate and no key; \
                    `cosign verify-blob --bundle` checks such";
                Outcome::CouldNotCheck { reason: reason.to_owned() }
            } else {
                malformed("it names neither key nor certificate".to_owned())
            });
        };
        let digest = message.message_digest;
        let without_digest = digest.algorithm.is_empty() && digest.digest.is_empty();
        if digest.algorithm != "SHA2_256" && !without_digest {
            let found = digest.algorithm.escape_debug();
            return Err(malformed(format!("its digest is by `{found}`, expected `SHA2_256`")));
        }
        let decode = |text: &str| {
            let bytes = BASE64.decode(text.as_bytes());
            bytes.map_err(|_| malformed("it has text that is not Base64".to_owned()))
        };
        Ok(Self {
            digest: if without_digest { None } else { Some(decode(&digest.digest)?) },
            hint: hint.hint,
            signature: decode(&message.signature)?,
        })
    }
}

/// As cosign writes it: Base64 of the key's id.
fn hint(key: &PublicKey) -> String {
    BASE64.encode(&sha2_256(key.to_der()))
}

fn sha2_256(bytes: &[u8]) -> Vec<u8> {
    let digest = Sha256::of(bytes).to_string();
    crate::nix::encoding::from_hex(&digest).unwrap_or_default()
}
