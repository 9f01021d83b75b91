//! Public keys.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::asn1::{AnyRef, BitStringRef, SequenceRef, UintRef};
use ed25519_dalek::pkcs8::spki::der::{self, Decode as _, Encode as _, Reader as _, pem};
use ed25519_dalek::pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use ed25519_dalek::{Signature, VerifyingKey};
use ring::signature as ring;

use super::{Algorithm, EC, ED25519, KeyError, KeyId, P256, P384, RSA};

const LABEL: &str = "PUBLIC KEY";

/// A public key. Two are equal when they are the same key.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// The key as the functions that verify want it: 32 bytes, an uncompressed point, or an `RSAPublicKey`.
    raw: Vec<u8>,
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads one public key in PEM, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    ///
    /// When it is something else, a key of another kind, too short, or in an encoding that is not the usual one (a
    /// compressed point, say): then the same key would have two ids.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let label = super::label(text, LABEL)?;
        if label != LABEL {
            return Err(KeyError::Label { found: label.to_owned(), expected: LABEL });
        }
        let (_, der) = pem::decode_vec(text.as_bytes()).map_err(structure)?;
        Self::from_der(&der)
    }

    /// Reads a `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    ///
    /// As for [`Self::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(structure)?;
        let algorithm = algorithm(&info.algorithm)?;
        let raw = info.subject_public_key.as_bytes();
        let raw = raw.ok_or_else(|| KeyError::Structure("its bits are no bytes".to_owned()))?;
        let key = Self::from_raw(algorithm, raw)?;
        if key.spki != der {
            return Err(KeyError::Structure("it has an unusual encoding".to_owned()));
        }
        Ok(key)
    }

    /// The key with these 32 bytes (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    ///
    /// When they are no point, or one of small order.
    pub fn from_ed25519(raw: &[u8]) -> Result<Self, KeyError> {
        Self::from_raw(Algorithm::Ed25519, raw)
    }

    pub(super) fn from_raw(algorithm: Algorithm, raw: &[u8]) -> Result<Self, KeyError> {
        let form = |text: &str| KeyError::Structure(text.to_owned());
        match algorithm {
            Algorithm::Ed25519 => {
                let bytes = raw.try_into().map_err(|_| form("it does not have 32 bytes"))?;
                let key = VerifyingKey::from_bytes(bytes).map_err(|_| form("it is no point"))?;
                if key.is_weak() {
                    return Err(KeyError::Weak(algorithm));
                }
            }
            Algorithm::EcdsaP256 | Algorithm::EcdsaP384 => {
                let coordinate = if algorithm == Algorithm::EcdsaP256 { 32 } else { 48 };
                if raw.first() != Some(&4) || raw.len() != 2 * coordinate + 1 {
                    return Err(form("its point is not uncompressed"));
                }
            }
            Algorithm::Rsa => check_rsa(raw)?,
        }
        let spki = spki(algorithm, raw).map_err(structure)?;
        Ok(Self { algorithm, raw: raw.to_owned(), spki })
    }

    /// What it verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// SHA-256 of its DER form.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.spki)
    }

    /// The 32 bytes of an Ed25519 key, the uncompressed point of an ECDSA key, or the `RSAPublicKey` (RFC 8017, appendix
    /// A.1.1).
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.spki
    }

    /// The PEM form, byte for byte as `openssl pkey -pubout` writes it.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let base64 = data_encoding::BASE64.encode(&self.spki);
        let mut text = format!("-----BEGIN {LABEL}-----\n");
        let mut rest = base64.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text + &format!("-----END {LABEL}-----\n")
    }

    /// Whether `signature` is one by this key over `message`.
    ///
    /// # Errors
    ///
    /// When it is not, whatever the reason.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let with = |algorithm: &'static dyn ring::VerificationAlgorithm| {
            let key = ring::UnparsedPublicKey::new(algorithm, &self.raw);
            key.verify(message, signature).map_err(|_| BadSignature)
        };
        match self.algorithm {
            Algorithm::EcdsaP256 => with(&ring::ECDSA_P256_SHA256_ASN1),
            // `openssl dgst -sha256 -sign` takes SHA-256 with every key.
            Algorithm::EcdsaP384 => {
                with(&ring::ECDSA_P384_SHA384_ASN1).or_else(|_| with(&ring::ECDSA_P384_SHA256_ASN1))
            }
            Algorithm::Ed25519 => {
                let key = self.raw.as_slice().try_into().map_err(|_| BadSignature)?;
                let key = VerifyingKey::from_bytes(key).map_err(|_| BadSignature)?;
                let signature = Signature::from_slice(signature).map_err(|_| BadSignature)?;
                // Strict: no signature that other implementations might refuse, or that has a second form.
                key.verify_strict(message, &signature).map_err(|_| BadSignature)
            }
            Algorithm::Rsa => with(&ring::RSA_PKCS1_2048_8192_SHA256),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm, self.id())
    }
}

/// A signature that is not one of the key over the message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("bad signature")]
pub struct BadSignature;

pub(super) fn structure(error: impl fmt::Display) -> KeyError {
    KeyError::Structure(error.to_string())
}

/// The algorithm of a key, public or secret.
pub(super) fn algorithm(found: &AlgorithmIdentifierRef<'_>) -> Result<Algorithm, KeyError> {
    let unknown = |found: &dyn fmt::Display| KeyError::Algorithm { found: found.to_string() };
    match found.oid {
        ED25519 => Ok(Algorithm::Ed25519),
        RSA => Ok(Algorithm::Rsa),
        EC => match found.parameters_oid().map_err(structure)? {
            P256 => Ok(Algorithm::EcdsaP256),
            P384 => Ok(Algorithm::EcdsaP384),
            other => Err(unknown(&other)),
        },
        other => Err(unknown(&other)),
    }
}

/// Checks an `RSAPublicKey` (RFC 8017, appendix A.1.1). DER has one form for each, which the reader insists on.
fn check_rsa(raw: &[u8]) -> Result<(), KeyError> {
    let numbers = || {
        let mut reader = der::SliceReader::new(<&SequenceRef>::from_der(raw)?.as_bytes())?;
        let (modulus, exponent) = (UintRef::decode(&mut reader)?, UintRef::decode(&mut reader)?);
        reader.finish()?;
        Ok::<_, der::Error>((modulus, exponent))
    };
    let (modulus, exponent) = numbers().map_err(structure)?;
    let bits = bits(&modulus);
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::RsaSize { bits });
    }
    // With an exponent of 1 every message is its own signature.
    if matches!(exponent.as_bytes(), [] | [0..3]) {
        return Err(KeyError::Weak(Algorithm::Rsa));
    }
    Ok(())
}

/// Number of bits from the first that is set to the last.
pub(super) fn bits(number: &UintRef<'_>) -> usize {
    let bytes = number.as_bytes();
    let unused = bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
    (bytes.len() * 8).saturating_sub(unused)
}

fn spki(algorithm: Algorithm, raw: &[u8]) -> der::Result<Vec<u8>> {
    let curve = |oid: &'static _| (EC, Some(AnyRef::from(oid)));
    let (oid, parameters) = match algorithm {
        Algorithm::EcdsaP256 => curve(&P256),
        Algorithm::EcdsaP384 => curve(&P384),
        Algorithm::Ed25519 => (ED25519, None),
        Algorithm::Rsa => (RSA, Some(AnyRef::NULL)),
    };
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(raw)?,
    }
    .to_der()
}
