//! The SHA-256 of a NAR, Nix's archive of a file or tree. Never the checksum of a file people
//! download.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::encoding::{base64, from_base32, from_base64, from_hex, hex};

/// SHA-256 of a NAR; written in the form of Subresource Integrity, as `nix path-info` does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NarHash([u8; 32]);

impl NarHash {
    /// The digest.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest in lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl From<[u8; 32]> for NarHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for NarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256-{}", base64(&self.0))
    }
}

impl Serialize for NarHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for NarHash {
    type Err = NarHashError;

    /// Parses any form Nix has written: `sha256-` and base 64, or `sha256:` and base 32 or
    /// hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When it is none of them.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bytes = match (s.strip_prefix("sha256-"), s.strip_prefix("sha256:")) {
            (Some(digits), _) => from_base64(digits),
            (_, Some(digits)) if digits.len() == 64 => from_hex(digits),
            (_, Some(digits)) => from_base32(digits),
            (None, None) => None,
        };
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| NarHashError { found: s.to_owned() })
    }
}

/// Something that is not the SHA-256 of a NAR.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is not a NAR hash, expected `sha256-` and 44 digits of base 64, or `sha256:` and 52 digits of base 32 or 64 hexadecimal ones", .found.escape_debug())]
#[expect(missing_docs, reason = "the text says it")]
pub struct NarHashError {
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_the_same_hash() {
        let sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        for form in [
            sri,
            "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert_eq!(form.parse::<NarHash>().unwrap().to_string(), sri);
        }
    }

    #[test]
    fn refuses_other_algorithms_and_lengths() {
        for form in [
            "",
            "md5:00",
            "sha256:00",
            "sha256-AAAA",
            "sha512-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ] {
            assert_eq!(form.parse::<NarHash>(), Err(NarHashError { found: form.to_owned() }));
        }
    }
}
