//! What is said to the certificate authority (Fulcio, API version 2) and to the log (Rekor, API version 1), and what their
//! answers are.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Token;
use crate::document::json::to_bytes;
use crate::facts::Sha256;
use crate::signature::key::{SecretKey, SigningFailed};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Why no bundle could be made. No variant shows any part of a token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum RequestError {
    #[error("the answer of the {who} cannot be used: {why}")]
    Answer { who: &'static str, why: String },
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    #[error("the identity token {0}")]
    Token(&'static str),
}

/// The body of the request for a certificate: the token, the public key, and that its owner asks, which a signature over the
/// subject of the token shows.
///
/// # Errors
///
/// When the key cannot sign.
pub fn certificate_request(
    token: &Token,
    key: &SecretKey,
) -> Result<Zeroizing<Vec<u8>>, RequestError> {
    let proof = key.sign(token.subject().as_bytes())?;
    Ok(Zeroizing::new(to_bytes(&json!({
        "credentials": { "oidcIdentityToken": token.text() },
        "publicKeyRequest": {
            "publicKey": { "algorithm": "ECDSA", "content": key.public().to_pem() },
            "proofOfPossession": BASE64.encode(&proof),
        },
    }))))
}

/// What is told of an answer that is no JSON of the right form: where, and nothing of what stands there. It can be a token.
pub(super) fn unreadable(who: &'static str, error: &serde_json::Error) -> RequestError {
    let (line, column) = (error.line(), error.column());
    let why = format!("it is not the JSON that is expected, in line {line}, column {column}");
    RequestError::Answer { who, why }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateAnswer {
    signed_certificate_embedded_sct: Option<Chained>,
}

#[derive(Deserialize)]
struct Chained {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// The certificate in the authority's answer, in DER.
///
/// # Errors
///
/// When there is none with the promise of a certificate log in it.
pub fn certificate(answer: &[u8]) -> Result<Vec<u8>, RequestError> {
    let who = "certificate authority";
    let wrong = |why: String| RequestError::Answer { who, why };
    // It was sent the token.
    let answer: CertificateAnswer =
        serde_json::from_slice(answer).map_err(|error| unreadable(who, &error))?;
    let chain = answer
        .signed_certificate_embedded_sct
        .ok_or_else(|| wrong("the certificate has no promise of a log in it".to_owned()))?;
    let pem = chain.chain.certificates.first().map(String::as_str).unwrap_or_default();
    let body = pem
        .trim()
        .strip_prefix("-----BEGIN CERTIFICATE-----")
        .and_then(|rest| rest.strip_suffix("-----END CERTIFICATE-----"));
    let body: String = body.unwrap_or_default().split_ascii_whitespace().collect();
    match BASE64.decode(body.as_bytes()) {
        Ok(der) if !der.is_empty() => Ok(der),
        _ => Err(wrong("it has no certificate in PEM".to_owned())),
    }
}

/// The body of the request for an entry `hashedrekord`, version 0.0.1.
#[must_use]
pub fn log_request(content: &[u8], signature: &[u8], certificate: &[u8]) -> Vec<u8> {
    to_bytes(&json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": Sha256::of(content).to_string() } },
            "signature": {
                "content": BASE64.encode(signature),
                "publicKey": { "content": BASE64.encode(pem(certificate).as_bytes()) },
            },
        },
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogAnswer {
    body: String,
    integrated_time: u64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: u64,
    verification: Verification,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    inclusion_proof: Proof,
    signed_entry_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: u64,
    root_hash: String,
    tree_size: u64,
}

/// The bundle, version 0.3, out of a signature over `content` and the log's answer.
///
/// # Errors
///
/// When the answer is no entry. Whether it is a true one, those who verify find out.
pub fn bundle(
    content: &[u8],
    signature: &[u8],
    certificate: &[u8],
    answer: &[u8],
) -> Result<Vec<u8>, RequestError> {
    let digest = Sha256::of(content).to_string();
    Ok(to_bytes(&json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": { "rawBytes": BASE64.encode(certificate) },
            "tlogEntries": [entry(answer)?],
        },
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": from_hex(&digest)? },
            "signature": BASE64.encode(signature),
        },
    })))
}

fn entry(answer: &[u8]) -> Result<Value, RequestError> {
    let entries: BTreeMap<String, LogAnswer> =
        serde_json::from_slice(answer).map_err(|error| of_log(error.to_string()))?;
    let mut entries = entries.into_values();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(of_log("it has not exactly one entry".to_owned()));
    };
    let proof = entry.verification.inclusion_proof;
    let hashes: Result<Vec<_>, _> = proof.hashes.iter().map(|hash| from_hex(hash)).collect();
    Ok(json!({
        "logIndex": entry.log_index.to_string(),
        "logId": { "keyId": from_hex(&entry.log_id)? },
        "kindVersion": { "kind": "hashedrekord", "version": "0.0.1" },
        "integratedTime": entry.integrated_time.to_string(),
        "inclusionPromise": { "signedEntryTimestamp": entry.verification.signed_entry_timestamp },
        "inclusionProof": {
            "logIndex": proof.log_index.to_string(),
            "rootHash": from_hex(&proof.root_hash)?,
            "treeSize": proof.tree_size.to_string(),
            "hashes": hashes?,
            "checkpoint": { "envelope": proof.checkpoint },
        },
        "canonicalizedBody": entry.body,
    }))
}

