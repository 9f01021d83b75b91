//! Why bytes differ of which nothing else is known.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::{Cause, Difference, Excerpt, words};

/// Fewer bytes are not enough to call them random.
const RANDOM_BYTES: usize = 32;
/// How far from a byte its text is looked for.
const REACH: usize = 256;

/// Where the first difference is; nothing when the files are equal.
#[must_use]
pub fn first_difference(published: &[u8], rebuilt: &[u8]) -> Option<usize> {
    let same = common_prefix(published, rebuilt);
    (same < published.len() || same < rebuilt.len()).then_some(same)
}

/// How many bytes at the beginning are equal.
#[must_use]
pub fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    const CHUNK: usize = 4096;
    let chunks = one.chunks(CHUNK).zip(other.chunks(CHUNK));
    let equal =
        chunks.take_while(|(one, other)| one == other).map(|(one, _)| one.len()).sum::<usize>();
    let rest = one[equal..].iter().zip(&other[equal..]);
    equal + rest.take_while(|(one, other)| one == other).count()
}

/// How many bytes at the end are equal, behind the first `start` bytes.
#[must_use]
pub fn common_suffix(one: &[u8], other: &[u8], start: usize) -> usize {
    let (one, other) = (&one[start..], &other[start..]);
    one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

/// The first difference and what it looks like; nothing when the files are equal.
#[must_use]
pub fn explain(published: &[u8], rebuilt: &[u8]) -> Option<Difference> {
    let at = first_difference(published, rebuilt)?;
    let shorter = published.len().min(rebuilt.len());
    let (cause, texts) = if at == shorter {
        let rest =
            if published.len() > shorter { &published[shorter..] } else { &rebuilt[shorter..] };
        let zero = rest.iter().all(|byte| *byte == 0);
        (if zero { Cause::Padding } else { Cause::Truncated }, None)
    } else {
        look(published, rebuilt, at)
    };
    let (mine, theirs) = (Excerpt::of(published, at), Excerpt::of(rebuilt, at));
    let (mine, theirs) = match texts {
        Some((one, other)) => (mine.meaning(one), theirs.meaning(other)),
        None => (mine, theirs),
    };
    Some(Difference { place: Vec::new(), published: Some(mine), rebuilt: Some(theirs), cause })
}

fn look(published: &[u8], rebuilt: &[u8], at: usize) -> (Cause, Option<(String, String)>) {
    if let (Some(one), Some(other)) = (around(published, at), around(rebuilt, at)) {
        let cause = words::cause(one, other);
        if cause != Cause::Text {
            return (cause, Some((one.to_owned(), other.to_owned())));
        }
    }
    let end = common_suffix(published, rebuilt, at);
    let (one, other) = (&published[at..published.len() - end], &rebuilt[at..rebuilt.len() - end]);
    // Before times: every fifth pair of random words can be read as two of them.
    if is_random(one) && is_random(other) {
        return (Cause::Random, None);
    }
    if let (Some(one), Some(other)) = (epoch(published, at), epoch(rebuilt, at)) {
        return (Cause::BuildDate, Some((one, other)));
    }
    (Cause::Data, None)
}

/// The text that a byte is part of, if it is one.
fn around(bytes: &[u8], at: usize) -> Option<&str> {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    let before = &bytes[at.saturating_sub(REACH)..at];
    let start = at - before.iter().rev().take_while(|byte| printable(byte)).count();
    let behind = bytes[at..].iter().take(REACH).take_while(|byte| printable(byte)).count();
    std::str::from_utf8(&bytes[start..at + behind]).ok().filter(|text| text.len() >= 6)
}

/// Four bytes, least significant first, that are a time from 2001 to 2038 when read as seconds since 1970; as in the
/// header of Python's byte code. Later times are most of the numbers that four bytes hold.
fn epoch(bytes: &[u8], at: usize) -> Option<String> {
    let start = at - at % 4;
    let number = u32::from_le_bytes(*bytes.get(start..)?.first_chunk()?);
    let time = words::is_epoch(u64::from(number)) && i32::try_from(number).is_ok();
    time.then(|| words::epoch_text(i64::from(number)))
}

/// Whether the bytes have as many different values as random ones would.
fn is_random(bytes: &[u8]) -> bool {
    if bytes.len() < RANDOM_BYTES {
        return false;
    }
    let sample = &bytes[..bytes.len().min(4096)];
    let mut counts = [0_u32; 256];
    for byte in sample {
        counts[usize::from(*byte)] += 1;
    }
    let different = counts.iter().filter(|count| **count > 0).count();
    // Of 32 random bytes about 30 differ; texts and machine code repeat themselves.
    let expected = if sample.len() >= 1024 { 240 } else { sample.len().min(256) * 3 / 4 };
    different >= expected.min(200) && sample.iter().any(|byte| *byte >= 0x80)
}
