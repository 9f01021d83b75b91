//! Detached code signatures: all that turns an unsigned executable into the published one, in a file of its own.
//! `docs/formats/detached-code-signature.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::bytes::index;
use super::{Format, Proof, Unproven, prove};
use crate::document::json;
use crate::facts::Sha256;

/// A code signature without the executable that it is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Detached {
    /// Version of this format; 1.
    pub format_version: u32,
    /// Format of the executable.
    pub format: Format,
    /// The executable that it fits.
    pub unsigned: FileDigest,
    /// What comes out.
    pub signed: FileDigest,
    /// The signed executable, from its first byte to its last.
    pub parts: Vec<Part>,
}

/// Size and digest of a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FileDigest {
    /// Number of bytes.
    pub size: u64,
    /// SHA-256 of all of them, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// Some bytes of the signed executable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum Part {
    /// Bytes of the unsigned executable.
    Copy {
        /// Offset of the first.
        start: u64,
        /// How many.
        bytes: u64,
    },
    /// Bytes that the signer wrote.
    Write {
        /// What they are, for people.
        what: String,
        /// The bytes.
        base64: String,
    },
}

/// Why a signature cannot be attached.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AttachError {
    #[error("the detached signature is not of the documented form: {0}")]
    Form(String),
    #[error("the signature is for the file with the SHA-256 {expected}, but this one has {found}")]
    OtherBytes { found: String, expected: String },
    #[error(
        "a part of the detached signature lies outside of the file, or not behind the one before it"
    )]
    Part,
    #[error(
        "what comes out has the SHA-256 {found}, but the detached signature promises {expected}"
    )]
    Result { found: String, expected: String },
    #[error("it would change more than a code signature: {0}")]
    Unproven(#[from] Unproven),
}

impl FileDigest {
    /// Of the bytes of `file`.
    #[must_use]
    pub fn of(file: &[u8]) -> Self {
        Self { size: file.len() as u64, sha256: Sha256::of(file).to_string() }
    }
}

/// Takes the signature off a signed executable. Needs the unsigned one, as it is not a function of the signed one.
///
/// # Errors
///
/// When it is not proven that they differ in the signature only.
pub fn extract(signed: &[u8], unsigned: &[u8]) -> Result<Detached, Unproven> {
    let Proof { format, published, equal, .. } = prove(signed, unsigned)?;
    let write = |piece: super::Piece| {
        let bytes = signed.get(index(piece.start)..index(piece.end)).unwrap_or_default();
        (piece.start, Part::Write { what: piece.what, base64: BASE64.encode(bytes) })
    };
    let empty = |piece: &super::Piece| piece.start == piece.end;
    let mut parts: Vec<_> =
        published.into_iter().filter(|piece| !empty(piece)).map(write).collect();
    let copy =
        |run: super::Equal| (run.published, Part::Copy { start: run.rebuilt, bytes: run.bytes });
    parts.extend(equal.into_iter().map(copy));
    parts.sort_by_key(|(start, _)| *start);
    Ok(Detached {
        format_version: json::FORMAT_VERSION,
        format,
        unsigned: FileDigest::of(unsigned),
        signed: FileDigest::of(signed),
        parts: parts.into_iter().map(|(_, part)| part).collect(),
    })
}

impl Detached {
    /// Reads a detached signature.
    ///
    /// # Errors
    ///
    /// When it is not of this form, or of another version of it.
    pub fn parse(document: &[u8]) -> Result<Self, AttachError> {
        let detached: Self = serde_json::from_slice(document)
            .map_err(|error| AttachError::Form(error.to_string()))?;
        if detached.format_version != json::FORMAT_VERSION {
            let found = detached.format_version;
            return Err(AttachError::Form(format!("its version is {found}, expected 1")));
        }
        Ok(detached)
    }

