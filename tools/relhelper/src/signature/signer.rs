//! A secret key of any kind, with the mechanism it signs by.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::error::Error;

use super::key::{SecretKey, SigningFailed};
use super::{Mechanism, VerifyingKey, bundle, minisign, raw, ssh};
use crate::attestation::dsse::{Envelope, IN_TOTO};
use crate::release::layout;

/// What signs files.
pub trait Signer {
    /// How.
    fn mechanism(&self) -> Mechanism;

    /// What the key is called: see [`VerifyingKey::id`]; the fingerprint for `OpenPGP`.
    fn key_id(&self) -> String;

    /// The file with the public key that users get.
    fn public_key(&self) -> &VerifyingKey;

    /// What that file is called.
    fn public_name(&self) -> String {
        layout::signing_public_key(self.mechanism())
    }

    /// The same as the bytes of a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written in the form of its mechanism.
    fn public_file(&self) -> Result<String, Box<dyn Error + Send + Sync>>;

    /// The signature of the file `name` with the bytes `content`.
    ///
    /// # Errors
    ///
    /// When the key or the program behind it fails.
    fn sign(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

    /// The envelope of a statement with this payload; nothing where keys of this kind sign none.
    fn statement(&self, _payload: Vec<u8>) -> Option<Result<Envelope, SigningFailed>> {
        None
    }
}

/// A signer that needs no other program.
pub struct BuiltIn {
    key: Secret,
    public: VerifyingKey,
}

enum Secret {
    Bundle(SecretKey),
    Minisign(minisign::SecretKey),
    Raw(SecretKey),
    Ssh(SecretKey),
}

impl BuiltIn {
    /// Signs as OpenSSL does.
    #[must_use]
    pub fn raw(key: SecretKey) -> Self {
        Self { public: VerifyingKey::Pem(key.public()), key: Secret::Raw(key) }
    }

    /// Makes sigstore bundles.
    #[must_use]
    pub fn bundle(key: SecretKey) -> Self {
        Self { public: VerifyingKey::Pem(key.public()), key: Secret::Bundle(key) }
    }

    /// Signs as OpenSSH does.
    #[must_use]
    pub fn ssh(key: SecretKey) -> Self {
        Self { public: VerifyingKey::Ssh(key.public()), key: Secret::Ssh(key) }
    }

    /// Signs as minisign does.
    ///
    /// # Errors
    ///
    /// When the key has no public part.
    pub fn minisign(key: minisign::SecretKey) -> Result<Self, minisign::MinisignError> {
        Ok(Self { public: VerifyingKey::Minisign(key.public()?), key: Secret::Minisign(key) })
    }
}

impl Signer for BuiltIn {
    fn mechanism(&self) -> Mechanism {
        match &self.key {
            Secret::Bundle(_) => Mechanism::Sigstore,
            Secret::Minisign(_) => Mechanism::Minisign,
            Secret::Raw(key) => key.public().algorithm().mechanism(),
            Secret::Ssh(_) => Mechanism::Ssh,
        }
    }

    fn key_id(&self) -> String {
        self.public.id().unwrap_or_default()
    }

    fn public_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn public_file(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        Ok(match &self.public {
            VerifyingKey::Certificate(identity) => identity.to_text(),
            VerifyingKey::Gpg(text) => text.clone(),
            VerifyingKey::Minisign(key) => key.to_file(),
            VerifyingKey::Pem(key) => key.to_pem(),
            VerifyingKey::Ssh(key) => ssh::public_line(key)?,
        })
    }

    fn sign(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        Ok(match &self.key {
            Secret::Bundle(key) => bundle::sign(key, content)?,
            Secret::Minisign(key) => key.sign(name, content)?,
            Secret::Raw(key) => raw::sign(key, content)?,
            Secret::Ssh(key) => ssh::sign(key, content)?,
        })
    }

    fn statement(&self, payload: Vec<u8>) -> Option<Result<Envelope, SigningFailed>> {
        match &self.key {
            Secret::Raw(key) => Some(Envelope::sign(IN_TOTO, payload, &[key])),
            Secret::Bundle(_) | Secret::Minisign(_) | Secret::Ssh(_) => None,
        }
    }
}
