//! Mach-O: header, load commands, sections, parts of `__LINKEDIT`; and files for several architectures.
//!
//! `mach-o/loader.h`, `mach-o/fat.h`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::macho::{self, LoadCommandType, MachHeader32, MachHeader64};
use object::read::macho::{
    FatArch, LoadCommandVariant, MachHeader, MachOFatFile32, MachOFatFile64, Section as _,
    Segment as _,
};
use object::{Endianness, FileKind};

use super::map::{Map, Region, index, name};
use super::{Found, Kind, thin, whole};
use crate::compare::Cause;

pub(super) fn map(file: &[u8]) -> object::Result<Map> {
    if FileKind::parse(file)? == FileKind::MachO32 {
        read::<MachHeader32<Endianness>>(file)
    } else {
        read::<MachHeader64<Endianness>>(file)
    }
}

fn read<Mach: MachHeader<Endian = Endianness>>(file: &[u8]) -> object::Result<Map> {
    let header = Mach::parse(file, 0)?;
    let endian = header.endian()?;
    let cpu = (header.cputype(endian).0, header.cpusubtype(endian).0);
    let mut map =
        Map { machine: format!("Mach-O, processor {:#x} {:#x}", cpu.0, cpu.1), ..Map::default() };
    let mut at = size_of::<Mach>();
    map.region("Mach-O header", 0, at, Cause::Layout);
    map.field("kind of file and flags", 12, 4, Cause::Architecture);
    let mut commands = header.load_commands(endian, file, 0)?;
    while let Some(command) = commands.next()? {
        let bytes = index(command.cmdsize());
        let (what, cause) = command_name(command.cmd());
        map.region(format!("load command {what}"), at, bytes, cause);
        at = at.saturating_add(bytes);
        if let Some((segment, data)) = command.segment_32()? {
            for section in segment.sections(endian, data)? {
                let range = section.file_range(endian, section.offset(endian).into());
                let instructions = section.flags(endian);
                section_region(
                    &mut map,
                    section.segment_name(),
                    section.name(),
                    range,
                    section.addr(endian).into(),
                    instructions.0,
                );
            }
        } else if let Some((segment, data)) = command.segment_64()? {
            for section in segment.sections(endian, data)? {
                let range = section.file_range(endian, section.offset(endian).into());
                section_region(
                    &mut map,
                    section.segment_name(),
                    section.name(),
                    range,
                    section.addr(endian),
                    section.flags(endian).0,
                );
            }
        } else {
            linkedit(&mut map, endian, command.variant()?, what, size_of::<Mach::Nlist>());
        }
    }
    Ok(map)
}

/// `S_ATTR_PURE_INSTRUCTIONS`
const INSTRUCTIONS: u32 = 0x8000_0000;

fn section_region(
    map: &mut Map,
    segment: &[u8],
    section: &[u8],
    range: Option<(u64, u64)>,
    address: u64,
    flags: u32,
) {
    let Some((offset, bytes)) = range else { return };
    let cause = match section {
        _ if flags & INSTRUCTIONS != 0 => Cause::Code,
        b"__dep-v0" | b".dep-v0" => Cause::CrateList,
        _ if segment == b"__DWARF" => Cause::DebugInfo,
        b"__unwind_info" | b"__eh_frame" | b"__got" | b"__la_symbol_ptr" => Cause::Layout,
        _ => Cause::Data,
    };
    map.regions.push(Region {
        name: format!("section {},{}", name(segment), name(section)),
        range: index(offset)..index(offset).saturating_add(index(bytes)),
        cause,
        address: Some(address),
        compressed_behind: None,
    });
}

/// The tables that load commands point to.
fn linkedit(
    map: &mut Map,
    endian: Endianness,
    command: LoadCommandVariant<Endianness>,
    what: &str,
    symbol_bytes: usize,
) {
    match command {
        LoadCommandVariant::Symtab(table) => {
            let symbols = index(table.nsyms.get(endian)).saturating_mul(symbol_bytes);
            map.region("symbols", index(table.symoff.get(endian)), symbols, Cause::Symbols);
            let (start, bytes) = (table.stroff.get(endian), table.strsize.get(endian));
            map.region("names of symbols", index(start), index(bytes), Cause::Symbols);
        }
        LoadCommandVariant::LinkeditData(data) => {
            let signature = data.cmd.get(endian) == macho::LC_CODE_SIGNATURE;
            let cause = if signature { Cause::CodeSignature } else { Cause::Linkedit };
            let (start, bytes) = (data.dataoff.get(endian), data.datasize.get(endian));
            map.region(format!("data of {what}"), index(start), index(bytes), cause);
        }
        LoadCommandVariant::DyldInfo(info) => {
            for (what, start, bytes) in [
                ("rebase", info.rebase_off, info.rebase_size),
                ("bind", info.bind_off, info.bind_size),
                ("weak bind", info.weak_bind_off, info.weak_bind_size),
                ("lazy bind", info.lazy_bind_off, info.lazy_bind_size),
                ("export", info.export_off, info.export_size),
            ] {
                let (start, bytes) = (index(start.get(endian)), index(bytes.get(endian)));
                map.region(format!("{what} information"), start, bytes, Cause::Linkedit);
            }
        }
        LoadCommandVariant::Dysymtab(table) => {
            let bytes = index(table.nindirectsyms.get(endian)).saturating_mul(4);
            map.region(
                "indirect symbols",
                index(table.indirectsymoff.get(endian)),
                bytes,
                Cause::Linkedit,
            );
        }
        _ => {}
    }
}

