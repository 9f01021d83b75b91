//! PE: check sum, entry of the security directory, padding, certificate table.
//!
//! Microsoft, "PE Format", sections "Optional Header" and "The Attribute Certificate Table".
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::bytes::{index, u16_le, u32_le, zero};
use super::{Piece, Problem, Side, Unproven, authenticode, piece, problem};

/// The table begins at a multiple of this.
const TABLE_ALIGN: usize = 8;
/// The entry of the certificate table among the data directories.
const SECURITY_DIRECTORY: usize = 4;

/// Where signing touches a program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Image {
    /// The field `CheckSum`.
    pub check_sum: Range<usize>,
    /// The entry of the certificate table among the data directories.
    pub security: Range<usize>,
    /// The certificate table, at the end of the file.
    pub table: Option<Range<usize>>,
}

/// The pieces of both files.
pub(super) fn pieces(
    published: &[u8],
    rebuilt: &[u8],
) -> Result<(Vec<Piece>, Vec<Piece>), Unproven> {
    let (mine, theirs) = super::both(Image::parse(published), Image::parse(rebuilt))?;
    if mine.table.is_none() && theirs.table.is_none() {
        return Err(Unproven::Unsigned);
    }
    let one = list(Side::Published, published, &mine, &theirs, rebuilt.len())?;
    let other = list(Side::Rebuilt, rebuilt, &theirs, &mine, published.len())?;
    Ok((one, other))
}

/// Checks that the certificate table and the check sum are right for the file.
pub(super) fn check_signature(file: &[u8]) -> Result<(), Problem> {
    let image = Image::parse(file)?;
    if let Some(table) = &image.table {
        authenticode::check(file, &image, table.clone())?;
    }
    let sum = u32_le(file, image.check_sum.start)?;
    let right = check_sum(file, image.check_sum.start);
    // Linkers may leave it out; when it is there it covers the whole file.
    if sum != 0 && sum != right {
        return problem(format!("its check sum is {sum:#x}, but it should be {right:#x} or none"));
    }
    Ok(())
}

fn list(
    side: Side,
    file: &[u8],
    image: &Image,
    other: &Image,
    other_bytes: usize,
) -> Result<Vec<Piece>, Unproven> {
    let table = image.table.clone().unwrap_or(file.len()..file.len());
    // In front of its table, a signed file is as long as the unsigned one, filled up.
    let unsigned =
        if other.table.is_some() || image.table.is_none() { table.start } else { other_bytes };
    if unsigned > table.start || table.start - unsigned >= TABLE_ALIGN {
        return Err(Unproven::Kind("the files have different lengths without the signature"));
    }
    let padding = unsigned..table.start;
    zero(file, padding.clone(), "the padding in front of the certificate table")
        .map_err(|problem| problem.of(side))?;
    Ok(vec![
        piece("check sum", image.check_sum.clone()),
        piece("entry of the security directory", image.security.clone()),
        piece("padding", padding),
        piece("certificate table", table),
    ])
}

impl Image {
    /// Reads the headers.
    pub(super) fn parse(file: &[u8]) -> Result<Self, Problem> {
        let header = index(u32_le(file, 0x3c)?);
        if !file.starts_with(b"MZ") || u32_le(file, header)? != u32::from_le_bytes(*b"PE\0\0") {
            return problem("it has no PE header");
        }
        // The signature field was just read at `header`, so these sums are far from the limit.
        let optional = header + 24;
        let optional_bytes = usize::from(u16_le(file, header + 20)?);
        let (count_at, directories) = match u16_le(file, optional)? {
            0x10b => (optional + 92, optional + 96),
            0x20b => (optional + 108, optional + 112),
            _ => return problem("its optional header is neither PE32 nor PE32+"),
        };
        let security = directories + 8 * SECURITY_DIRECTORY;
        let sections = optional + optional_bytes;
        if index(u32_le(file, count_at)?) <= SECURITY_DIRECTORY || security + 8 > sections {
            return problem("it has no entry for a security directory");
        }
        let (start, bytes) = (index(u32_le(file, security)?), index(u32_le(file, security + 4)?));
        let table = match (start, bytes) {
            (0, 0) => None,
            _ => Some(start..start.saturating_add(bytes)),
        };
        let end = table.as_ref().map_or(file.len(), |table| table.start);
        let headers = sections + 40 * usize::from(u16_le(file, header + 6)?);
        if headers > end {
            return problem("its section headers are cut short");
        }
        for at in (sections..headers).step_by(40) {
            let (bytes, start) = (index(u32_le(file, at + 16)?), index(u32_le(file, at + 20)?));
            // What is loaded must not overlap what is not compared.
            if bytes > 0 && start > 0 && (start < headers || start.saturating_add(bytes) > end) {
                return problem(format!(
                    "the section of the header at {at:#x} lies outside of the image"
                ));
            }
        }
        let check_sum = optional + 64;
        let image =
            Self { check_sum: check_sum..check_sum + 4, security: security..security + 8, table };
        image.check_table(file.len())?;
        Ok(image)
    }

    fn check_table(&self, file_bytes: usize) -> Result<(), Problem> {
        let Some(table) = &self.table else { return Ok(()) };
        if table.end != file_bytes {
            let end = table.end;
            return problem(format!(
                "its certificate table ends at {end:#x}, but the file at {file_bytes:#x}"
            ));
        }
        if table.is_empty() || !table.start.is_multiple_of(TABLE_ALIGN) {
            return problem("its certificate table is empty or begins at no multiple of 8");
        }
        Ok(())
    }
}

/// The check sum of a PE file, as `CheckSumMappedFile` computes it: words of 16 bits, then the length.
fn check_sum(file: &[u8], field: usize) -> u32 {
    let mut sum = 0_u64;
    for (number, pair) in file.chunks(2).enumerate() {
        let at = 2 * number;
        // The field itself counts as zero; it may begin at an odd offset.
        let byte = |index: usize| {
            let inside = (field..field + 4).contains(&(at + index));
            if inside { 0 } else { u64::from(pair.get(index).copied().unwrap_or(0)) }
        };
        sum += byte(0) | byte(1) << 8;
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // The format keeps 32 bits.
    #[expect(clippy::cast_possible_truncation, reason = "files of more than 4 GiB are no PE files")]
    let length = file.len() as u32;
    #[expect(clippy::cast_possible_truncation, reason = "it was folded to 16 bits")]
    let sum = sum as u32;
    sum.wrapping_add(length)
}
