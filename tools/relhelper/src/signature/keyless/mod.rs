//! Sigstore bundles made without a key of one's own: a certificate authority vouches for an identity, for a few minutes, and
//! a log for when it signed.
//!
//! Checking needs a trusted root: the authorities and logs that are believed. Nothing is fetched. What is checked: the
//! signature over the bytes by the key of the certificate; the certificate up to an authority of the root at the time of the
//! log, for code signing, with the promise of a certificate log (RFC 6962); identity and issuer of the certificate; the log
//! entry, that it is about this signature, in a tree that a log of the root has signed (RFC 6962, section 2.1.1).
//! <https://github.com/sigstore/protobuf-specs>, `sigstore_bundle.proto` and `sigstore_trustroot.proto`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod check;
mod expected;
mod provider;
pub mod request;
#[cfg(test)]
mod tests;
mod token;

use serde::{Deserialize, Serialize};
use sigstore_crypto::parse_certificate_info;
use sigstore_trust_root::TrustedRoot;
use sigstore_types::DerCertificate;
use sigstore_types::bundle::LogId;
use sigstore_verify::{SubjectAltName, Verifier};

use super::Outcome;
use crate::facts::Sha256;
use expected::Expected;
pub use expected::PatternError;
pub use token::Token;

/// Media types of trusted roots end with a version behind this.
const ROOT_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.trustedroot";

/// Who must have signed: an identity that an issuer vouches for, and the authorities that are believed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateIdentity {
    identity: Expected,
    issuer: String,
    root: String,
}

/// Why nobody can be recognised by this.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum IdentityError {
    #[error("the {0} is empty")]
    Empty(&'static str),
    #[error("the trusted root has no {0}, so no bundle could ever be checked")]
    Lacks(&'static str),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("it is no trusted root of sigstore: {0}")]
    Root(String),
    #[error("it is no identity with its trusted root: {0}")]
    Text(String),
}

/// How an identity is written where public keys are.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Text {
    certificate_identity: String,
    certificate_oidc_issuer: String,
    trusted_root: String,
}

impl CertificateIdentity {
    /// `identity` is the certificate's subject alternative name (an address of mail or a URI), exactly or with a `*` as
    /// [`PatternError`] tells; `issuer` the URL of who vouches for it, exactly; `root` a trusted root in JSON.
    ///
    /// # Errors
    ///
    /// When one of them cannot be used.
    pub fn new(identity: &str, issuer: &str, root: &str) -> Result<Self, IdentityError> {
        if issuer.trim().is_empty() {
            return Err(IdentityError::Empty("issuer"));
        }
        let identity = Expected::parse(identity)?;
        trusted(root)?;
        Ok(Self { identity, issuer: issuer.to_owned(), root: root.to_owned() })
    }

    /// Whom `certificate` (DER) is of, under `root`. That the root vouches for it is not checked here.
    ///
    /// # Errors
    ///
    /// When it is no such certificate, or the root cannot be used.
    pub fn of_certificate(certificate: &[u8], root: &str) -> Result<Self, IdentityError> {
        provider::install();
        let info = parse_certificate_info(&DerCertificate::new(certificate.to_vec()))
            .map_err(|error| IdentityError::Text(error.to_string()))?;
        let identity = info.identity.as_ref().map(SubjectAltName::as_str).unwrap_or_default();
        Self::new(identity, &info.issuer.unwrap_or_default(), root)
    }

    /// The identity behind a text of [`Self::to_text`].
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let text: Text =
            serde_json::from_str(text).map_err(|error| IdentityError::Text(error.to_string()))?;
        Self::new(&text.certificate_identity, &text.certificate_oidc_issuer, &text.trusted_root)
    }

    /// The same as JSON, of which [`Self::id`] is the digest.
    #[must_use]
    pub fn to_text(&self) -> String {
        text(self.identity.as_str(), &self.issuer, &self.root)
    }

    /// SHA-256 of the text: another identity, issuer or root is another signer.
    #[must_use]
    pub fn id(&self) -> String {
        Sha256::of(self.to_text().as_bytes()).to_string()
    }

    /// What the bundle `signature` says about `content`.
    #[must_use]
    pub fn verify(&self, content: &[u8], signature: &[u8]) -> Outcome {
        match trusted(&self.root) {
            Ok(trusted) => check::check(&trusted, self, content, signature),
            Err(error) => Outcome::CouldNotCheck { reason: error.to_string() },
        }
    }
}

/// How an identity and its root are written where public keys are; see [`CertificateIdentity::parse`].
#[must_use]
pub fn text(identity: &str, issuer: &str, root: &str) -> String {
    let text = Text {
        certificate_identity: identity.to_owned(),
        certificate_oidc_issuer: issuer.to_owned(),
        trusted_root: root.to_owned(),
    };
    serde_json::to_string(&text).unwrap_or_default()
}

/// The root of the public instance at sigstore.dev, as it was when this program was made.
#[must_use]
pub fn public_root() -> &'static str {
    sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT
}

/// A trusted root, ready to check bundles by.
struct Trusted {
    verifier: Verifier,
    logs: Vec<LogId>,
}

fn trusted(text: &str) -> Result<Trusted, IdentityError> {
    provider::install();
    let wrong = |error: &dyn std::fmt::Display| IdentityError::Root(error.to_string());
    let root = TrustedRoot::from_json(text).map_err(|error| wrong(&error))?;
    if !root.media_type.starts_with(ROOT_MEDIA_TYPE) {
        return Err(wrong(&format!("its type is `{}`", root.media_type.escape_debug())));
    }
    let lacks = [
        (root.certificate_authorities.is_empty(), "certificate authority"),
        (root.ctlogs.is_empty(), "certificate log"),
        (root.tlogs.is_empty(), "signature log"),
    ];
    if let Some((_, what)) = lacks.into_iter().find(|(empty, _)| *empty) {
        return Err(IdentityError::Lacks(what));
    }
    let verifier = Verifier::new(&root).map_err(|error| wrong(&error))?;
    Ok(Trusted { verifier, logs: root.tlogs.into_iter().map(|log| log.log_id).collect() })
}
