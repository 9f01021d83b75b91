//! Mach-O: the load command `LC_CODE_SIGNATURE`, the sizes of `__LINKEDIT`, and the signature at its end.
//!
//! `mach-o/loader.h`; `osfmk/kern/cs_blobs.h` of Apple's XNU.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::bytes::{field, index, u32_be, u32_le, u64_le, zero};
use super::{Piece, Problem, Side, Unproven, piece, problem};

const LC_SEGMENT_64: u32 = 0x19;
const LC_CODE_SIGNATURE: u32 = 0x1d;
const HEADER_BYTES: usize = 32;
/// Size of `LC_CODE_SIGNATURE`.
const COMMAND_BYTES: usize = 16;
/// The signature begins at a multiple of this.
const SIGNATURE_ALIGN: usize = 16;
/// The largest page that a system maps; sizes in memory are multiples of the smallest.
const PAGES: (u64, u64) = (0x1000, 0x4000);

/// What signing reads and writes in a file for one architecture.
struct Image {
    commands: Range<usize>,
    command_count: u32,
    /// Where the load command is, or where it would go.
    command: usize,
    /// Where the signature begins; it ends with the file.
    signature: Option<usize>,
    /// Offset of the command of `__LINKEDIT`.
    linkedit: usize,
    linkedit_memory_bytes: u64,
    linkedit_bytes: u64,
    first_section: usize,
}

/// The pieces of both files.
pub(super) fn pieces(
    published: &[u8],
    rebuilt: &[u8],
) -> Result<(Vec<Piece>, Vec<Piece>), Unproven> {
    let (mine, theirs) = super::both(Image::parse(published), Image::parse(rebuilt))?;
    if mine.signature.is_none() && theirs.signature.is_none() {
        return Err(Unproven::Unsigned);
    }
    let same_command = mine.command == theirs.command
        && mine.commands_without() == theirs.commands_without()
        && mine.count_without() == theirs.count_without()
        && mine.linkedit == theirs.linkedit;
    if !same_command {
        return Err(Unproven::Kind("the files have other load commands beside the signature's"));
    }
    let one = list(Side::Published, published, &mine, &theirs, rebuilt.len())?;
    let other = list(Side::Rebuilt, rebuilt, &theirs, &mine, published.len())?;
    Ok((one, other))
}

fn list(
    side: Side,
    file: &[u8],
    image: &Image,
    other: &Image,
    other_bytes: usize,
) -> Result<Vec<Piece>, Unproven> {
    let malformed = |problem: Problem| problem.of(side);
    let signature = image.signature.unwrap_or(file.len());
    // In front of its signature, a signed file is as long as the unsigned one, filled up.
    let unsigned = if other.signature.is_some() || image.signature.is_none() {
        signature
    } else {
        other_bytes
    };
    if unsigned > signature || signature - unsigned >= SIGNATURE_ALIGN {
        return Err(Unproven::Kind("the files have different lengths without the signature"));
    }
    let padding = unsigned..signature;
    zero(file, padding.clone(), "the padding in front of the signature").map_err(malformed)?;
    let command = image.command..image.command + COMMAND_BYTES;
    if image.signature.is_none() {
        // The signer took its room from what was padding.
        if command.end > image.first_section {
            return Err(Unproven::Kind("there is no room for the load command of a signature"));
        }
        zero(file, command.clone(), "the room for the load command").map_err(malformed)?;
    }
    // What the other file has as well needs no reason.
    if image.linkedit_memory_bytes != other.linkedit_memory_bytes {
        image.check_linkedit().map_err(malformed)?;
    }
    let sizes = image.linkedit;
    Ok(vec![
        piece("number and size of the load commands", 16..24),
        piece("size in memory of __LINKEDIT", sizes + 32..sizes + 40),
        piece("size in the file of __LINKEDIT", sizes + 48..sizes + 56),
        piece("LC_CODE_SIGNATURE", command),
        piece("padding", padding),
        piece("signature", signature..file.len()),
    ])
}

/// Checks that the signature is well-formed and over the bytes of the file.
pub(super) fn check_signature(file: &[u8]) -> Result<(), Problem> {
    let Some(start) = Image::parse(file)?.signature else { return Ok(()) };
    crate::macho::verify(file).map_err(|error| Problem(error.to_string()))?;
    check_blobs(file.get(start..).unwrap_or_default())
}

