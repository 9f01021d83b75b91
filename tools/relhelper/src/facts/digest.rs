//! SHA-256 of the bytes of a file, as published. Never of a NAR.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::{Serialize, Serializer};

/// A SHA-256 digest; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sha256([u8; 32]);

impl From<[u8; 32]> for Sha256 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Sha256 {
    /// The digest of bytes that are in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(<sha2::Sha256 as sha2::Digest>::digest(bytes).into())
    }
}

impl std::str::FromStr for Sha256 {
    type Err = ();

    /// Parses 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When `s` is something else; the caller knows what it stands for.
    fn from_str(s: &str) -> Result<Self, ()> {
        let bytes = crate::nix::encoding::from_hex(s).ok_or(())?;
        bytes.try_into().map(Self).map_err(|_| ())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What reading a file from its first byte to its last told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Measured {
    /// Number of bytes.
    pub size: u64,
    /// Digest of those bytes.
    pub sha256: Sha256,
}

impl Measured {
    /// Size and digest of bytes that are in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: Sha256::of(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    #[test]
    fn is_written_in_lower_case_hexadecimal() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256::of(b"abc").to_string(), expected);
        assert_eq!(expected.parse(), Ok(Sha256::of(b"abc")));
        assert_eq!(expected[1..].parse::<Sha256>(), Err(()));
    }
}
