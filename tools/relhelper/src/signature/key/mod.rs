//! Keys in PEM files: public ones as `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7), secret ones as PKCS#8
//! (RFC 5958), both as OpenSSL writes them.
//!
//! Signatures are what OpenSSL makes: Ed25519 over the bytes themselves, ECDSA in DER, RSA PKCS#1 v1.5.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod id;
mod public;
mod secret;
#[cfg(test)]
mod tests;

pub use id::KeyId;
pub use public::{BadSignature, PublicKey};
pub use secret::{SecretKey, SigningFailed};

use std::fmt;

use ed25519_dalek::pkcs8::ObjectIdentifier;
use serde::Serialize;

use super::Mechanism;

/// Most bytes that a key file may have; those of the largest RSA key have about 6000.
pub const MAX_PEM_BYTES: usize = 64 * 1024;

/// What stands behind `BEGIN` in key files of OpenSSH.
const OPENSSH: &str = "OPENSSH PRIVATE KEY";

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What a key signs with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    #[serde(rename = "ecdsa-p256")]
    EcdsaP256,
    /// ECDSA over P-384 with SHA-384; signatures with SHA-256 verify too.
    #[serde(rename = "ecdsa-p384")]
    EcdsaP384,
    /// Ed25519 over the message itself.
    #[serde(rename = "ed25519")]
    Ed25519,
    /// RSA PKCS#1 v1.5 with SHA-256, 2048 to 8192 bits (4096 at most for secret keys).
    #[serde(rename = "rsa")]
    Rsa,
}

impl Algorithm {
    /// How a file is signed with such a key, without any envelope.
    #[must_use]
    pub fn mechanism(self) -> Mechanism {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 => Mechanism::Ecdsa,
            Self::Ed25519 => Mechanism::Ed25519,
            Self::Rsa => Mechanism::Rsa,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::Ed25519 => "Ed25519",
            Self::Rsa => "RSA",
        })
    }
}

/// Why a text is no key that can be used here. No variant shows any part of the text but its label.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum KeyError {
    #[error(
        "keys of the kind {found} are not supported, expected Ed25519, ECDSA P-256, ECDSA P-384 or RSA"
    )]
    Algorithm { found: String },
    #[error("the key of OpenSSH is encrypted, and only unencrypted ones can be read")]
    SshEncrypted,
    #[error("the key is encrypted, and only unencrypted PKCS#8 can be read")]
    Encrypted,
    #[error("the key is encrypted as cosign does it, and only unencrypted PKCS#8 can be read")]
    EncryptedByCosign,
    #[error(
        "the key file has `{}`, expected `{expected}`{}", .found.escape_debug(), convert(found)
    )]
    Label { found: String, expected: &'static str },
    #[error(
        "the RSA key has {bits} bits, expected 2048 to 4096 for signing, 2048 to 8192 for verifying"
    )]
    RsaSize { bits: usize },
    #[error("it has no line `-----BEGIN {expected}-----`, so it is no key in PEM")]
    NotPem { expected: &'static str },
    #[error("the key is not in the form that OpenSSL writes: {0}")]
    Structure(String),
    #[error("the key file has more than {MAX_PEM_BYTES} bytes")]
    TooLarge,
    #[error("the {0} key is one that anybody can sign for")]
    Weak(Algorithm),
}

impl KeyError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Encrypted => Some(
                "`openssl pkey -in KEY -out PLAIN` writes it unencrypted; keep the result out of shared folders",
            ),
            Self::EncryptedByCosign => Some(
                "cosign gives no key away unencrypted; `relhelper keys generate KEY` makes one, and `cosign import-key-pair --key KEY` takes it as well",
            ),
            // OpenSSH 9.2 leaves Ed25519 keys as they are, and says nothing.
            Self::Label { found, expected: secret::LABEL } if found == OPENSSH => Some(
                "`ssh-keygen -p -N '' -m PKCS8 -f COPY` turns a copy of an RSA or ECDSA key into PKCS#8; in the place of an Ed25519 key, `relhelper keys generate KEY` makes a new one",
            ),
            Self::SshEncrypted => Some(
                "copy the key file and take the passphrase off the copy: `ssh-keygen -p -N '' -f COPY`",
            ),
            Self::Algorithm { .. } => Some("`relhelper keys generate` makes a key of today's kind"),
            _ => None,
        }
    }
}

/// What stands behind `BEGIN` in a PEM text.
fn label<'a>(text: &'a str, expected: &'static str) -> Result<&'a str, KeyError> {
    use ed25519_dalek::pkcs8::spki::der::pem;
    if text.len() > MAX_PEM_BYTES {
        return Err(KeyError::TooLarge);
    }
    if !text.contains("-----BEGIN ") {
        return Err(KeyError::NotPem { expected });
    }
    pem::decode_label(text.as_bytes()).map_err(public::structure)
}

/// How a key in an older form becomes one that is read here.
fn convert(label: &str) -> &'static str {
    match label {
        "EC PRIVATE KEY" | "RSA PRIVATE KEY" => {
            " (`openssl pkcs8 -topk8 -nocrypt -in KEY -out PKCS8` converts it)"
        }
        "RSA PUBLIC KEY" => " (`openssl rsa -RSAPublicKey_in -pubout -in KEY` converts it)",
        "PRIVATE KEY" => " (`openssl pkey -in KEY -pubout` writes its public part)",
        "CERTIFICATE" => " (`openssl x509 -in CERT -noout -pubkey` writes its public key)",
        OPENSSH => " (a key of OpenSSH, which `relhelper sign --ssh-key` takes)",
        _ => "",
    }
}
