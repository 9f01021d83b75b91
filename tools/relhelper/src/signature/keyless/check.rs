//! One bundle under one identity.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use data_encoding::HEXLOWER;
use sigstore_crypto::{parse_certificate_info, sha256};
use sigstore_types::bundle::VerificationMaterialContent;
use sigstore_types::{Bundle, HashAlgorithm, SignatureContent};
use sigstore_verify::{
    CertificateError, Error, TransparencyLogError, VerificationPolicy, VerificationResult, bundle,
};

use super::{CertificateIdentity, Trusted, provider};
use crate::signature::{CertificateDefect, Outcome, bare};

/// What the bundle says about `content`. The signature over the bytes comes first, so that what is told of certificate and
/// log is about a signature of this file.
pub fn check(
    trusted: &Trusted,
    expected: &CertificateIdentity,
    content: &[u8],
    signature: &[u8],
) -> Outcome {
    match checked(trusted, content, signature) {
        Ok(result) => identified(expected, &result),
        Err(outcome) => outcome,
    }
}

fn checked(
    trusted: &Trusted,
    content: &[u8],
    signature: &[u8],
) -> Result<VerificationResult, Outcome> {
    if let Some(outcome) = bare::refused(content) {
        return Err(outcome);
    }
    let malformed = |reason: String| Outcome::Malformed { reason };
    let text = std::str::from_utf8(signature)
        .map_err(|_| malformed("it is no sigstore bundle: it is no text".to_owned()))?;
    let bundle = Bundle::from_json(text)
        .map_err(|error| malformed(format!("it is no sigstore bundle: {error}")))?;
    if let VerificationMaterialContent::PublicKey(key) = &bundle.verification_material.content {
        let found = format!("{} (a key, no certificate)", key.hint.escape_debug());
        return Err(Outcome::UnknownKey { found });
    }
    let SignatureContent::MessageSignature(message) = &bundle.content else {
        // A statement about a file can say anything of it, also that it is bad.
        return Err(malformed("it holds an attestation, expected a signature".to_owned()));
    };
    let Some(certificate) = bundle.signing_certificate() else {
        return Err(malformed("it names neither key nor certificate".to_owned()));
    };
    let certificate = parse_certificate_info(certificate)
        .map_err(|error| malformed(format!("its certificate cannot be read: {error}")))?;
    let Some(digest) = &message.message_digest else {
        return Err(malformed("it does not say which digest its signature is over".to_owned()));
    };
    let scheme = certificate.key_algorithm.resolve_signing_scheme(digest.algorithm);
    let scheme = scheme.map_err(|error| Outcome::CouldNotCheck { reason: error.to_string() })?;
    let policy = VerificationPolicy::any_identity();
    let proved =
        provider::proving(&certificate.public_key, scheme, content, &message.signature, || {
            trusted.verifier.verify(content, &bundle, &policy)
        });
    let result = match proved {
        Ok(result) => result,
        Err(sigstore_crypto::Error::UnsupportedAlgorithm(reason)) => {
            return Err(Outcome::CouldNotCheck { reason: format!("not supported: {reason}") });
        }
        // Only for the words: this is refused in any case.
        Err(_)
            if digest.algorithm == HashAlgorithm::Sha2256 && digest.digest != sha256(content) =>
        {
            let digest = HEXLOWER.encode(digest.digest.as_bytes());
            return Err(Outcome::WrongFile { found: format!("bytes with the SHA-256 {digest}") });
        }
        Err(_) => return Err(Outcome::BadSignature),
    };
    let entries = &bundle.verification_material.tlog_entries;
    let refused = |defect, reason| Outcome::Certificate { defect, reason };
    if entries.is_empty() {
        let reason = "it has no entry of a log".to_owned();
        return Err(refused(CertificateDefect::NotInLog, reason));
    }
    // The promise is enough for bundles of version 0.1, and what version it is nothing signed says; for others, a proof in any
    // of their entries.
    if entries.iter().any(|entry| entry.inclusion_proof.is_none()) {
        let reason = "it has no proof that its entry is in the tree of the log".to_owned();
        return Err(refused(CertificateDefect::NotInLog, reason));
    }
    if let Some(entry) = entries.iter().find(|entry| !trusted.logs.contains(&entry.log_id)) {
        let log = HEXLOWER.encode(entry.log_id.key_id.as_bytes());
        let reason = format!("the trusted root does not have the log {log}");
        return Err(refused(CertificateDefect::Untrusted, reason));
    }
    let validity = certificate.not_before..=certificate.not_after;
    let mut times = entries.iter().filter_map(|entry| entry.integrated_time);
    let late = times.find(|time| !validity.contains(time));
    let result = result.map_err(|error| match (error, late) {
        // The chain is judged at the time of the log, which the log has signed; webpki says no more than that it failed.
        (Error::Certificate(CertificateError::ChainInvalid(_)), Some(time)) => refused(
            CertificateDefect::Expired,
            format!(
                "the log has it from {time}, and the certificate was valid from {} to {}",
                certificate.not_before, certificate.not_after
            ),
        ),
        (error, _) => outcome(error),
    })?;
    let all = result.certificate_verified() && result.sct_verified() && result.tlog_verified();
    if !all || result.verified_timestamps().is_empty() {
        let reason = "not everything was checked that must be".to_owned();
        return Err(Outcome::CouldNotCheck { reason });
    }
    Ok(result)
}

