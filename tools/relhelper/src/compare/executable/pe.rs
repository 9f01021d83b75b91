//! PE: headers, Rich header, sections, symbols, debug directory, exports, certificate table.
//!
//! Microsoft, "PE Format".
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::pe::{
    IMAGE_DIRECTORY_ENTRY_EXPORT, IMAGE_DIRECTORY_ENTRY_RESOURCE, IMAGE_DIRECTORY_ENTRY_SECURITY,
    IMAGE_SCN_CNT_CODE, ImageDosHeader, ImageNtHeaders32, ImageNtHeaders64,
};
use object::read::StringTable;
use object::read::pe::{DataDirectories, ImageNtHeaders, ImageOptionalHeader as _, SectionTable};
use object::{FileKind, LittleEndian as LE};

use super::map::{Map, Region, index, name};
use super::pe_debug;
use crate::compare::Cause;

pub(super) fn map(file: &[u8]) -> object::Result<Map> {
    if FileKind::parse(file)? == FileKind::Pe32 {
        read::<ImageNtHeaders32>(file)
    } else {
        read::<ImageNtHeaders64>(file)
    }
}

fn read<Pe: ImageNtHeaders>(file: &[u8]) -> object::Result<Map> {
    let nt = index(ImageDosHeader::parse(file)?.nt_headers_offset());
    let mut offset = nt as u64;
    let (headers, directories) = Pe::parse(file, &mut offset)?;
    let coff = headers.file_header();
    let sections = headers.sections(file, offset)?;
    let mut map =
        Map { machine: format!("PE, machine {:#x}", coff.machine.get(LE).0), ..Map::default() };
    map.region("DOS header", 0, nt.min(64), Cause::Data);
    rich_header(&mut map, file, nt);
    map.region("COFF header", nt, 24, Cause::Layout);
    map.field("Machine", nt + 4, 2, Cause::Architecture);
    map.field("TimeDateStamp", nt + 8, 4, Cause::PeTimestamp);
    let optional = nt + 24;
    map.region(
        "optional header",
        optional,
        coff.size_of_optional_header.get(LE).into(),
        Cause::Layout,
    );
    map.field("linker version", optional + 2, 2, Cause::CompilerComment);
    map.field("CheckSum", optional + 64, 4, Cause::PeChecksum);
    let directories_at = optional + if headers.is_type_64() { 112 } else { 96 };
    let entry = |number: usize| directories_at + 8 * number;
    let security = IMAGE_DIRECTORY_ENTRY_SECURITY;
    map.field("entry of the certificate table", entry(security), 8, Cause::PeCertificate);
    map.region("section headers", index(offset), sections.len() * 40, Cause::Layout);
    let image_base = headers.optional_header().image_base();
    for section in sections.iter() {
        let (start, bytes) = section.pe_file_range();
        let own = section.name(StringTable::<&[u8]>::default()).unwrap_or(section.raw_name());
        let code = section.characteristics.get(LE).0 & IMAGE_SCN_CNT_CODE.0 != 0;
        map.regions.push(Region {
            name: format!("section {}", name(own)),
            range: index(start)..index(start).saturating_add(index(bytes)),
            cause: if code { Cause::Code } else { cause(own) },
            address: Some(image_base.saturating_add(section.virtual_address.get(LE).into())),
            compressed_behind: None,
        });
    }
    let symbols = index(coff.pointer_to_symbol_table.get(LE));
    if symbols != 0 {
        let bytes = index(coff.number_of_symbols.get(LE)).saturating_mul(18);
        map.region("COFF symbols", symbols, bytes, Cause::Symbols);
        let strings = symbols.saturating_add(bytes);
        let size =
            file.get(strings..strings.saturating_add(4)).and_then(|size| size.try_into().ok());
        let size = size.map_or(0, |size: [u8; 4]| index(u32::from_le_bytes(size)));
        map.region("COFF strings", strings, size, Cause::Symbols);
    }
    directories_of(&mut map, file, &directories, &sections);
    Ok(map)
}

fn directories_of(
    map: &mut Map,
    file: &[u8],
    directories: &DataDirectories,
    sections: &SectionTable,
) {
    if let Some(table) = directories.get(IMAGE_DIRECTORY_ENTRY_SECURITY) {
        let (start, bytes) = table.address_range();
        map.region("certificate table", index(start), index(bytes), Cause::PeCertificate);
    }
    let place = |number| {
        let directory = directories.get(number)?;
        directory.file_range(sections).ok().map(|(start, bytes)| (index(start), index(bytes)))
    };
    if let Some((start, _)) = place(IMAGE_DIRECTORY_ENTRY_EXPORT) {
        map.field("time of the export table", start.saturating_add(4), 4, Cause::ExportTime);
    }
    if let Some((start, _)) = place(IMAGE_DIRECTORY_ENTRY_RESOURCE) {
        map.field("time of the resources", start.saturating_add(4), 4, Cause::PeTimestamp);
    }
    if let Some((start, bytes)) = place(object::pe::IMAGE_DIRECTORY_ENTRY_DEBUG) {
        pe_debug::fields(map, file, start, bytes);
    }
}

/// Microsoft's linker leaves a list of tools behind the DOS program, from `DanS` to `Rich` and a key.
fn rich_header(map: &mut Map, file: &[u8], nt: usize) {
    let stub = file.get(64..nt).unwrap_or_default();
    let Some(end) = memchr::memmem::rfind(stub, b"Rich") else {
        map.region("DOS program", 64, stub.len(), Cause::Data);
        return;
    };
    let key = stub.get(end + 4..end + 8).unwrap_or_default();
    let begins = |word: &[u8]| word.iter().zip(key).map(|(a, b)| a ^ b).eq(*b"DanS");
    let start =
        (0..end).step_by(4).find(|at| stub.get(*at..at + 4).is_some_and(begins)).unwrap_or(0);
    map.region("DOS program", 64, start, Cause::Data);
    map.region("Rich header", 64 + start, end + 8 - start, Cause::RichHeader);
}

fn cause(name: &[u8]) -> Cause {
    match name {
        b".dep-v0" => Cause::CrateList,
        b".buildid" => Cause::PeDebug,
        b".reloc" | b".pdata" | b".xdata" | b".idata" => Cause::Layout,
        // Names longer than eight bytes stand in the string table: `/4` is one of `.debug_…`.
        _ if name.starts_with(b".debug") || name.starts_with(b"/") => Cause::DebugInfo,
        _ => Cause::Data,
    }
}
