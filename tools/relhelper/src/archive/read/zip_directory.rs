//! The records of a zip file. Each byte of the file must belong to exactly one of them; the file may not say anything
//! twice in two ways.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use rawzip::{ZipArchive, ZipFileHeaderRecord, ZipLocalFileHeader};

use super::path::Names;
use super::zip_end::{descriptor, end_records};
use super::zip_member::member;
use super::{Limits, Member, MemberKind, ReadError, Refusal};

const LOCAL_HEADER_BYTES: u64 = 30;
const CENTRAL_HEADER_BYTES: u64 = 46;
const END_BYTES: usize = 22;

/// A reader that can be read at any place.
pub(super) struct At<R> {
    pub(super) reader: RefCell<R>,
    pub(super) length: u64,
}

impl<R: Read + Seek> At<R> {
    pub(super) fn new(mut reader: R) -> Result<Self, Refusal> {
        let length = reader.seek(SeekFrom::End(0)).map_err(Refusal::Unreadable)?;
        Ok(Self { reader: RefCell::new(reader), length })
    }
}

pub(super) struct Directory {
    pub(super) comment: Vec<u8>,
    pub(super) entries: Vec<Entry>,
}

/// A member, and where its data is.
pub(super) struct Entry {
    pub(super) member: Member,
    pub(super) data: Range<u64>,
    pub(super) crc32: u32,
    pub(super) method: u16,
}

pub(super) fn zip_error(error: rawzip::Error) -> Refusal {
    let text = error.to_string();
    match error.into_kind() {
        rawzip::ErrorKind::IO(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Refusal::Unreadable(error)
        }
        rawzip::ErrorKind::IO(_) | rawzip::ErrorKind::Eof => Refusal::Truncated,
        _ => Refusal::Zip(text),
    }
}

pub(super) fn read<R: Read + Seek>(
    at: &At<R>,
    limits: &Limits,
    names: &mut Names,
) -> Result<Directory, ReadError> {
    let whole = ReadError::whole;
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = ZipArchive::with_max_search_space(END_BYTES as u64 + u64::from(u16::MAX))
        .locate_in_reader(at, &mut buffer, at.length)
        .map_err(|(_, error)| whole(zip_error(error)))?;
    let mut entries = Vec::new();
    let mut spans = Vec::new();
    let mut directory_end = archive.directory_offset();
    let mut local = vec![0; 2 * usize::from(u16::MAX)];
    let mut records = archive.entries(&mut buffer);
    while let Some(record) = records.next_entry().map_err(|error| whole(zip_error(error)))? {
        let name = record.file_path().as_bytes();
        let refused = |refusal| ReadError::member(name, refusal);
        let extra = extra_fields(record.extra_fields()).map_err(refused)?;
        let length = CENTRAL_HEADER_BYTES
            + name.len() as u64
            + extra_bytes(&extra)
            + record.comment().as_bytes().len() as u64;
        names.count(length, limits).map_err(refused)?;
        if record.central_directory_offset() != directory_end {
            return Err(refused(Refusal::DataBetween { offset: directory_end }));
        }
        directory_end += length;
        let entry =
            archive.get_entry(record.wayfinder()).map_err(|error| refused(zip_error(error)))?;
        let header = entry.local_header(&mut local).map_err(|error| refused(zip_error(error)))?;
        let (start, end) = entry.compressed_data_range();
        let local_extra = extra_fields(header.extra_fields()).map_err(refused)?;
        let header_bytes = LOCAL_HEADER_BYTES + name.len() as u64 + extra_bytes(&local_extra);
        same(&record, &header).map_err(refused)?;
        if start.checked_sub(record.local_header_offset()) != Some(header_bytes) || end < start {
            return Err(refused(Refusal::LocalHeader { field: "length" }));
        }
        let member = member(&record, extra, local_extra, start, limits).map_err(refused)?;
        names.add(&member.path, member.kind == MemberKind::Directory, limits).map_err(refused)?;
        spans.push((record.local_header_offset(), end, entries.len()));
        let method = record.compression_method().as_u16();
        entries.push(Entry { member, data: start..end, crc32: record.crc32(), method });
    }
    let comment = end_records(at, &archive, directory_end, entries.len()).map_err(whole)?;
    spans.sort_unstable();
    let mut expected = 0;
    for (position, (start, end, index)) in spans.iter().enumerate() {
        let entry = &entries[*index];
        let refused = |refusal| ReadError::member(entry.member.path.as_str(), refusal);
        match start.cmp(&expected) {
            std::cmp::Ordering::Less => return Err(refused(Refusal::Overlap)),
            std::cmp::Ordering::Greater => {
                return Err(refused(Refusal::DataBetween { offset: expected }));
            }
            std::cmp::Ordering::Equal => {}
        }
        let next = spans.get(position + 1).map_or(archive.directory_offset(), |(next, _, _)| *next);
        descriptor(at, entry, *end, next).map_err(refused)?;
        expected = next;
    }
    if spans.is_empty() && archive.directory_offset() != 0 {
        return Err(whole(Refusal::DataBetween { offset: 0 }));
    }
    Ok(Directory { comment, entries })
}

/// The extra fields, if they are nothing else (section 4.5.1).
fn extra_fields(
    mut fields: rawzip::extra_fields::ExtraFields<'_>,
) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    let found = fields.by_ref().map(|(id, data)| (id.as_u16(), data.to_vec())).collect();
    if !fields.remaining_bytes().is_empty() {
        return Err(Refusal::Zip("its extra field is malformed".to_owned()));
    }
    Ok(found)
}

fn extra_bytes(fields: &[(u16, Vec<u8>)]) -> u64 {
    fields.iter().map(|(_, data)| 4 + data.len() as u64).sum()
}

/// Local header and central directory must say the same; with a data descriptor the local one may say nothing.
fn same(record: &ZipFileHeaderRecord<'_>, local: &ZipLocalFileHeader<'_>) -> Result<(), Refusal> {
    let later = record.flags().has_data_descriptor();
    let size = |local: u64, central: u64| local == central || (later && local == 0);
    let checks = [
        ("name", record.file_path().as_bytes() == local.file_path().as_bytes()),
        ("flags", record.flags() == local.flags()),
        ("method", record.compression_method() == local.compression_method()),
        ("time", record.last_modified_dos() == local.last_modified_dos()),
        ("CRC-32", record.crc32() == local.crc32() || (later && local.crc32() == 0)),
        ("size", size(local.uncompressed_size_hint(), record.uncompressed_size_hint())),
        ("compressed size", size(local.compressed_size_hint(), record.compressed_size_hint())),
    ];
    match checks.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(Refusal::LocalHeader { field }),
        None => Ok(()),
    }
}
