//! Signatures of minisign, prehashed (BLAKE2b-512, then Ed25519), with a trusted comment that names the file.
//!
//! <https://jedisct1.github.io/minisign/#signature-format>. The trusted comment is signed too, so a signature that was put
//! beside another file of the same bytes is noticed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Cursor;
use std::ops::Range;

use data_encoding::BASE64;
use minisign::SignatureBox;
use zeroize::Zeroizing;

use super::key::MAX_PEM_BYTES;
use super::{Outcome, bare};

const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";
/// Where an encrypted key file says that it is one; `\0\0` stands there otherwise.
const SCRYPT: &[u8; 2] = b"Sc";

/// Where the two halves of the key stand in a key file.
const SEED: Range<usize> = 62..94;
const PUBLIC: Range<usize> = 94..126;

/// A text that is no key of minisign, or one that could not be opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum MinisignError {
    #[error("minisign: {0}")]
    Library(String),
    #[error("the minisign key is encrypted, and there is no passphrase")]
    PassphraseMissing,
    #[error("it is no secret key of minisign: {0}")]
    Secret(&'static str),
    #[error("it is no public key of minisign: {0}")]
    Public(&'static str),
}

/// A secret key. The text it was read from is overwritten; the crate that signs does not overwrite its own copy.
pub struct SecretKey(minisign::SecretKey);

impl SecretKey {
    /// Whether a key file is encrypted, so that its passphrase has to be asked for.
    ///
    /// # Errors
    ///
    /// When it is no key file.
    pub fn is_encrypted(text: &str) -> Result<bool, MinisignError> {
        let bytes = Zeroizing::new(second_line(text).ok_or(MinisignError::Secret("its form"))?);
        // Algorithms (3 × 2), salt, two limits, key number, key, checksum.
        if bytes.len() != 6 + 32 + 16 + 8 + 64 + 32 || !bytes.starts_with(b"Ed") {
            return Err(MinisignError::Secret("its length or algorithm"));
        }
        Ok(bytes.get(2..4) == Some(SCRYPT))
    }

    /// Reads a key file of minisign. `passphrase` is used when it is encrypted.
    ///
    /// # Errors
    ///
    /// When it is something else, or the passphrase is missing or wrong. Nothing of either is in the error.
    pub fn parse(
        text: &str,
        passphrase: Option<&Zeroizing<String>>,
    ) -> Result<Self, MinisignError> {
        let key = if Self::is_encrypted(text)? {
            let file = minisign::SecretKeyBox::from_string(text).map_err(library)?;
            let passphrase = passphrase.ok_or(MinisignError::PassphraseMissing)?;
            file.into_secret_key(Some(passphrase.as_str().to_owned())).map_err(library)?
        } else {
            // minisign writes no checksum into such files, which the crate insists on when it reads the text.
            let bytes = Zeroizing::new(second_line(text).ok_or(MinisignError::Secret("its form"))?);
            let (seed, public) = (bytes.get(SEED), bytes.get(PUBLIC));
            let seed = seed.and_then(|seed| seed.try_into().ok()).map(Zeroizing::new);
            let seed: Zeroizing<[u8; 32]> = seed.ok_or(MinisignError::Secret("its length"))?;
            let whole = super::key::SecretKey::from_ed25519_seed(&seed)
                .is_ok_and(|key| Some(key.public().raw()) == public);
            if !whole {
                return Err(MinisignError::Secret("its two halves do not belong together"));
            }
            minisign::SecretKey::from_bytes(&bytes).map_err(library)?
        };
        Ok(Self(key))
    }

    /// The public part.
    ///
    /// # Errors
    ///
    /// When the crate that reads it refuses it.
    pub fn public(&self) -> Result<PublicKey, MinisignError> {
        minisign::PublicKey::from_secret_key(&self.0).map(PublicKey).map_err(library)
    }

    /// The signature of the file `name` with the bytes `content`. Each is another one.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn sign(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, MinisignError> {
        // Without a time: a release's are those of its commit.
        let trusted = format!("file:{name}\thashed");
        let untrusted = "signature from minisign secret key";
        let signature = minisign::sign(None, &self.0, content, Some(&trusted), Some(untrusted));
        Ok(signature.map_err(library)?.into_string().into_bytes())
    }
}