fn of_log(why: String) -> RequestError {
    RequestError::Answer { who: "log", why }
}

/// Hexadecimal digits as Base64.
fn from_hex(text: &str) -> Result<String, RequestError> {
    let bytes = HEXLOWER.decode(text.as_bytes());
    bytes
        .map(|bytes| BASE64.encode(&bytes))
        .map_err(|_| of_log("it has a digest that is none".to_owned()))
}

/// A certificate as OpenSSL writes it, which is how the log keeps it.
fn pem(certificate: &[u8]) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in BASE64.encode(certificate).as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    #[test]
    fn a_request_shows_that_the_key_is_the_subjects() {
        let text = format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(br#"{"sub":"me"}"#));
        let token = Token::parse(Zeroizing::new(text.clone())).unwrap();
        let key = SecretKey::generate_p256().unwrap();
        let body: Value =
            serde_json::from_slice(&certificate_request(&token, &key).unwrap()).unwrap();
        assert_eq!(body["credentials"]["oidcIdentityToken"], text.as_str());
        let request = &body["publicKeyRequest"];
        assert_eq!(request["publicKey"]["algorithm"], "ECDSA");
        assert_eq!(request["publicKey"]["content"], key.public().to_pem().as_str());
        let proof = request["proofOfPossession"].as_str().unwrap();
        let proof = BASE64.decode(proof.as_bytes()).unwrap();
        assert!(key.public().verify(b"me", &proof).is_ok());
    }

    #[test]
    fn answers_that_are_none_are_refused() {
        for answer in [
            "",
            "{}",
            r#"{"signedCertificateDetachedSct":{"chain":{"certificates":["x"]}}}"#,
            r#"{"signedCertificateEmbeddedSct":{"chain":{"certificates":[]}}}"#,
            r#"{"signedCertificateEmbeddedSct":{"chain":{"certificates":["-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"]}}}"#,
        ] {
            assert!(certificate(answer.as_bytes()).is_err(), "{answer}");
        }
        for answer in ["", "{}", "[]", r#"{"a":{}}"#] {
            assert!(entry(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[test]
    fn an_authority_that_sends_back_what_it_was_sent_betrays_nothing() {
        for answer in ["\"e30.e30.c2VjcmV0\"", r#"{"signedCertificateEmbeddedSct":"c2VjcmV0"}"#] {
            let error = certificate(answer.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("in line 1, column "), "{error}");
            assert!(!error.contains("c2VjcmV0"), "{error}");
        }
    }

    #[test]
    fn certificates_are_written_in_lines_of_64() {
        let text = pem(&[0; 100]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [27, 64, 64, 8, 25]);
        let answer = json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": [text]}}});
        assert_eq!(certificate(answer.to_string().as_bytes()).unwrap(), [0; 100]);
    }
}
