//! Checking an embedded signature. Shares no code with the writer: the file is read by the crate
//! `object`, the blobs by the few lines below.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::Endianness;
use object::macho::{LC_CODE_SIGNATURE, MachHeader64};
use object::read::macho::{MachHeader as _, Segment as _};
use sha2::{Digest as _, Sha256};

use super::{
    CS_ADHOC, CS_EXECSEG_MAIN_BINARY, CS_HASHTYPE_SHA256, CS_SUPPORTSEXECSEG,
    CSMAGIC_CODEDIRECTORY, CSMAGIC_EMBEDDED_SIGNATURE,
};

/// Sizes of a page that the kernel accepts, as powers of two.
const PAGE_BITS: std::ops::RangeInclusive<u8> = 12..=14;

/// What a valid signature says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Signature {
    pub identifier: String,
    pub flags: u32,
}

/// What is wrong with a signature.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SignatureProblem {
    #[error("the signature ends at {signature_end:#x}, but the file ends at {file_end:#x}")]
    End { signature_end: u64, file_end: u64 },
    #[error("the executable segment is said to be {found:?}, but __TEXT is {expected:?}")]
    ExecSegment { found: (u64, u64, u64), expected: (u64, u64, u64) },
    #[error("the flags are {found:#x}, without the one for ad-hoc")]
    Flags { found: u32 },
    #[error("page {page} (at {offset:#x}) does not have the hash that was signed")]
    Hash { page: usize, offset: usize },
    #[error("the identifier is `{found}`, expected `{expected}`")]
    Identifier { found: String, expected: String },
    #[error("the signature lies at {found:#x}, outside of __LINKEDIT")]
    Linkedit { found: u64 },
    #[error("{what} is {found:#x}, expected {expected:#x}")]
    Malformed { what: &'static str, found: u64, expected: u64 },
    #[error("the signature refers to bytes outside of it")]
    Range,
    #[error("it cannot be read as Mach-O: {0}")]
    Unreadable(String),
    #[error("it has no signature")]
    Unsigned,
}

/// Checks that the signature is well-formed, at the end of the file and of `__LINKEDIT`, and has
/// the right hash for every page. Who signed, and whether anybody did, is not looked at.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn verify(program: &[u8]) -> Result<Signature, SignatureProblem> {
    use SignatureProblem::{End, Linkedit, Range};
    let Place { data, code, text, main, linkedit } = place(program)?;
    let file_end = program.len() as u64;
    let signature_end = code as u64 + data.len() as u64;
    if signature_end != file_end || linkedit.1 != file_end {
        return Err(End { signature_end: signature_end.min(linkedit.1), file_end });
    }
    if (code as u64) < linkedit.0 {
        return Err(Linkedit { found: code as u64 });
    }
    expect("the magic of the super blob", word(data, 0)?, CSMAGIC_EMBEDDED_SIGNATURE)?;
    let length = word(data, 4)? as usize;
    // Apple's codesign leaves room behind the blobs; it must be empty.
    if data.get(length..).ok_or(Range)?.iter().any(|byte| *byte != 0) {
        return Err(Range);
    }
    let data = &data[..length];
    let (mut signature, mut index) = (None, 12);
    for _ in 0..word(data, 8)? {
        let (kind, offset) = (word(data, index)?, word(data, index + 4)? as usize);
        index += 8;
        // Slot 0 and the alternates from 0x1000 hold code directories.
        if kind == 0 || (0x1000..0x1005).contains(&kind) {
            let directory = data.get(offset..).ok_or(Range)?;
            let checked = check_directory(directory, &program[..code], text, main)?;
            signature.get_or_insert(checked);
        }
    }
    signature.ok_or(SignatureProblem::Malformed {
        what: "the number of code directories",
        found: 0,
        expected: 1,
    })
}

/// Like [`verify`], and the signature must be ad-hoc and carry this identifier.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn verify_ad_hoc(program: &[u8], identifier: &str) -> Result<Signature, SignatureProblem> {
    let signature = verify(program)?;
    if signature.flags & CS_ADHOC == 0 {
        return Err(SignatureProblem::Flags { found: signature.flags });
    }
    if signature.identifier != identifier {
        let Signature { identifier: found, .. } = signature;
        return Err(SignatureProblem::Identifier { found, expected: identifier.to_owned() });
    }
    Ok(signature)
}

struct Place<'a> {
    data: &'a [u8],
    /// Where the signature begins, which is where the code ends.
    code: usize,
    /// Offset and size in the file of `__TEXT`.
    text: (u64, u64),
    main: bool,
    /// Where `__LINKEDIT` begins and ends in the file.
    linkedit: (u64, u64),
}

