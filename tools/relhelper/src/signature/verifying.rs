//! A key of any kind that verifies signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::key::{KeyError, PublicKey};
use super::keyless::{CertificateIdentity, IdentityError};
use super::{Mechanism, Outcome, bundle, minisign, raw, ssh};

/// A public key, with what it can verify.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VerifyingKey {
    /// No key, but whom a certificate must be of: sigstore bundles made without a key of one's own.
    Certificate(CertificateIdentity),
    /// An `OpenPGP` key block, which only the program gpg can use: see `io::gpg`.
    Gpg(String),
    /// A key of minisign.
    Minisign(minisign::PublicKey),
    /// A key in PEM: signatures of OpenSSL, sigstore bundles.
    Pem(PublicKey),
    /// A key of OpenSSH.
    Ssh(PublicKey),
}

/// A text that is no public key of any kind.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum VerifyingKeyError {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Minisign(#[from] minisign::MinisignError),
}

impl VerifyingKey {
    /// Reads a public key; its first line says of which kind it is.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, VerifyingKeyError> {
        if text.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----") {
            Ok(Self::Gpg(text.to_owned()))
        } else if text.starts_with("untrusted comment:") {
            Ok(Self::Minisign(minisign::PublicKey::parse(text)?))
        } else if text.starts_with("ssh-") {
            Ok(Self::Ssh(ssh::public_key(text)?))
        } else if text.starts_with('{') {
            Ok(Self::Certificate(CertificateIdentity::parse(text)?))
        } else {
            Ok(Self::Pem(PublicKey::from_pem(text)?))
        }
    }

    /// What the key is called in its own world: the id of a key in PEM, the fingerprint of one of OpenSSH, the number of one
    /// of minisign. Nothing for `OpenPGP`, where gpg has to be asked.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Certificate(identity) => Some(identity.id()),
            Self::Gpg(_) => None,
            Self::Minisign(key) => Some(key.id()),
            Self::Pem(key) => Some(key.id().to_string()),
            Self::Ssh(key) => ssh::fingerprint(key).ok(),
        }
    }

    /// How a file can be signed so that this key verifies it.
    #[must_use]
    pub fn mechanisms(&self) -> Vec<Mechanism> {
        match self {
            Self::Certificate(_) => vec![Mechanism::Sigstore],
            Self::Gpg(_) => vec![Mechanism::Gpg],
            Self::Minisign(_) => vec![Mechanism::Minisign],
            Self::Pem(key) => vec![key.algorithm().mechanism(), Mechanism::Sigstore],
            Self::Ssh(_) => vec![Mechanism::Ssh],
        }
    }

    /// What the signature file says about the file `name` with the bytes `content`.
    #[must_use]
    pub fn check(
        &self,
        mechanism: Mechanism,
        name: &str,
        content: &[u8],
        signature: &[u8],
    ) -> Outcome {
        if !self.mechanisms().contains(&mechanism) {
            let reason = format!("the key says nothing about signatures of the kind {mechanism}");
            return Outcome::CouldNotCheck { reason };
        }
        match self {
            Self::Certificate(identity) => identity.verify(content, signature),
            Self::Gpg(_) => {
                Outcome::CouldNotCheck { reason: "it takes the program gpg".to_owned() }
            }
            Self::Minisign(key) => key.verify(name, content, signature),
            Self::Pem(key) if mechanism == Mechanism::Sigstore => {
                bundle::verify(key, content, signature)
            }
            Self::Pem(key) => raw::verify(key, content, signature),
            Self::Ssh(key) => ssh::verify(key, content, signature),
        }
    }
}