/// A new key pair: the secret key file, encrypted when there is a passphrase, and the public one.
///
/// # Errors
///
/// When the system gives no random numbers.
pub fn generate(
    passphrase: Option<&Zeroizing<String>>,
) -> Result<(Zeroizing<String>, PublicKey), MinisignError> {
    let pair = match passphrase {
        Some(text) => minisign::KeyPair::generate_encrypted_keypair(Some(text.as_str().to_owned())),
        None => minisign::KeyPair::generate_unencrypted_keypair(),
    }
    .map_err(library)?;
    let comment = match passphrase {
        Some(_) => "minisign encrypted secret key",
        None => "minisign secret key",
    };
    let secret = pair.sk.to_box(Some(comment)).map_err(library)?.into_string();
    Ok((Zeroizing::new(secret), PublicKey(pair.pk)))
}

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey(minisign::PublicKey);

impl PublicKey {
    /// Reads a key file of minisign, or its second line alone.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, MinisignError> {
        let alone = || BASE64.decode(text.trim().as_bytes()).ok();
        let bytes = second_line(text).or_else(alone).ok_or(MinisignError::Public("its form"))?;
        if bytes.len() != 2 + 8 + 32 || !bytes.starts_with(b"Ed") {
            return Err(MinisignError::Public("its length or algorithm"));
        }
        // The same keys that are refused elsewhere: of small order, or no point.
        super::key::PublicKey::from_ed25519(&bytes[10..])
            .map_err(|_| MinisignError::Public("its point"))?;
        minisign::PublicKey::from_bytes(&bytes).map(Self).map_err(library)
    }

    /// The key file, byte for byte as minisign writes it.
    #[must_use]
    pub fn to_file(&self) -> String {
        let base64 = BASE64.encode(&self.0.to_bytes());
        format!("{UNTRUSTED}minisign public key {}\n{base64}\n", self.id())
    }

    /// The key number in the form that minisign shows: 16 upper-case hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        number(self.0.keynum())
    }

    /// What the file `signature` says about the file `name` with the bytes `content`.
    #[must_use]
    pub fn verify(&self, name: &str, content: &[u8], signature: &[u8]) -> Outcome {
        let malformed = |reason: &str| Outcome::Malformed { reason: reason.to_owned() };
        let Some(text) = well_formed(signature) else {
            return malformed("it is no signature of minisign");
        };
        let Ok(signature) = SignatureBox::from_string(text) else {
            return malformed("it is no signature of minisign");
        };
        if signature.keynum() != self.0.keynum() {
            return Outcome::UnknownKey { found: number(signature.keynum()) };
        }
        // Signatures over the bytes themselves are those of minisign before 0.10, and of signify.
        if let Some(outcome) = bare::refused(content).filter(|_| !signature.is_prehashed()) {
            return outcome;
        }
        let content = Cursor::new(content);
        if minisign::verify(&self.0, &signature, content, true, false, true).is_err() {
            return Outcome::BadSignature;
        }
        let comment = signature.trusted_comment().unwrap_or_default();
        let about = comment.split('\t').find_map(|field| field.strip_prefix("file:"));
        match about {
            Some(found) if found != name => {
                Outcome::WrongFile { found: found.escape_debug().to_string() }
            }
            _ => Outcome::Valid,
        }
    }
}

/// The text of a signature, if it has four lines with what belongs there. The crate that reads it is not to be given others.
fn well_formed(signature: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(signature).ok()?;
    if text.len() > MAX_PEM_BYTES {
        return None;
    }
    let lines: Vec<_> = text.lines().collect();
    let [untrusted, signature, trusted, global] = lines.as_slice() else { return None };
    let bytes = |line: &str| BASE64.decode(line.as_bytes()).ok();
    let fits = untrusted.starts_with(UNTRUSTED)
        && trusted.starts_with(TRUSTED)
        && bytes(signature).is_some_and(|bytes| bytes.len() == 2 + 8 + 64)
        && bytes(global).is_some_and(|bytes| bytes.len() == 64);
    fits.then_some(text)
}

/// What the Base64 behind the comment of a key file stands for.
fn second_line(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.lines();
    let comment =
        lines.next().filter(|line| line.starts_with(UNTRUSTED) && text.len() <= MAX_PEM_BYTES);
    let (_, line, rest) = (comment?, lines.next()?, lines.next());
    rest.is_none().then(|| BASE64.decode(line.as_bytes()).ok()).flatten()
}

fn number(little_endian: &[u8]) -> String {
    let big_endian: Vec<_> = little_endian.iter().rev().copied().collect();
    data_encoding::HEXUPPER.encode(&big_endian)
}

fn library(error: minisign::PError) -> MinisignError {
    MinisignError::Library(error.to_string())
}
