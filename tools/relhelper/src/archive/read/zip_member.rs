//! What the records of a zip file say about one member.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use rawzip::ZipFileHeaderRecord;

use super::zip::{DEFLATE, STORED};
use super::{Facts, Limits, Member, MemberKind, MemberPath, Refusal, ZipFacts};

const UNICODE_PATH: u16 = 0x7075;
/// Deflate's effort (1, 2), sizes behind the data (3), UTF-8 (11).
const KNOWN_FLAGS: u16 = 0b1000_0000_1110;
const ENCRYPTION_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;

/// The member, if it is one that is read.
pub(super) fn member(
    record: &ZipFileHeaderRecord<'_>,
    central_extra: Vec<(u16, Vec<u8>)>,
    local_extra: Vec<(u16, Vec<u8>)>,
    data_offset: u64,
    limits: &Limits,
) -> Result<Member, Refusal> {
    let flags = record.flags().bits();
    if flags & ENCRYPTION_FLAGS != 0 {
        return Err(Refusal::Encrypted);
    }
    if flags & !KNOWN_FLAGS != 0 {
        return Err(Refusal::Flags { flags });
    }
    let method = record.compression_method().as_u16();
    if !matches!(method, STORED | DEFLATE) {
        return Err(Refusal::UnsupportedCompression { method });
    }
    let (size, compressed_size) = (record.uncompressed_size_hint(), record.compressed_size_hint());
    if size > limits.member_bytes {
        return Err(Refusal::TooMuch { what: "bytes", limit: limits.member_bytes });
    }
    if method == STORED && size != compressed_size {
        return Err(Refusal::Size { expected: size, found: compressed_size });
    }
    let raw = record.file_path().as_bytes();
    let name = std::str::from_utf8(raw).map_err(|_| Refusal::NotUtf8)?;
    // Without the flag, the name is in the code page of whoever reads it.
    if !name.is_ascii() && !record.flags().is_utf8() {
        return Err(Refusal::NotUtf8);
    }
    for (id, data) in central_extra.iter().chain(&local_extra) {
        // A second name; behind its version and a CRC-32 (section 4.6.9).
        if *id == UNICODE_PATH && data.get(5..) != Some(raw) {
            return Err(Refusal::LocalHeader { field: "name" });
        }
    }
    let attributes = record.external_attributes();
    let kind = if name.ends_with('/') { MemberKind::Directory } else { MemberKind::File };
    match (attributes >> 28, kind) {
        (0, _) | (0o10, MemberKind::File) | (0o04, MemberKind::Directory) => {}
        (0o12, _) => return Err(Refusal::Link),
        (0o01, _) => return Err(Refusal::Fifo),
        (0o02 | 0o06, _) => return Err(Refusal::Device),
        _ => return Err(Refusal::FileAndFolder),
    }
    if kind == MemberKind::Directory && size != 0 {
        return Err(Refusal::DirectoryWithContent);
    }
    let path = MemberPath::parse(name.strip_suffix('/').unwrap_or(name))?;
    let dos = record.last_modified_dos();
    let made_by = record.version_made_by();
    let unix = matches!(made_by.creator_system().as_u8(), 3 | 19);
    let facts = ZipFacts {
        central_extra,
        comment: record.comment().as_bytes().to_vec(),
        compressed_size,
        data_offset,
        crc32: record.crc32(),
        dos_date: dos.packed_date(),
        dos_time: dos.packed_time(),
        external_attributes: attributes,
        flags,
        local_extra,
        method,
        offset: record.local_header_offset(),
        version_made_by: made_by.as_u16(),
    };
    let mode = unix.then_some((attributes >> 16) & 0o7777);
    Ok(Member { path, kind, size, mode, mtime: None, facts: Facts::Zip(Box::new(facts)) })
}