fn place(program: &[u8]) -> Result<Place<'_>, SignatureProblem> {
    let unreadable = |error: object::Error| SignatureProblem::Unreadable(error.to_string());
    let header = MachHeader64::<Endianness>::parse(program, 0).map_err(unreadable)?;
    let endian = header.endian().map_err(unreadable)?;
    let mut commands = header.load_commands(endian, program, 0).map_err(unreadable)?;
    let (mut text, mut linkedit, mut signature) = ((0, 0), (0, 0), None);
    while let Some(command) = commands.next().map_err(unreadable)? {
        if let Some((segment, _)) = command.segment_64().map_err(unreadable)? {
            let (offset, size) = segment.file_range(endian);
            match segment.name() {
                b"__TEXT" => text = (offset, size),
                b"__LINKEDIT" => linkedit = (offset, offset.saturating_add(size)),
                _ => {}
            }
        } else if command.cmd() == LC_CODE_SIGNATURE {
            let command = command
                .data::<object::macho::LinkeditDataCommand<Endianness>>()
                .map_err(unreadable)?;
            signature =
                Some((command.dataoff.get(endian) as usize, command.datasize.get(endian) as usize));
        }
    }
    let (code, size) = signature.ok_or(SignatureProblem::Unsigned)?;
    let data = program.get(code..code.saturating_add(size)).ok_or(SignatureProblem::Range)?;
    let main = header.filetype(endian) == object::macho::MH_EXECUTE;
    Ok(Place { data, code, text, main, linkedit })
}

fn check_directory(
    directory: &[u8],
    code: &[u8],
    text: (u64, u64),
    main: bool,
) -> Result<Signature, SignatureProblem> {
    use SignatureProblem::{ExecSegment, Hash, Malformed, Range};
    expect("the magic of the code directory", word(directory, 0)?, CSMAGIC_CODEDIRECTORY)?;
    let directory = directory.get(..word(directory, 4)? as usize).ok_or(Range)?;
    let version = word(directory, 8)?;
    if version < CS_SUPPORTSEXECSEG {
        let (found, expected) = (version.into(), CS_SUPPORTSEXECSEG.into());
        return Err(Malformed { what: "the version of the code directory", found, expected });
    }
    let sizes = directory.get(36..40).ok_or(Range)?;
    expect("the size of a hash", sizes[0].into(), 32)?;
    expect("the kind of hash", sizes[1].into(), CS_HASHTYPE_SHA256.into())?;
    // Apple's linker and LLVM's sign pages of 4 KiB, that of Zig the 16 KiB that arm64 maps.
    if !PAGE_BITS.contains(&sizes[3]) {
        return Err(Malformed {
            what: "the binary logarithm of the page size",
            found: sizes[3].into(),
            expected: 12,
        });
    }
    let code_bytes = u32::try_from(code.len()).map_err(|_| Range)?;
    expect("the number of bytes that are signed", word(directory, 32)?, code_bytes)?;
    let pages = code.chunks(1 << sizes[3]);
    let page_count = u32::try_from(pages.len()).map_err(|_| Range)?;
    expect("the number of hashes", word(directory, 28)?, page_count)?;
    let found = (long(directory, 64)?, long(directory, 72)?, long(directory, 80)?);
    let expected = (text.0, text.1, if main { CS_EXECSEG_MAIN_BINARY } else { 0 });
    // Other bits of the flags are entitlements' business.
    if (found.0, found.1, found.2 & CS_EXECSEG_MAIN_BINARY) != expected {
        return Err(ExecSegment { found, expected });
    }
    let hashes = directory.get(word(directory, 16)? as usize..).ok_or(Range)?;
    for (page, content) in pages.enumerate() {
        let hash = hashes.get(32 * page..32 * (page + 1)).ok_or(Range)?;
        if hash != &Sha256::digest(content)[..] {
            return Err(Hash { page, offset: page << sizes[3] });
        }
    }
    let identifier = directory.get(word(directory, 20)? as usize..).ok_or(Range)?;
    let end = identifier.iter().position(|byte| *byte == 0).ok_or(Range)?;
    let identifier = String::from_utf8_lossy(&identifier[..end]).into_owned();
    Ok(Signature { identifier, flags: word(directory, 12)? })
}

fn expect(what: &'static str, found: u32, expected: u32) -> Result<(), SignatureProblem> {
    let (found, expected) = (found.into(), expected.into());
    if found == expected {
        Ok(())
    } else {
        Err(SignatureProblem::Malformed { what, found, expected })
    }
}

fn word(bytes: &[u8], offset: usize) -> Result<u32, SignatureProblem> {
    let field = bytes.get(offset..offset.saturating_add(4)).ok_or(SignatureProblem::Range)?;
    Ok(u32::from_be_bytes(field.try_into().expect("four bytes")))
}

fn long(bytes: &[u8], offset: usize) -> Result<u64, SignatureProblem> {
    Ok(u64::from(word(bytes, offset)?) << 32 | u64::from(word(bytes, offset + 4)?))
}