fn command_name(command: LoadCommandType) -> (&'static str, Cause) {
    match command {
        macho::LC_UUID => ("LC_UUID", Cause::MachoUuid),
        macho::LC_BUILD_VERSION => ("LC_BUILD_VERSION", Cause::MachoBuildVersion),
        macho::LC_VERSION_MIN_MACOSX => ("LC_VERSION_MIN_MACOSX", Cause::MachoBuildVersion),
        macho::LC_CODE_SIGNATURE => ("LC_CODE_SIGNATURE", Cause::CodeSignature),
        macho::LC_SEGMENT_64 | macho::LC_SEGMENT => ("LC_SEGMENT", Cause::Layout),
        macho::LC_LOAD_DYLIB => ("LC_LOAD_DYLIB", Cause::Data),
        macho::LC_RPATH => ("LC_RPATH", Cause::Data),
        macho::LC_ID_DYLIB => ("LC_ID_DYLIB", Cause::Data),
        macho::LC_SOURCE_VERSION => ("LC_SOURCE_VERSION", Cause::Data),
        macho::LC_MAIN => ("LC_MAIN", Cause::Layout),
        macho::LC_SYMTAB => ("LC_SYMTAB", Cause::Layout),
        macho::LC_DYSYMTAB => ("LC_DYSYMTAB", Cause::Layout),
        macho::LC_DYLD_INFO_ONLY | macho::LC_DYLD_INFO => ("LC_DYLD_INFO", Cause::Layout),
        macho::LC_FUNCTION_STARTS => ("LC_FUNCTION_STARTS", Cause::Layout),
        macho::LC_DATA_IN_CODE => ("LC_DATA_IN_CODE", Cause::Layout),
        macho::LC_DYLD_EXPORTS_TRIE => ("LC_DYLD_EXPORTS_TRIE", Cause::Layout),
        macho::LC_DYLD_CHAINED_FIXUPS => ("LC_DYLD_CHAINED_FIXUPS", Cause::Layout),
        _ => ("of another kind", Cause::Data),
    }
}

/// Slices of the same processor are compared.
pub(super) fn universal(published: &[u8], rebuilt: &[u8]) -> Vec<Found> {
    let (Ok(mine), Ok(theirs)) = (slices(published), slices(rebuilt)) else {
        return vec![whole(Cause::Unreadable, published, rebuilt)];
    };
    let processors = |slices: &[(String, &[u8])]| {
        slices.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    if processors(&mine) != processors(&theirs) {
        return vec![whole(Cause::Architecture, published, rebuilt)];
    }
    let mut found = Vec::new();
    for ((processor, one), (_, other)) in mine.into_iter().zip(theirs) {
        let inner = match (super::kind(one), super::kind(other)) {
            _ if one == other => continue,
            (Some(Kind::MachO), Some(Kind::MachO)) => thin(Kind::MachO, one, other),
            _ => vec![whole(Cause::Data, one, other)],
        };
        found.extend(inner.into_iter().map(|mut found| {
            found.difference.place.insert(0, format!("slice of processor {processor}"));
            found
        }));
    }
    if found.is_empty() {
        found.push(whole(Cause::Layout, published, rebuilt));
    }
    found
}

fn slices(file: &[u8]) -> object::Result<Vec<(String, &[u8])>> {
    fn all<'a, Arch: FatArch>(
        arches: &[Arch],
        file: &'a [u8],
    ) -> object::Result<Vec<(String, &'a [u8])>> {
        let one = |arch: &Arch| Ok((format!("{:#x}", arch.cputype().0), arch.data(file)?));
        arches.iter().map(one).collect()
    }
    if FileKind::parse(file)? == FileKind::MachOFat32 {
        all(MachOFatFile32::parse(file)?.arches(), file)
    } else {
        all(MachOFatFile64::parse(file)?.arches(), file)
    }
}