/// Whether the certificate is of who must have signed.
fn identified(expected: &CertificateIdentity, result: &VerificationResult) -> Outcome {
    let refused = |defect, reason| Outcome::Certificate { defect, reason };
    let none = || "nobody".to_owned();
    let issuer = result.issuer().map_or_else(none, |issuer| issuer.escape_debug().to_string());
    if result.issuer() != Some(expected.issuer.as_str()) {
        let reason = format!("{issuer} vouches for it, expected {}", expected.issuer);
        return refused(CertificateDefect::Issuer, reason);
    }
    let identity = result.identity().map(sigstore_verify::SubjectAltName::as_str);
    if !identity.is_some_and(|identity| expected.identity.matches(identity)) {
        let found = identity.map_or_else(none, |identity| identity.escape_debug().to_string());
        let reason = format!("it is of {found}, expected {}", expected.identity.as_str());
        return refused(CertificateDefect::Identity, reason);
    }
    Outcome::Valid
}

/// Why the sigstore crates refuse a bundle whose signature over the bytes is right.
fn outcome(error: Error) -> Outcome {
    let reason = error.to_string();
    let defect = match error {
        Error::Certificate(
            CertificateError::Expired { .. } | CertificateError::NotYetValid { .. },
        ) => CertificateDefect::Expired,
        Error::Certificate(CertificateError::Malformed(_))
        | Error::Bundle(
            bundle::Error::UnsupportedMediaType(_)
            | bundle::Error::UnsupportedVerificationMaterial
            | bundle::Error::CertificateChainNotAllowed(_),
        ) => return Outcome::Malformed { reason },
        Error::Certificate(_) | Error::TransparencyLog(TransparencyLogError::UnknownLog { .. }) => {
            CertificateDefect::Untrusted
        }
        // All others of a bundle are about proofs that are missing or contradict themselves.
        Error::TransparencyLog(_) | Error::Timestamp(_) | Error::Bundle(_) => {
            CertificateDefect::NotInLog
        }
        Error::ArtifactMismatch(_) => return Outcome::WrongFile { found: reason },
        Error::SignatureInvalid(_) => return Outcome::BadSignature,
        Error::UnsupportedBundle(_) | Error::UnsupportedArtifact(_) => {
            return Outcome::CouldNotCheck { reason };
        }
        _ => return Outcome::Malformed { reason },
    };
    Outcome::Certificate { defect, reason }
}
