//! *Match but for signature*: a proof that the envelope of an operating system's code signature is
//! all that two executables differ in.
//!
//! Each file is read strictly and gives its list of pieces that signing may touch. Both lists have
//! the same pieces in the same order, some empty. What lies between the pieces must then be equal, byte for byte,
//! and the pieces must be well-formed: a signature must fit the file it is in, padding must be zero,
//! nothing may follow. Nothing is normalised or left out before it is compared.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod authenticode;
mod bytes;
pub mod detached;
mod macho;
mod pe;
mod problem;
#[cfg(test)]
mod tests;
mod universal;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use problem::{Problem, both, problem};
pub use problem::{Side, Unproven};

/// That everything but the listed pieces is equal. Only [`prove`] makes one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// Format of both files.
    pub format: Format,
    /// What signing may touch in the published file, in its order.
    pub published: Vec<Piece>,
    /// The same pieces of the rebuilt file.
    pub rebuilt: Vec<Piece>,
    /// The runs of bytes that are the same in both files: all bytes that are in no piece.
    pub equal: Vec<Equal>,
}

/// A piece of a file that a signer writes. Its end is not part of it; it may be empty.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Piece {
    /// What is there, for people.
    pub what: String,
    /// Offset of its first byte in the file.
    pub start: u64,
    /// Offset of the byte after its last.
    pub end: u64,
}

/// Bytes that are the same in both files.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Equal {
    /// Where they are in the published file.
    pub published: u64,
    /// Where they are in the rebuilt file.
    pub rebuilt: u64,
    /// How many.
    pub bytes: u64,
}

/// A format of executables that has room for signatures.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    MachO,
    Pe,
    /// Mach-O for several architectures.
    Universal,
}

/// Proves that two executables are the same but for their code signatures.
///
/// At least one of them must be signed. Who signed is not looked at, and a signature over other
/// bytes than those of its own file is refused.
///
/// # Errors
///
/// Why it is not proven; [`Unproven::Malformed`] leaves it open whether they differ elsewhere.
pub fn prove(published: &[u8], rebuilt: &[u8]) -> Result<Proof, Unproven> {
    if published == rebuilt {
        return Err(Unproven::Equal);
    }
    let format = match (format(published), format(rebuilt)) {
        (Some(one), Some(other)) if one == other => one,
        (None, None) => return Err(Unproven::Unsigned),
        _ => return Err(Unproven::Kind("the files have different formats")),
    };
    let (mine, theirs) = match format {
        Format::MachO => macho::pieces(published, rebuilt)?,
        Format::Pe => pe::pieces(published, rebuilt)?,
        Format::Universal => universal::pieces(published, rebuilt)?,
    };
    let equal = compare((published, &mine), (rebuilt, &theirs))?;
    // Last, so that a changed byte is told as such and not as a signature that no longer fits.
    for (side, file, other) in
        [(Side::Published, published, rebuilt), (Side::Rebuilt, rebuilt, published)]
    {
        let checked = match format {
            Format::MachO => macho::check_signature(file),
            Format::Pe => pe::check_signature(file),
            Format::Universal => universal::check_signatures(file, other),
        };
        checked.map_err(|Problem(problem)| Unproven::Signature { side, problem })?;
    }
    Ok(Proof { format, published: mine, rebuilt: theirs, equal })
}

/// The format of a file that may be signed.
#[must_use]
pub fn format(file: &[u8]) -> Option<Format> {
    if crate::macho::is_thin(file) {
        Some(Format::MachO)
    } else if file.starts_with(b"MZ") {
        Some(Format::Pe)
    } else if universal::is_universal(file) {
        Some(Format::Universal)
    } else {
        None
    }
}

/// Compares what is between the pieces, and in front of the first and behind the last.
fn compare(
    (published, mine): (&[u8], &[Piece]),
    (rebuilt, theirs): (&[u8], &[Piece]),
) -> Result<Vec<Equal>, Unproven> {
    if mine.len() != theirs.len() || mine.iter().zip(theirs).any(|(a, b)| a.what != b.what) {
        return Err(Unproven::Kind("the files have other places for signatures"));
    }
    let gaps = |side: Side, file: &[u8], pieces: &[Piece]| {
        gaps(file.len() as u64, pieces).map_err(|problem| problem.of(side))
    };
    let mut equal = Vec::new();
    let pairs = gaps(Side::Published, published, mine)?.into_iter().zip(gaps(
        Side::Rebuilt,
        rebuilt,
        theirs,
    )?);
    for (one, other) in pairs {
        let differs = |offset: u64| Unproven::Differs {
            published: one.start.saturating_add(offset),
            rebuilt: other.start.saturating_add(offset),
        };
        let (here, there) = (bytes::range(published, &one), bytes::range(rebuilt, &other));
        if here != there {
            return Err(differs(bytes::common_prefix(here, there) as u64));
        }
        if !here.is_empty() {
            let bytes = here.len() as u64;
            equal.push(Equal { published: one.start, rebuilt: other.start, bytes });
        }
    }
    Ok(equal)
}

/// What the pieces leave of a file of `length` bytes: one range more than there are pieces.
fn gaps(length: u64, pieces: &[Piece]) -> Result<Vec<Range<u64>>, Problem> {
    let mut gaps = Vec::with_capacity(pieces.len() + 1);
    let mut position = 0;
    for piece in pieces {
        if piece.start < position || piece.end < piece.start {
            return problem(format!("{} overlaps what is before it", piece.what));
        }
        gaps.push(position..piece.start);
        position = piece.end;
    }
    if position > length {
        return problem("a piece ends behind the file");
    }
    gaps.push(position..length);
    Ok(gaps)
}

fn piece(what: &str, range: Range<usize>) -> Piece {
    Piece { what: what.to_owned(), start: range.start as u64, end: range.end as u64 }
}
