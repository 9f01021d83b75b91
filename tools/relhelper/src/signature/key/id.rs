//! What a key is called.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::facts::Sha256;

/// SHA-256 of the DER form of a public key's `SubjectPublicKeyInfo`; written as 64 lower-case hexadecimal digits.
///
/// `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints the same. One key has one id: other encodings of
/// the same key are refused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(Sha256);

impl KeyId {
    /// The id of the key with this `SubjectPublicKeyInfo`.
    #[must_use]
    pub(super) fn of(spki: &[u8]) -> Self {
        Self(Sha256::of(spki))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no key id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is no key id, expected 64 lower-case hexadecimal digits", .0.escape_debug())]
pub struct KeyIdError(pub String);

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(s: &str) -> Result<Self, KeyIdError> {
        s.parse().map(Self).map_err(|()| KeyIdError(s.to_owned()))
    }
}
