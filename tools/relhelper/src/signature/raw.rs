//! Signatures without any envelope, as OpenSSL makes them.
//!
//! The file holds the signature's bytes. `openssl` wants these; cosign takes them as well, though it writes Base64,
//! which is accepted here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Outcome;
use super::bare::{self, BareError};
use super::key::{Algorithm, PublicKey, SecretKey};

/// The signature of `content`.
///
/// # Errors
///
/// As for [`bare::sign`].
pub fn sign(key: &SecretKey, content: &[u8]) -> Result<Vec<u8>, BareError> {
    bare::sign(key, content)
}

/// What the file `signature` says about `content`.
#[must_use]
pub fn verify(key: &PublicKey, content: &[u8], signature: &[u8]) -> Outcome {
    if let Some(outcome) = bare::refused(content) {
        return outcome;
    }
    let decoded = from_base64(signature);
    let signature = decoded.as_deref().unwrap_or(signature);
    let length = signature.len();
    let malformed = match key.algorithm() {
        Algorithm::Ed25519 if length != 64 => Some(format!("it has {length} bytes, expected 64")),
        // A DER sequence.
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 if signature.first() != Some(&0x30) => {
            Some("it is no ECDSA signature in DER".to_owned())
        }
        Algorithm::Rsa if !(256..=1024).contains(&length) => {
            Some(format!("it has {length} bytes, expected 256 to 1024"))
        }
        _ => None,
    };
    if let Some(reason) = malformed {
        return Outcome::Malformed { reason };
    }
    key.verify(content, signature).map_or(Outcome::BadSignature, |()| Outcome::Valid)
}

/// The bytes that a text of Base64 alone stands for. No signature looks like one by chance.
fn from_base64(signature: &[u8]) -> Option<Vec<u8>> {
    data_encoding::BASE64.decode(signature.trim_ascii_end()).ok()
}
