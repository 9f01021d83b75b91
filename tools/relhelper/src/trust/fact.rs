//! What is known of a release's signatures before a policy judges them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::FileKind;
use crate::signature::CertificateDefect;

/// A public key, by the digest or fingerprint of its kind: lower-case hexadecimal digits.
pub type KeyId = String;

/// A release, as its files say.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Name of the product, from `release-manifest.json`.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<semver::Version>,
    /// Every file that policies know, by name.
    pub files: BTreeMap<String, FileKind>,
    /// Every signature found.
    pub signatures: Vec<Signature>,
    /// Statements that the release says keys at hand have signed, and that these have not; or that could not be looked at.
    pub statements: Vec<Signature>,
}

/// A signature over a file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Signature {
    /// The file it is for.
    pub file: String,
    /// Where it was found.
    pub place: String,
    /// What checking it told.
    pub check: Check,
    /// The time it claims, in itself, to have been made at. Nobody but its key vouches for that.
    pub claimed_time: Option<Timestamp>,
}

/// What checking a signature told, whatever a policy says of its key.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Check {
    /// It is not a signature of this key over this file, though it says so.
    Bad(Option<KeyId>),
    /// It is right, and does not count under this identity: why, and that in words.
    Certificate(KeyId, CertificateDefect, String),
    /// The key is not what it should be by its own account, as a certificate that has expired or was revoked: which, and how.
    KeyUnfit(KeyId, Unfit),
    /// This key made it, over exactly the bytes of the file.
    Good(KeyId),
    /// It is no signature of its mechanism, or one that never counts: under which key that was found, and why, in words.
    Malformed(Option<KeyId>, String),
    /// It needs roots of trust, and there are none: which.
    TrustRootMissing(String),
    /// It could not be checked: why.
    Unchecked(String),
    /// No key that is at hand made it: what it says of its key.
    UnknownKey(String),
    /// It is good, and made over another file: which.
    WrongFile(String),
}

/// What a key says against itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unfit {
    /// Its time is over.
    Expired,
    /// It is revoked.
    Revoked,
}
