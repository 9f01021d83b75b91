//! Looking into one program whose bytes are in memory.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::FileKind;

use super::finding::Kind;
use super::{elf, macho, pe};

/// Whether a file that begins like this is a program, and has to be in memory to be looked into.
pub(super) fn is_program(head: &[u8]) -> bool {
    let magic = head.first_chunk().copied().map_or(0, u32::from_be_bytes);
    match magic {
        // ELF; Mach-O of either size and byte order; Mach-O for several architectures, 64 bits.
        0x7f45_4c46 | 0xfeed_face | 0xfeed_facf | 0xcefa_edfe | 0xcffa_edfe | 0xcafe_babf => true,
        // Mach-O for several architectures, or a Java class: there the next field is a version.
        0xcafe_babe => head.get(4..8).is_some_and(|count| count < [0, 0, 0, 40].as_slice()),
        _ => head.starts_with(b"MZ"),
    }
}

/// What is wrong with a program, apart from the strings in it.
///
/// # Errors
///
/// When it begins like a program and cannot be read as one.
pub fn inspect(content: &[u8]) -> object::Result<Vec<(Kind, String)>> {
    let kind = FileKind::parse(content)?;
    match kind {
        FileKind::Elf32 | FileKind::Elf64 => elf::inspect(content, kind),
        FileKind::MachO32 | FileKind::MachO64 | FileKind::MachOFat32 | FileKind::MachOFat64 => {
            macho::inspect(content, kind)
        }
        FileKind::Pe32 | FileKind::Pe64 => pe::inspect(content, kind),
        // Nothing is loaded from object files and the like.
        _ => Ok(Vec::new()),
    }
}
