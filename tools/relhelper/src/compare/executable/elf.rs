//! ELF: headers and sections, or segments where there are no sections.
//!
//! System V ABI, chapters 4 and 5.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::elf::{ELFCOMPRESS_ZLIB, FileHeader32, FileHeader64, SHF_EXECINSTR, SHT_NOBITS};
use object::read::elf::{
    CompressionHeader as _, FileHeader, ProgramHeader as _, SectionHeader as _,
};
use object::{Endianness, FileKind};

use super::map::{Map, Region, index, name};
use crate::compare::Cause;

pub(super) fn map(file: &[u8]) -> object::Result<Map> {
    if FileKind::parse(file)? == FileKind::Elf32 {
        read::<FileHeader32<Endianness>>(file)
    } else {
        read::<FileHeader64<Endianness>>(file)
    }
}

fn read<Elf: FileHeader<Endian = Endianness>>(file: &[u8]) -> object::Result<Map> {
    let header = Elf::parse(file)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, file)?;
    let sections = header.sections(endian, file)?;
    let mut map =
        Map { machine: format!("ELF, machine {}", header.e_machine(endian).0), ..Map::default() };
    let header_bytes = size_of::<Elf>();
    map.region("ELF header", 0, header_bytes, Cause::Layout);
    map.field("identification, type and machine", 0, 24, Cause::Architecture);
    let table = |count: usize, bytes: u16| count.saturating_mul(bytes.into());
    let program_headers = table(segments.len(), header.e_phentsize(endian));
    map.region(
        "program headers",
        index(header.e_phoff(endian).into()),
        program_headers,
        Cause::Layout,
    );
    let section_headers = table(sections.len(), header.e_shentsize(endian));
    map.region(
        "section headers",
        index(header.e_shoff(endian).into()),
        section_headers,
        Cause::Layout,
    );
    for section in sections.iter() {
        if section.sh_type(endian) == SHT_NOBITS {
            continue;
        }
        let Some((offset, bytes)) = section.file_range(endian) else { continue };
        let own = sections.section_name(endian, section).unwrap_or(b"?");
        let flags = section.sh_flags(endian).0;
        let executable = flags & SHF_EXECINSTR.0 != 0;
        let compressed = section.compression(endian, file).ok().flatten();
        let compressed_behind = compressed
            .filter(|(header, ..)| header.ch_type(endian) == ELFCOMPRESS_ZLIB)
            .map(|(_, start, _)| index(start.saturating_sub(offset)));
        map.regions.push(Region {
            name: format!("section {}", name(own)),
            range: index(offset)..index(offset.saturating_add(bytes)),
            cause: if executable { Cause::Code } else { cause(own) },
            address: Some(section.sh_addr(endian).into()).filter(|address| *address != 0),
            compressed_behind,
        });
    }
    if sections.len() <= 1 {
        for (number, segment) in segments.iter().enumerate() {
            let (offset, bytes) = segment.file_range(endian);
            let executable = segment.p_flags(endian).0 & object::elf::PF_X.0 != 0;
            let cause = if executable { Cause::Code } else { Cause::Data };
            map.region(format!("segment {number}"), index(offset), index(bytes), cause);
        }
    }
    Ok(map)
}

fn cause(name: &[u8]) -> Cause {
    let starts = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if name == b".note.gnu.build-id" {
        Cause::ElfBuildId
    } else if name == b".comment" {
        Cause::CompilerComment
    } else if name == b".dep-v0" {
        Cause::CrateList
    } else if starts(&[b".debug", b".zdebug", b".gnu_debug", b".gdb_index", b".stab"]) {
        Cause::DebugInfo
    } else if starts(&[b".symtab", b".strtab", b".dynsym", b".dynstr", b".gnu.lto_"]) {
        Cause::Symbols
    } else if LAYOUT.iter().any(|prefix| name.starts_with(prefix)) {
        Cause::Layout
    } else {
        Cause::Data
    }
}

/// Sections that hold addresses, offsets and tables of other sections.
const LAYOUT: [&[u8]; 12] = [
    b".shstrtab",
    b".rel",
    b".got",
    b".plt.got",
    b".dynamic",
    b".eh_frame",
    b".gcc_except",
    b".hash",
    b".gnu.hash",
    b".gnu.version",
    b".init_array",
    b".fini_array",
];
