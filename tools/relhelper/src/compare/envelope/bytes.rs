//! Numbers at offsets that nobody has checked yet.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::{Problem, problem};

/// `length` bytes from `offset` on.
pub(super) fn field(file: &[u8], offset: usize, length: usize) -> Result<&[u8], Problem> {
    let end = offset.checked_add(length);
    end.and_then(|end| file.get(offset..end))
        .ok_or_else(|| Problem(format!("a field at {offset:#x} lies outside of the file")))
}

fn array<const N: usize>(file: &[u8], offset: usize) -> Result<[u8; N], Problem> {
    let bytes = field(file, offset, N)?;
    bytes.try_into().map_err(|_| Problem("a field is cut short".to_owned()))
}

pub(super) fn u16_le(file: &[u8], offset: usize) -> Result<u16, Problem> {
    array(file, offset).map(u16::from_le_bytes)
}

pub(super) fn u32_le(file: &[u8], offset: usize) -> Result<u32, Problem> {
    array(file, offset).map(u32::from_le_bytes)
}

pub(super) fn u64_le(file: &[u8], offset: usize) -> Result<u64, Problem> {
    array(file, offset).map(u64::from_le_bytes)
}

pub(super) fn u32_be(file: &[u8], offset: usize) -> Result<u32, Problem> {
    array(file, offset).map(u32::from_be_bytes)
}

pub(super) fn u64_be(file: &[u8], offset: usize) -> Result<u64, Problem> {
    array(file, offset).map(u64::from_be_bytes)
}

/// A number of a file as an index; what does not fit is outside of every file.
pub(super) fn index(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

/// The bytes of a range that [`super::gaps`] gave.
pub(super) fn range<'a>(file: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    file.get(index(range.start)..index(range.end)).unwrap_or_default()
}

/// That all bytes of a range are zero.
pub(super) fn zero(file: &[u8], range: Range<usize>, what: &str) -> Result<(), Problem> {
    let start = range.start;
    let bytes =
        file.get(range).ok_or_else(|| Problem(format!("{what} at {start:#x} is cut short")))?;
    match bytes.iter().position(|byte| *byte != 0) {
        None => Ok(()),
        Some(at) => problem(format!("{what} is not zero at {:#x}", start.saturating_add(at))),
    }
}

/// How many bytes at the beginning of both are the same.
pub(super) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK));
    // Whole blocks are compared many bytes at a time.
    let skipped = BLOCK.saturating_mul(blocks.take_while(|(a, b)| a == b).count());
    let skipped = skipped.min(one.len()).min(other.len());
    let rest = one[skipped..].iter().zip(&other[skipped..]);
    skipped.saturating_add(rest.take_while(|(a, b)| a == b).count())
}
