//! zip (PKWARE's APPNOTE.TXT 6.3.10): what the central directory lists, if the rest of the file says the same.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::Cell;
use std::io::{self, Read, Seek};
use std::rc::Rc;

use flate2::read::DeflateDecoder;
use rawzip::{RangeReader, ReaderAt};

use super::content::{Content, Guard, Source};
use super::path::Names;
use super::zip_directory::{self, At, Entry};
use super::{Limits, Member, MemberKind, ReadError, Refusal, Summary, WalkError};

pub(super) const STORED: u16 = 0;
pub(super) const DEFLATE: u16 = 8;

pub(super) fn walk<R: Read + Seek, E>(
    reader: R,
    limits: &Limits,
    visit: &mut dyn FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, WalkError<E>> {
    let reader = At::new(reader).map_err(ReadError::whole)?;
    let mut names = Names::default();
    let directory = zip_directory::read(&reader, limits, &mut names)?;
    let mut total_bytes = 0;
    let read_bytes = Rc::new(Cell::new(0));
    for Entry { member, data, crc32, method } in directory.entries {
        let compressed = Rc::clone(&read_bytes);
        let raw = Source::new(RangeReader::new(&reader, data), Rc::clone(&compressed));
        let size = member.size;
        total_bytes = if method == STORED {
            let guard = Guard::inflated(raw, compressed, total_bytes, limits);
            read(guard, &member, size, crc32, visit, |_| true)?
        } else {
            let guard = Guard::inflated(DeflateDecoder::new(raw), compressed, total_bytes, limits);
            // Compressed data that the decoder did not want is data that belongs to nothing.
            read(guard, &member, size, crc32, visit, |decoder| {
                decoder.total_in() == directory_size(&member)
            })?
        };
    }
    let comment = directory.comment;
    Ok(Summary { comment, members: names.members(), total_bytes, ..Summary::default() })
}

fn directory_size(member: &Member) -> u64 {
    match &member.facts {
        super::Facts::Zip(facts) => facts.compressed_size,
        _ => 0,
    }
}

/// Shows a member and checks it behind its end; returns the number of all bytes that came out until then.
fn read<D: Read, E>(
    guard: Guard<D>,
    member: &Member,
    size: u64,
    crc32: u32,
    visit: &mut dyn FnMut(&Member, &mut dyn Read) -> Result<(), E>,
    used_all: impl FnOnce(&D) -> bool,
) -> Result<u64, WalkError<E>> {
    let refused = |refusal| ReadError::member(member.path.as_str(), refusal);
    let mut summed = Summed { inner: guard, crc32: crc32fast::Hasher::new() };
    if member.kind == MemberKind::File {
        Content::new(&mut summed, size).visit(member, visit)?;
    } else {
        Content::new(&mut io::empty(), 0).visit(member, visit)?;
    }
    // The decoder must be at its end, and reading there makes it see the end mark.
    let mut one = [0];
    let more =
        super::content::fill(&mut summed, &mut one).map_err(Refusal::of_io).map_err(refused)?;
    if more != 0 {
        return Err(refused(Refusal::Size { expected: size, found: size.saturating_add(1) }).into());
    }
    if summed.crc32.finalize() != crc32 {
        return Err(refused(Refusal::Corrupt("its CRC-32 is wrong".to_owned())).into());
    }
    let bytes = summed.inner.came_out();
    if !used_all(&summed.inner.into_inner()) {
        return Err(refused(Refusal::Trailing).into());
    }
    Ok(bytes)
}

struct Summed<R> {
    inner: Guard<R>,
    crc32: crc32fast::Hasher,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.crc32.update(&buffer[..length]);
        Ok(length)
    }
}

/// `ReaderAt` of rawzip for what can be sought in.
impl<R: Read + Seek> ReaderAt for At<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut reader = self.reader.borrow_mut();
        reader.seek(io::SeekFrom::Start(offset))?;
        loop {
            match reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}