    /// The signed executable. Whoever made this cannot change anything but the code signature: that is proven again.
    ///
    /// # Errors
    ///
    /// When `unsigned` is not the file that it is for, or the result is not the one promised.
    pub fn attach(&self, unsigned: &[u8]) -> Result<Vec<u8>, AttachError> {
        let found = FileDigest::of(unsigned);
        if found != self.unsigned {
            let expected = self.unsigned.sha256.clone();
            return Err(AttachError::OtherBytes { found: found.sha256, expected });
        }
        let (mut signed, mut position) = (Vec::new(), 0);
        for part in &self.parts {
            match part {
                // In order, so that the result is no longer than file and signature together.
                Part::Copy { start, bytes } => {
                    let end = start.checked_add(*bytes).filter(|_| *start >= position);
                    position = end.ok_or(AttachError::Part)?;
                    let copied = unsigned.get(index(*start)..index(position));
                    signed.extend(copied.ok_or(AttachError::Part)?);
                }
                Part::Write { base64, .. } => {
                    let bytes = BASE64.decode(base64.as_bytes());
                    signed.extend(bytes.map_err(|error| AttachError::Form(error.to_string()))?);
                }
            }
        }
        let found = FileDigest::of(&signed);
        if found != self.signed {
            let expected = self.signed.sha256.clone();
            return Err(AttachError::Result { found: found.sha256, expected });
        }
        prove(&signed, unsigned)?;
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{macho_aarch64, macho_x86_64, pe_signed, pe_x86_64, universal};
    use crate::macho::sign_ad_hoc;

    fn pairs() -> Vec<(Vec<u8>, Vec<u8>)> {
        let again = |program| sign_ad_hoc(program, "org.example.hello").unwrap();
        vec![
            (pe_signed(), pe_x86_64()),
            (again(macho_x86_64()), macho_x86_64()),
            (again(macho_aarch64()), macho_aarch64()),
            (
                universal(&[again(macho_x86_64()), again(macho_aarch64())]),
                universal(&[macho_x86_64(), macho_aarch64()]),
            ),
        ]
    }

    #[test]
    fn attaching_what_was_extracted_gives_the_signed_bytes() {
        for (signed, unsigned) in pairs() {
            let document = json::to_bytes(&extract(&signed, &unsigned).unwrap());
            let attached = Detached::parse(&document).unwrap().attach(&unsigned).unwrap();
            assert!(attached == signed);
        }
    }

    #[test]
    fn refuses_other_bytes() {
        for (signed, unsigned) in pairs() {
            let detached = extract(&signed, &unsigned).unwrap();
            let mut other = unsigned.clone();
            other[0x450] ^= 1;
            assert!(matches!(detached.attach(&other), Err(AttachError::OtherBytes { .. })));
            assert!(matches!(detached.attach(&signed), Err(AttachError::OtherBytes { .. })));
            assert!(extract(&signed, &other).is_err());
        }
    }

    #[test]
    fn refuses_to_change_anything_but_the_signature() {
        let (signed, unsigned) = (pe_signed(), pe_x86_64());
        let detached = extract(&signed, &unsigned).unwrap();
        let attach = |parts: Vec<Part>, result: &[u8]| {
            let signed = FileDigest::of(result);
            Detached { signed, parts, ..detached.clone() }.attach(&unsigned)
        };
        // Other code, with all digests right.
        let mut evil = signed.clone();
        evil[0x401] ^= 1;
        let write = Part::Write { what: String::new(), base64: BASE64.encode(&evil) };
        let outcome = attach(vec![write.clone()], &evil);
        assert!(
            matches!(outcome, Err(AttachError::Unproven(Unproven::Differs { .. }))),
            "{outcome:?}"
        );
        assert!(matches!(attach(vec![write], &signed), Err(AttachError::Result { .. })));
        // Bytes that are not there, and bytes twice.
        let copy = |start, bytes| Part::Copy { start, bytes };
        assert_eq!(attach(vec![copy(0, u64::MAX)], &signed), Err(AttachError::Part));
        assert_eq!(attach(vec![copy(0, 9), copy(8, 9)], &signed), Err(AttachError::Part));
        assert_eq!(attach(vec![copy(u64::MAX, 2)], &signed), Err(AttachError::Part));
    }

    #[test]
    fn refuses_other_forms() {
        let document = json::to_bytes(&extract(&pe_signed(), &pe_x86_64()).unwrap());
        let text = String::from_utf8(document).unwrap();
        for (from, to) in [
            ("\"formatVersion\": 1", "\"formatVersion\": 2"),
            ("\"pe\"", "\"elf\""),
            ("\"copy\"", "\"fetch\""),
            ("\"parts\"", "\"more\": 1,\n  \"parts\""),
        ] {
            assert!(text.contains(from), "{from}");
            let error = Detached::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(matches!(error, AttachError::Form(_)), "{to}: {error}");
        }
    }
}
