//! Secret keys. They are shown nowhere: no `Debug`, no `Display`, and no part of one in an error.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use ed25519_dalek::pkcs8::PrivateKeyInfoRef;
use ed25519_dalek::pkcs8::spki::der::asn1::{SequenceRef, UintRef};
use ed25519_dalek::pkcs8::spki::der::{self, Decode as _, SecretDocument};
use ed25519_dalek::{Signer as _, SigningKey};
use ring::rand::SystemRandom;
use ring::signature::{self as ring_signature, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use zeroize::Zeroizing;

use super::public::{algorithm, bits, structure};
use super::{Algorithm, KeyError, PublicKey};

pub(super) const LABEL: &str = "PRIVATE KEY";
/// PKCS#8 version 1 (RFC 8410, section 7) in front of the 32 bytes of an Ed25519 key.
const ED25519_PREFIX: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A secret key. Ed25519 keys, and the text a key was read from, are overwritten when they are dropped; ring does not
/// do so with ECDSA and RSA keys.
pub struct SecretKey {
    kind: Kind,
    public: PublicKey,
}

enum Kind {
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<SigningKey>),
    Rsa(Box<RsaKeyPair>),
}

impl SecretKey {
    /// Reads one unencrypted key in PKCS#8 PEM, as `openssl genpkey` writes it.
    ///
    /// # Errors
    ///
    /// When it is something else, encrypted, or a key of another kind or size. Nothing of the key is in the error.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        match super::label(text, LABEL)? {
            LABEL => {}
            "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                return Err(KeyError::EncryptedByCosign);
            }
            other => {
                return Err(KeyError::Label { found: other.to_owned(), expected: LABEL });
            }
        }
        let (_, document) = SecretDocument::from_pem(text).map_err(structure)?;
        Self::from_der(document.as_bytes())
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(structure)?;
        let algorithm = algorithm(&info.algorithm)?;
        let ecdsa = |curve| {
            let key = EcdsaKeyPair::from_pkcs8(curve, der, &SystemRandom::new());
            key.map(|key| Kind::Ecdsa(Box::new(key))).map_err(structure)
        };
        let kind = match algorithm {
            Algorithm::EcdsaP256 => ecdsa(&ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING)?,
            Algorithm::EcdsaP384 => ecdsa(&ring_signature::ECDSA_P384_SHA384_ASN1_SIGNING)?,
            Algorithm::Ed25519 => {
                Kind::Ed25519(Box::new(SigningKey::try_from(info).map_err(structure)?))
            }
            Algorithm::Rsa => {
                let key = RsaKeyPair::from_pkcs8(der).map_err(|error| {
                    let bits = rsa_bits(info.private_key.as_bytes()).unwrap_or(0);
                    // ring signs with these alone.
                    if (2048..=4096).contains(&bits) {
                        structure(error)
                    } else {
                        KeyError::RsaSize { bits }
                    }
                })?;
                Kind::Rsa(Box::new(key))
            }
        };
        Self::new(kind, algorithm)
    }

    /// The Ed25519 key that these 32 random bytes are.
    ///
    /// # Errors
    ///
    /// Never in practice: no such key has a public part that is refused.
    pub fn from_ed25519_seed(seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        Self::new(Kind::Ed25519(Box::new(SigningKey::from_bytes(seed))), Algorithm::Ed25519)
    }

    fn new(kind: Kind, algorithm: Algorithm) -> Result<Self, KeyError> {
        let public = match &kind {
            Kind::Ecdsa(key) => PublicKey::from_raw(algorithm, key.public_key().as_ref()),
            Kind::Ed25519(key) => PublicKey::from_raw(algorithm, key.verifying_key().as_bytes()),
            Kind::Rsa(key) => PublicKey::from_raw(algorithm, key.public_key().as_ref()),
        }?;
        Ok(Self { kind, public })
    }

    /// A new ECDSA key over P-256.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn generate_p256() -> Result<Self, KeyError> {
        let curve = &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(structure)?;
        Self::from_der(document.as_ref())
    }

    /// The PKCS#8 PEM form of an Ed25519 key, byte for byte as OpenSSL writes it. Nothing for keys of other kinds, which
    /// are not made here.
    #[must_use]
    pub fn to_pem(&self) -> Option<Zeroizing<String>> {
        let Kind::Ed25519(key) = &self.kind else { return None };
        let mut der = Zeroizing::new([0; 48]);
        der[..16].copy_from_slice(&ED25519_PREFIX);
        der[16..].copy_from_slice(key.as_bytes());
        let base64 = Zeroizing::new(data_encoding::BASE64.encode(&*der));
        Some(Zeroizing::new(format!(
            "-----BEGIN {LABEL}-----\n{}\n-----END {LABEL}-----\n",
            *base64
        )))
    }

    /// The public part.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// A signature over `message`. Those of Ed25519 and RSA keys are always the same; each of an ECDSA key is another one.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let random = SystemRandom::new();
        match &self.kind {
            Kind::Ecdsa(key) => {
                let signature = key.sign(&random, message).map_err(|_| SigningFailed)?;
                Ok(signature.as_ref().to_owned())
            }
            Kind::Ed25519(key) => Ok(key.sign(message).to_vec()),
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let padding = &ring_signature::RSA_PKCS1_SHA256;
                key.sign(padding, &random, message, &mut signature).map_err(|_| SigningFailed)?;
                Ok(signature)
            }
        }
    }
}

/// Number of bits of the modulus, which is the second number of an `RSAPrivateKey` (RFC 8017, appendix A.1.2).
fn rsa_bits(key: &[u8]) -> der::Result<usize> {
    let mut reader = der::SliceReader::new(<&SequenceRef>::from_der(key)?.as_bytes())?;
    let _version = UintRef::decode(&mut reader)?;
    Ok(bits(&UintRef::decode(&mut reader)?))
}

/// The system's random numbers could not be had, or the key is defective.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key could not sign")]
pub struct SigningFailed;
