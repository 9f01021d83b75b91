//! Signatures of OpenSSH: `ssh-keygen -Y sign -n file`, with Ed25519 keys.
//!
//! <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig>. The namespace `file` is part of what is
//! signed, so that no signature made for another use is taken for one of a file.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use ssh_key::private::KeypairData;
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg, LineEnding, Signature, SshSig};
use zeroize::Zeroizing;

use super::Outcome;
use super::key::{self, KeyError, MAX_PEM_BYTES, PublicKey, SecretKey};

/// What a signature must be for.
pub const NAMESPACE: &str = "file";

/// Reads an unencrypted Ed25519 key in the format of `ssh-keygen`, or in PKCS#8.
///
/// # Errors
///
/// When it is something else. Nothing of the key is in the error.
pub fn secret_key(text: &str) -> Result<SecretKey, KeyError> {
    if text.len() > MAX_PEM_BYTES {
        return Err(KeyError::TooLarge);
    }
    let key = if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        let key = ssh_key::PrivateKey::from_openssh(text).map_err(structure)?;
        if key.is_encrypted() {
            return Err(KeyError::SshEncrypted);
        }
        let KeypairData::Ed25519(pair) = key.key_data() else {
            return Err(KeyError::Algorithm { found: key.algorithm().to_string() });
        };
        SecretKey::from_ed25519_seed(&Zeroizing::new(pair.private.to_bytes()))?
    } else {
        SecretKey::from_pem(text)?
    };
    only_ed25519(key.public())?;
    Ok(key)
}

/// Reads a line like `ssh-ed25519 AAAA… comment`.
///
/// # Errors
///
/// When it is something else, or a key of another kind.
pub fn public_key(line: &str) -> Result<PublicKey, KeyError> {
    if line.len() > MAX_PEM_BYTES {
        return Err(KeyError::TooLarge);
    }
    let key = ssh_key::PublicKey::from_openssh(line.trim_end()).map_err(structure)?;
    match key.key_data() {
        KeyData::Ed25519(key) => PublicKey::from_ed25519(&key.0),
        other => Err(KeyError::Algorithm { found: other.algorithm().to_string() }),
    }
}

/// The line that `ssh-keygen -y` prints, with a line feed.
///
/// # Errors
///
/// When `key` is not an Ed25519 key.
pub fn public_line(key: &PublicKey) -> Result<String, KeyError> {
    let line = ssh_key::PublicKey::from(key_data(key)?).to_openssh().map_err(structure)?;
    Ok(line + "\n")
}

/// The fingerprint, as `ssh-keygen -l` prints it: `SHA256:…`.
///
/// # Errors
///
/// When `key` is not an Ed25519 key.
pub fn fingerprint(key: &PublicKey) -> Result<String, KeyError> {
    Ok(key_data(key)?.fingerprint(HashAlg::Sha256).to_string())
}

/// The signature of `content`. It is always the same.
///
/// # Errors
///
/// When `key` is not an Ed25519 key.
pub fn sign(key: &SecretKey, content: &[u8]) -> Result<Vec<u8>, KeyError> {
    let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, content).map_err(structure)?;
    let raw = key.sign(&data).map_err(structure)?;
    let signature = Signature::new(Algorithm::Ed25519, raw).map_err(structure)?;
    let public = key_data(&key.public())?;
    let signature =
        SshSig::new(public, NAMESPACE, HashAlg::Sha512, signature).map_err(structure)?;
    Ok(signature.to_pem(LineEnding::LF).map_err(structure)?.into_bytes())
}

/// What the file `signature` says about `content`.
#[must_use]
pub fn verify(key: &PublicKey, content: &[u8], signature: &[u8]) -> Outcome {
    let malformed = |reason: String| Outcome::Malformed { reason };
    let signature = match SshSig::from_pem(signature) {
        Ok(signature) => signature,
        Err(error) => return malformed(format!("it is no signature of OpenSSH: {error}")),
    };
    // Newer ones must be refused; there is no older one.
    if signature.version() != SshSig::VERSION {
        return malformed(format!("its version is {}, expected 1", signature.version()));
    }
    let namespace = signature.namespace();
    if namespace != NAMESPACE {
        let namespace = namespace.escape_debug();
        return malformed(format!("it is for the use `{namespace}`, expected `{NAMESPACE}`"));
    }
    let unknown = || Outcome::UnknownKey {
        found: signature.public_key().fingerprint(HashAlg::Sha256).to_string(),
    };
    if key_data(key).ok().as_ref() != Some(signature.public_key()) {
        return unknown();
    }
    if signature.algorithm() != Algorithm::Ed25519 {
        return malformed("it is not by the algorithm of its key".to_owned());
    }
    let data = match SshSig::signed_data(NAMESPACE, signature.hash_alg(), content) {
        Ok(data) => data,
        Err(error) => return malformed(error.to_string()),
    };
    key.verify(&data, signature.signature_bytes())
        .map_or(Outcome::BadSignature, |()| Outcome::Valid)
}

fn key_data(key: &PublicKey) -> Result<KeyData, KeyError> {
    only_ed25519(key.clone())?;
    let bytes = key.raw().try_into().map_err(structure)?;
    Ok(KeyData::Ed25519(Ed25519PublicKey(bytes)))
}

fn only_ed25519(key: PublicKey) -> Result<(), KeyError> {
    match key.algorithm() {
        key::Algorithm::Ed25519 => Ok(()),
        other => Err(KeyError::Algorithm { found: format!("{other} (for SSH)") }),
    }
}

fn structure(error: impl std::fmt::Display) -> KeyError {
    KeyError::Structure(error.to_string())
}
