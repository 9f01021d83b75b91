//! The certificate table of a PE file: well-formed, and over the bytes of its own file.
//!
//! Microsoft, "Windows Authenticode Portable Executable Signature Format" (2008). Who signed, and
//! whether the signature over the digest is right, is not looked at: only a trusted certificate could say.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use sha2::{Sha256, Sha384, Sha512};

use super::bytes::{field, index, u16_le, u32_le};
use super::pe::Image;
use super::{Problem, problem};

/// `WIN_CERT_REVISION_2_0` and `WIN_CERT_TYPE_PKCS_SIGNED_DATA`.
const REVISION: u16 = 0x0200;
const PKCS_SIGNED_DATA: u16 = 2;
/// Entries have lengths of multiples of this.
const ENTRY_ALIGN: usize = 8;

/// DER of `1.2.840.113549.1.7.2`, `1.3.6.1.4.1.311.2.1.4`, and of three digests.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const SPC_INDIRECT_DATA: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const INTEGER: u8 = 0x02;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;

/// Checks every entry of the table, and that the digests are those of `file`.
pub(super) fn check(file: &[u8], image: &Image, table: Range<usize>) -> Result<(), Problem> {
    let mut rest = field(file, table.start, table.len())?;
    while !rest.is_empty() {
        let length = index(u32_le(rest, 0)?);
        if u16_le(rest, 4)? != REVISION || u16_le(rest, 6)? != PKCS_SIGNED_DATA {
            return problem("its certificate table holds something else than PKCS #7 signatures");
        }
        let room = length.checked_next_multiple_of(ENTRY_ALIGN).unwrap_or(usize::MAX);
        let entry = rest.get(8..length).filter(|_| room <= rest.len());
        let Some(entry) = entry else {
            return problem("an entry of its certificate table is longer than the table");
        };
        let (content, behind) = value(entry, SEQUENCE)?;
        let padding = behind.iter().chain(rest.get(length..room).unwrap_or_default());
        if behind.len() >= ENTRY_ALIGN || padding.into_iter().any(|byte| *byte != 0) {
            return problem("bytes follow a signature in its certificate table");
        }
        check_digest(file, image, table.start, content)?;
        rest = rest.get(room..).unwrap_or_default();
    }
    Ok(())
}

/// Follows `ContentInfo` → `SignedData` → `SpcIndirectDataContent` → `DigestInfo`.
fn check_digest(file: &[u8], image: &Image, end: usize, info: &[u8]) -> Result<(), Problem> {
    let (kind, rest) = value(info, OBJECT_IDENTIFIER)?;
    let (signed, _) = value(rest, CONTEXT_0)?;
    let (signed, _) = value(signed, SEQUENCE)?;
    let (_, rest) = value(signed, INTEGER)?;
    let (_, rest) = value(rest, SET)?;
    let (content, _) = value(rest, SEQUENCE)?;
    let (content_kind, rest) = value(content, OBJECT_IDENTIFIER)?;
    if kind != SIGNED_DATA || content_kind != SPC_INDIRECT_DATA {
        return problem("its signature is not an Authenticode signature");
    }
    let (content, _) = value(rest, CONTEXT_0)?;
    let (indirect, _) = value(content, SEQUENCE)?;
    let (_, rest) = value(indirect, SEQUENCE)?;
    let (digest_info, _) = value(rest, SEQUENCE)?;
    let (algorithm, rest) = value(digest_info, SEQUENCE)?;
    let (algorithm, _) = value(algorithm, OBJECT_IDENTIFIER)?;
    let (digest, _) = value(rest, OCTET_STRING)?;
    let right = match algorithm {
        SHA256 => self::digest::<Sha256>(file, image, end),
        SHA384 => self::digest::<Sha384>(file, image, end),
        SHA512 => self::digest::<Sha512>(file, image, end),
        _ => return problem("its signature has a digest other than SHA-256, SHA-384 and SHA-512"),
    };
    if digest != right {
        return problem("its signature is over other bytes than those of the file");
    }
    Ok(())
}

/// The digest of the file without check sum, entry of the security directory and certificate table.
fn digest<D: sha2::Digest>(file: &[u8], image: &Image, end: usize) -> Vec<u8> {
    let mut hash = D::new();
    for part in [
        0..image.check_sum.start,
        image.check_sum.end..image.security.start,
        image.security.end..end,
    ] {
        hash.update(file.get(part).unwrap_or_default());
    }
    hash.finalize().to_vec()
}

/// The content of a DER value of this kind at the beginning of `bytes`, and what follows it.
fn value(bytes: &[u8], kind: u8) -> Result<(&[u8], &[u8]), Problem> {
    let cut = || Problem("its signature is not DER, or is cut short".to_owned());
    let (&[found, first], rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    if found != kind {
        return problem(format!(
            "its signature has a value of kind {found:#x}, expected {kind:#x}"
        ));
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // One to four bytes of length.
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or_else(cut)?;
            (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return Err(cut()),
    };
    rest.split_at_checked(length).ok_or_else(cut)
}
