//! Names for components and documents that come from what they name, so that they are the same
//! whoever makes them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::nix::encoding::hex;
use crate::nix::hash::{sha256, sha256_of_parts};

/// Names a component or task in a document: letters, digits, `-` and `.`, as SPDX demands.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(Arc<str>);

impl Id {
    /// The id of what `identity` tells apart. `kind` and `label` are there for people.
    #[must_use]
    pub fn new(kind: &str, label: &str, identity: &[&str]) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let label: String = label.chars().take(80).map(plain).collect();
        // No text of an identity has a NUL in it.
        let digest = sha256([&[kind], identity].concat().join("\0").as_bytes());
        Self(format!("{kind}-{label}-{}", hex(&digest[..8])).into())
    }

    /// An id that was written before.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A UUID of version 8 (RFC 9562, section 5.8) made of the SHA-256 of a content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The UUID of `content`.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self::of_parts(&[content])
    }

    /// The UUID of the parts of a content, one behind the other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let digest = sha256_of_parts(parts);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.0[..4], &self.0[4..6], &self.0[6..8], &self.0[8..10], &self.0[10..]];
        f.write_str(&parts.map(hex).join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn ids_have_only_letters_digits_hyphens_and_dots() {
        let id = Id::new("crate", "zstd_sys-2.0.1+1.5.2", &["zstd_sys", "2.0.1+1.5.2"]);
        expect!["crate-zstd-sys-2.0.1-1.5.2-466fee13a389f08c"].assert_eq(id.as_str());
        assert_ne!(id, Id::new("crate", "zstd_sys-2.0.1+1.5.2", &["zstd-sys", "2.0.1+1.5.2"]));
    }

    // The digest is that of FIPS 180-2, appendix B.1: ba7816bf 8f01cfea 414140de 5dae2223 …
    #[test]
    fn uuids_are_of_version_8() {
        assert_eq!(Uuid::of(b"abc").to_string(), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    }
}
