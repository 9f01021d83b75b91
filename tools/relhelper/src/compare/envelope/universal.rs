//! Mach-O for several architectures: every slice on its own, and the offsets that move with them.
//!
//! `mach-o/fat.h`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::bytes::{field, index, u32_be, u64_be, zero};
use super::{Piece, Problem, Side, Unproven, macho, piece, problem};

const FAT_MAGIC: u32 = 0xcafe_babe;
const FAT_MAGIC_64: u32 = 0xcafe_babf;
/// More architectures than there are.
const MOST_SLICES: usize = 16;
/// The largest alignment, as a power of two, that Apple's tools accept.
const MOST_ALIGN: u32 = 15;

/// One entry of the table, and its slice.
struct Slice {
    /// Where offset, size and alignment stand in the header.
    fields: Range<usize>,
    content: Range<usize>,
}

/// Whether the file begins as one for several architectures. So do Java's classes, whose next field is higher.
pub(super) fn is_universal(file: &[u8]) -> bool {
    let magic = u32_be(file, 0).is_ok_and(|magic| [FAT_MAGIC, FAT_MAGIC_64].contains(&magic));
    magic && u32_be(file, 4).is_ok_and(|count| index(count) <= MOST_SLICES)
}

/// The pieces of both files.
pub(super) fn pieces(
    published: &[u8],
    rebuilt: &[u8],
) -> Result<(Vec<Piece>, Vec<Piece>), Unproven> {
    let (mine, theirs) = super::both(slices(published), slices(rebuilt))?;
    if mine.len() != theirs.len() {
        return Err(Unproven::Kind("the files have different numbers of architectures"));
    }
    let fields = |slices: &[Slice]| {
        let fields = slices.iter().enumerate();
        fields
            .map(|(number, slice)| piece(&format!("place of slice {number}"), slice.fields.clone()))
            .collect::<Vec<_>>()
    };
    let (mut one, mut other) = (fields(&mine), fields(&theirs));
    let (mut ends, mut signed) = ((None, None), false);
    for (number, (here, there)) in mine.iter().zip(&theirs).enumerate() {
        let what = format!("alignment of slice {number}");
        // The header is compared; only what is between it and the slices is padding.
        let start = |end: Option<usize>, slices: &[Slice]| {
            end.or_else(|| slices.last().map(|slice| slice.fields.end)).unwrap_or_default()
        };
        one.push(piece(&what, start(ends.0, &mine)..here.content.start));
        other.push(piece(&what, start(ends.1, &theirs)..there.content.start));
        ends = (Some(here.content.end), Some(there.content.end));
        let content = |file, slice: &Slice| field(file, slice.content.start, slice.content.len());
        let mine = content(published, here).map_err(|problem| problem.of(Side::Published))?;
        let theirs = content(rebuilt, there).map_err(|problem| problem.of(Side::Rebuilt))?;
        if mine == theirs {
            continue;
        }
        let (mine, theirs) = macho::pieces(mine, theirs)?;
        let moved = |pieces: Vec<Piece>, by: usize| {
            pieces.into_iter().map(move |piece| Piece {
                what: format!("{} of slice {number}", piece.what),
                start: piece.start.saturating_add(by as u64),
                end: piece.end.saturating_add(by as u64),
            })
        };
        one.extend(moved(mine, here.content.start));
        other.extend(moved(theirs, there.content.start));
        signed = true;
    }
    if signed { Ok((one, other)) } else { Err(Unproven::Unsigned) }
}

/// Checks the signatures of the slices that are not the same in the other file.
pub(super) fn check_signatures(file: &[u8], other: &[u8]) -> Result<(), Problem> {
    for (mine, theirs) in slices(file)?.iter().zip(slices(other)?) {
        let content = field(file, mine.content.start, mine.content.len())?;
        if content != field(other, theirs.content.start, theirs.content.len())? {
            macho::check_signature(content)?;
        }
    }
    Ok(())
}

fn slices(file: &[u8]) -> Result<Vec<Slice>, Problem> {
    let wide = u32_be(file, 0)? == FAT_MAGIC_64;
    let entry_bytes = if wide { 32 } else { 20 };
    let count = index(u32_be(file, 4)?);
    let mut end = count.saturating_mul(entry_bytes).saturating_add(8);
    let mut slices = Vec::new();
    for at in (8..end).step_by(entry_bytes) {
        let (start, bytes, align, fields) = if wide {
            (
                index(u64_be(file, at + 8)?),
                index(u64_be(file, at + 16)?),
                u32_be(file, at + 24)?,
                20,
            )
        } else {
            (
                index(u32_be(file, at + 8)?),
                index(u32_be(file, at + 12)?),
                u32_be(file, at + 16)?,
                12,
            )
        };
        if align > MOST_ALIGN || !start.is_multiple_of(1 << align) {
            return problem(format!("the slice at {start:#x} is not aligned as it says"));
        }
        if start < end {
            return problem(format!("the slice at {start:#x} overlaps what is before it"));
        }
        zero(file, end..start, "the padding in front of a slice")?;
        end = start.saturating_add(bytes);
        slices.push(Slice { fields: at + 8..at + 8 + fields, content: start..end });
    }
    if end != file.len() {
        return problem(format!(
            "its last slice ends at {end:#x}, but the file at {:#x}",
            file.len()
        ));
    }
    Ok(slices)
}
