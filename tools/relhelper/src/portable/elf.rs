//! What the dynamic loader of Linux would follow.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::elf::{
    DT_RPATH, DT_RUNPATH, DT_STRSZ, DT_STRTAB, DynamicTag, FileHeader32, FileHeader64,
};
use object::read::StringTable;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind};

use super::finding::{Kind, excerpt};

/// The interpreter, and search paths that do not begin at the program's own folder.
pub(super) fn inspect(content: &[u8], kind: FileKind) -> object::Result<Vec<(Kind, String)>> {
    if kind == FileKind::Elf32 {
        paths::<FileHeader32<Endianness>>(content)
    } else {
        paths::<FileHeader64<Endianness>>(content)
    }
}

fn paths<Elf: FileHeader<Endian = Endianness>>(
    content: &[u8],
) -> object::Result<Vec<(Kind, String)>> {
    let header = Elf::parse(content)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, content)?;
    let mut found = Vec::new();
    for segment in segments {
        if let Some(interpreter) = segment.interpreter(endian, content)? {
            found.push((Kind::ElfInterpreter, excerpt(interpreter)));
        }
        let Some(entries) = segment.dynamic(endian, content)? else {
            continue;
        };
        for entry in
            entries.iter().filter(|entry| [DT_RPATH, DT_RUNPATH].contains(&entry.tag(endian)))
        {
            let folders =
                entry.string(endian, strings::<Elf>(content, endian, segments, entries))?;
            let relative =
                |folder: &[u8]| folder.starts_with(b"$ORIGIN") || folder.starts_with(b"${ORIGIN}");
            if !folders.split(|byte| *byte == b':').all(relative) {
                found.push((Kind::ElfRunPath, excerpt(folders)));
            }
        }
    }
    Ok(found)
}

/// The strings of the dynamic entries, found as the loader does: sections may be stripped.
fn strings<'data, Elf: FileHeader<Endian = Endianness>>(
    content: &'data [u8],
    endian: Endianness,
    segments: &[Elf::ProgramHeader],
    entries: &[Elf::Dyn],
) -> StringTable<'data> {
    let value = |tag: DynamicTag| {
        entries.iter().find(|entry| entry.tag(endian) == tag).map(|entry| entry.val(endian))
    };
    let (address, size) = (value(DT_STRTAB).unwrap_or(0), value(DT_STRSZ).unwrap_or(0));
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == object::elf::PT_LOAD)
    {
        if let Ok(Some(strings)) = segment.data_range(endian, content, address, size) {
            return StringTable::new(strings, 0, size);
        }
    }
    StringTable::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit little-endian program: header, one `PT_LOAD` over the whole file, and a segment of
    /// the given kind over the beginning of `content`.
    fn program(segment_type: u32, segment_bytes: u64, content: &[u8]) -> Vec<u8> {
        let offset = 64 + 2 * 56_u64;
        let size = content.len() as u64;
        let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        elf.extend([2, 0, 62, 0, 1, 0, 0, 0]);
        for long in [0_u64, 64, 0] {
            elf.extend(long.to_le_bytes());
        }
        elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        for (kind, offset, size) in
            [(1_u32, 0, offset + size), (segment_type, offset, segment_bytes)]
        {
            elf.extend(kind.to_le_bytes());
            elf.extend(4_u32.to_le_bytes());
            for long in [offset, offset, offset, size, size, 1] {
                elf.extend(long.to_le_bytes());
            }
        }
        elf.extend(content);
        elf
    }

    fn dynamic(tag: u64, folders: &str) -> Vec<u8> {
        let table = 4 * 16;
        let (address, size) = (64 + 2 * 56 + table, folders.len() as u64 + 2);
        let mut content = Vec::new();
        for (tag, value) in [(5, address), (10, size), (tag, 1), (0, 0)] {
            content.extend(u64::to_le_bytes(tag));
            content.extend(u64::to_le_bytes(value));
        }
        content.push(0);
        content.extend(folders.as_bytes());
        content.push(0);
        program(2, table, &content)
    }

    #[track_caller]
    fn check(content: &[u8], expected: &[(Kind, &str)]) {
        let found = inspect(content, FileKind::parse(content).unwrap()).unwrap();
        let found: Vec<_> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn reports_an_interpreter() {
        check(
            &program(3, 25, b"/lib/ld-musl-x86_64.so.1\0"),
            &[(Kind::ElfInterpreter, "/lib/ld-musl-x86_64.so.1")],
        );
    }

    #[test]
    fn reports_search_paths_that_are_not_relative() {
        check(&dynamic(15, "/opt/lib"), &[(Kind::ElfRunPath, "/opt/lib")]);
        check(
            &dynamic(29, "$ORIGIN/../lib:/opt/lib"),
            &[(Kind::ElfRunPath, "$ORIGIN/../lib:/opt/lib")],
        );
        check(&dynamic(29, "$ORIGIN:"), &[(Kind::ElfRunPath, "$ORIGIN:")]);
    }

    #[test]
    fn accepts_a_static_program_and_relative_search_paths() {
        check(&program(4, 6, b"a note"), &[]);
        check(&dynamic(29, "$ORIGIN/../lib:${ORIGIN}"), &[]);
    }

    #[test]
    fn a_broken_table_is_an_error_not_a_pass() {
        let mut content = dynamic(29, "/opt/lib");
        let value = 64 + 2 * 56 + 2 * 16 + 8;
        content[value] = 200;
        assert!(inspect(&content, FileKind::Elf64).is_err());
    }
}
