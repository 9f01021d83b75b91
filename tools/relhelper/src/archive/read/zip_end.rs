//! The records of a zip file behind its data, where the same is said once more.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{Read, Seek};

use rawzip::{ReaderAt, ZipArchive};

use super::zip_directory::{At, Entry, zip_error};
use super::{Facts, Refusal};

const END_BYTES: usize = 22;
/// The locator of a ZIP64 end record (section 4.3.15).
const LOCATOR_BYTES: u64 = 20;
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
/// ZIP64 end record and its locator (sections 4.3.14 and 4.3.15).
const ZIP64_END_BYTES: usize = 56 + 20;

/// What is between the data of a member and the next record: nothing, or the sizes once more (section 4.3.9).
pub(super) fn descriptor<R: Read + Seek>(
    at: &At<R>,
    entry: &Entry,
    end: u64,
    next: u64,
) -> Result<(), Refusal> {
    let Facts::Zip(facts) = &entry.member.facts else { return Ok(()) };
    let length = next.checked_sub(end).ok_or(Refusal::Overlap)?;
    let has_one = facts.flags & 8 != 0;
    if !has_one {
        return if length == 0 { Ok(()) } else { Err(Refusal::DataBetween { offset: end }) };
    }
    let mut bytes = [0; 24];
    let bytes = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.get_mut(..length))
        .ok_or(Refusal::DataBetween { offset: end })?;
    at.read_exact_at(bytes, end).map_err(unreadable)?;
    let body = match bytes.len() {
        16 | 24 => bytes.strip_prefix(b"PK\x07\x08").ok_or(Refusal::DataBetween { offset: end })?,
        12 | 20 => bytes,
        _ => return Err(Refusal::DataBetween { offset: end }),
    };
    let (crc32, sizes) = body.split_at(4);
    let (compressed, size) = sizes.split_at(sizes.len() / 2);
    let said = (number(crc32), number(compressed), number(size));
    if said != (u64::from(entry.crc32), facts.compressed_size, entry.member.size) {
        return Err(Refusal::LocalHeader { field: "data descriptor" });
    }
    Ok(())
}

/// Checks the records at the end, where two ways of saying the same could differ; returns the comment.
pub(super) fn end_records<R: Read + Seek>(
    at: &At<R>,
    archive: &ZipArchive<&At<R>>,
    directory_end: u64,
    count: usize,
) -> Result<Vec<u8>, Refusal> {
    if archive.end_offset() != at.length {
        return Err(Refusal::Trailing);
    }
    let end_offset = archive.eocd_offset();
    let mut zip64 = [0; ZIP64_END_BYTES];
    let mut end = [0; END_BYTES];
    let mut comment = Vec::new();
    at.read_exact_at(&mut end, end_offset).map_err(unreadable)?;
    archive.comment().read_to_end(&mut comment).map_err(unreadable)?;
    // Readers that look for the record from the front of the comment would find this one.
    if memchr::memmem::find(&comment, b"PK\x05\x06").is_some() {
        return Err(Refusal::Zip("its comment has another end record".to_owned()));
    }
    let start = archive.directory_offset();
    let expected = [count as u64, count as u64, directory_end.saturating_sub(start), start];
    let large = match end_offset.checked_sub(directory_end) {
        Some(0) => false,
        Some(length) if length == ZIP64_END_BYTES as u64 => true,
        _ => return Err(Refusal::DataBetween { offset: directory_end }),
    };
    // CPython's zipfile follows one whatever the end record says. It would be in the comment or the extra fields of the last
    // member, and the directory that it leads to as well.
    if !large && has_locator(at, end_offset)? {
        return Err(Refusal::Zip("in front of its end record is a ZIP64 locator".to_owned()));
    }
    let said =
        [number(&end[8..10]), number(&end[10..12]), number(&end[12..16]), number(&end[16..20])];
    let elsewhere = [0xffff, 0xffff, 0xffff_ffff, 0xffff_ffff];
    let agrees = said
        .into_iter()
        .zip(elsewhere)
        .zip(expected)
        .all(|((said, elsewhere), expected)| said == expected || (large && said == elsewhere));
    if !agrees || number(&end[4..8]) != 0 {
        return Err(Refusal::Zip("its end record does not say what the file has".to_owned()));
    }
    if large {
        at.read_exact_at(&mut zip64, directory_end).map_err(unreadable)?;
        let said = [24, 32, 40, 48].map(|start| number(&zip64[start..start + 8]));
        let agrees = said == expected
            && zip64.starts_with(b"PK\x06\x06")
            && number(&zip64[4..12]) == 44
            && number(&zip64[16..24]) == 0
            && zip64[56..].starts_with(b"PK\x06\x07\0\0\0\0")
            && number(&zip64[64..72]) == directory_end
            && number(&zip64[72..76]) <= 1;
        if !agrees {
            return Err(Refusal::Zip(
                "its ZIP64 end record does not say what the file has".to_owned(),
            ));
        }
    }
    Ok(comment)
}

/// Whether a ZIP64 locator stands directly in front of the end record.
fn has_locator<R: Read + Seek>(at: &At<R>, end_offset: u64) -> Result<bool, Refusal> {
    let Some(offset) = end_offset.checked_sub(LOCATOR_BYTES) else { return Ok(false) };
    let mut signature = [0; LOCATOR.len()];
    at.read_exact_at(&mut signature, offset).map_err(unreadable)?;
    Ok(signature == *LOCATOR)
}

fn unreadable(error: std::io::Error) -> Refusal {
    zip_error(error.into())
}

/// A number, least significant byte first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