impl Image {
    fn parse(file: &[u8]) -> Result<Self, Problem> {
        if !crate::macho::is_thin(file) {
            return problem("it is not a 64-bit Mach-O file");
        }
        let commands = HEADER_BYTES..HEADER_BYTES.saturating_add(index(u32_le(file, 20)?));
        let command_count = u32_le(file, 16)?;
        let (mut first_section, mut linkedit, mut signature) = (file.len(), None, None);
        let mut at = HEADER_BYTES;
        for _ in 0..command_count {
            let (kind, bytes) = (u32_le(file, at)?, index(u32_le(file, at.saturating_add(4))?));
            let command = field(file, at, bytes)?;
            if bytes < 8 || !bytes.is_multiple_of(8) {
                return problem(format!("the load command at {at:#x} has {bytes} bytes"));
            }
            if kind == LC_SEGMENT_64 {
                if field(command, 8, 16)? == b"__LINKEDIT\0\0\0\0\0\0"
                    && linkedit.replace(at).is_some()
                {
                    return problem("it has two segments __LINKEDIT");
                }
                for section in 0..index(u32_le(command, 64)?) {
                    let offset = section.saturating_mul(80).saturating_add(72 + 48);
                    // Sections without content in the file have the offset 0.
                    match index(u32_le(command, offset)?) {
                        0 => {}
                        start => first_section = first_section.min(start),
                    }
                }
            } else if kind == LC_CODE_SIGNATURE {
                let range = (index(u32_le(command, 8)?), index(u32_le(command, 12)?));
                if bytes != COMMAND_BYTES || signature.replace((at, range)).is_some() {
                    return problem("it has two code signatures, or one of another size");
                }
            }
            at += bytes;
        }
        if at != commands.end || at > first_section {
            return problem("its load commands do not end where the header says");
        }
        let linkedit =
            linkedit.ok_or_else(|| Problem("it has no segment __LINKEDIT".to_owned()))?;
        let linkedit_bytes = u64_le(file, linkedit + 48)?;
        let end = u64_le(file, linkedit + 40)?.checked_add(linkedit_bytes);
        let signed = signature.map(|(_, (start, bytes))| start.saturating_add(bytes));
        if end != Some(file.len() as u64) || signed.is_some_and(|end| end != file.len()) {
            return problem("its last segment or its signature does not end with the file");
        }
        Ok(Self {
            commands: commands.clone(),
            command_count,
            command: signature.map_or(commands.end, |(at, _)| at),
            signature: signature.map(|(_, (start, _))| start),
            linkedit,
            linkedit_memory_bytes: u64_le(file, linkedit + 32)?,
            linkedit_bytes,
            first_section,
        })
    }

    /// Where the load commands end, that of the signature not counted.
    fn commands_without(&self) -> usize {
        self.commands.end - if self.signature.is_some() { COMMAND_BYTES } else { 0 }
    }

    fn count_without(&self) -> u32 {
        self.command_count - u32::from(self.signature.is_some())
    }

    /// The size in memory is that in the file, rounded to some page.
    fn check_linkedit(&self) -> Result<(), Problem> {
        let (smallest, largest) = PAGES;
        let more = self.linkedit_memory_bytes.checked_sub(self.linkedit_bytes);
        let rounded = self.linkedit_memory_bytes.is_multiple_of(smallest);
        if !rounded || more.is_none_or(|more| more >= largest) {
            return problem(
                "the size in memory of __LINKEDIT is not that in the file, rounded to pages",
            );
        }
        Ok(())
    }
}

/// Checks that nothing is hidden between the blobs of a signature.
fn check_blobs(signature: &[u8]) -> Result<(), Problem> {
    let length = index(u32_be(signature, 4)?);
    let mut blobs = Vec::new();
    for at in (12..).step_by(8).take(index(u32_be(signature, 8)?)) {
        let offset = index(u32_be(signature, at + 4)?);
        let bytes = index(u32_be(signature, offset.saturating_add(4))?);
        blobs.push((offset, offset.saturating_add(bytes)));
    }
    let mut position = blobs.len().saturating_mul(8).saturating_add(12);
    blobs.sort_unstable();
    blobs.push((length, length));
    for (start, end) in blobs {
        if start < position || end > length {
            return problem("the blobs of its signature overlap or are longer than the signature");
        }
        zero(signature, position..start, "the padding between the blobs of its signature")?;
        position = end;
    }
    Ok(())
}
