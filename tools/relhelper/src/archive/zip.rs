//! zip (PKWARE APPNOTE.TXT 6.3.10) with deflate.
//!
//! Sizes and CRC stand in the local headers (written again when they are known), not in data
//! descriptors behind the data, which some readers do not understand.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{self, Read as _, Seek, SeekFrom, Write};

use super::deflate::{self, Effort, Piece};
use super::entry::{Content, Entry, Open};
use super::zip_record::{self, Member};
use crate::facts::SourceDate;

/// Files of this size or more get ZIP64 fields; below it, no deflate stream outgrows 32 bits.
const ZIP64_FROM_BYTES: u64 = 0xff00_0000;

enum Mark {
    Begin(Member),
    End,
}

/// Writes `entries`, in their order, as a zip file.
///
/// # Errors
///
/// Those of `output` and `files`, when a path is longer than zip can say, and when a file does not
/// have the size its entry says.
pub fn write<W: Write + Seek + Send>(
    effort: Effort,
    entries: &[Entry],
    date: SourceDate,
    files: &impl Open,
    output: W,
) -> io::Result<W> {
    let mut archive =
        Archive { output, position: 0, members: Vec::new(), crc32: crc32fast::Hasher::new() };
    deflate::run(
        effort,
        |feed| {
            for entry in entries {
                let member = member(entry, date)?;
                let deflated = member.deflated;
                feed.mark(Mark::Begin(member))?;
                if let (Content::File { from, size, .. }, true) = (&entry.content, deflated) {
                    let mut content = files.open(from)?;
                    let copied = io::copy(&mut content.by_ref().take(*size), feed)?;
                    if copied != *size || content.read(&mut [0])? != 0 {
                        return Err(io::Error::other(format!(
                            "{} changed while it was read",
                            from.display()
                        )));
                    }
                    feed.end_stream()?;
                    feed.mark(Mark::End)?;
                }
            }
            Ok(())
        },
        |piece| archive.take(piece),
    )?;
    archive.finish()
}

fn member(entry: &Entry, date: SourceDate) -> io::Result<Member> {
    let path = entry.archive_path();
    if path.len() > usize::from(u16::MAX) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{path}` is too long for zip"),
        ));
    }
    let (file_type, size) = match entry.content {
        Content::Directory => (0o040_000, 0),
        Content::File { size, .. } => (0o100_000, size),
    };
    Ok(Member {
        path,
        unix_mode: file_type | entry.mode(),
        deflated: size > 0,
        time: date.into(),
        crc32: 0,
        compressed_bytes: 0,
        input_bytes: 0,
        offset: 0,
        zip64: size >= ZIP64_FROM_BYTES,
    })
}

struct Archive<W> {
    output: W,
    position: u64,
    members: Vec<Member>,
    crc32: crc32fast::Hasher,
}

impl<W: Write + Seek> Archive<W> {
    fn take(&mut self, piece: Piece<Mark>) -> io::Result<()> {
        match piece {
            Piece::Mark(Mark::Begin(mut member)) => {
                member.offset = self.position;
                self.crc32.reset();
                self.put(&member.local_header())?;
                self.members.push(member);
            }
            Piece::Deflated(block) => {
                self.crc32.combine(&block.crc32);
                let member = self.members.last_mut().expect("a member has begun");
                member.input_bytes += block.input_bytes;
                member.compressed_bytes += block.bytes.len() as u64;
                self.put(&block.bytes)?;
            }
            Piece::Mark(Mark::End) => {
                let member = self.members.last_mut().expect("a member has begun");
                member.crc32 = self.crc32.clone().finalize();
                self.output.seek(SeekFrom::Start(member.offset))?;
                self.output.write_all(&member.local_header())?;
                self.output.seek(SeekFrom::Start(self.position))?;
            }
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.position += bytes.len() as u64;
        self.output.write_all(bytes)
    }

    fn finish(mut self) -> io::Result<W> {
        let offset = self.position;
        for member in std::mem::take(&mut self.members) {
            self.put(&member.central_header())?;
            self.members.push(member);
        }
        let end = zip_record::end(self.members.len() as u64, offset, self.position - offset);
        self.put(&end)?;
        Ok(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Level;
    use crate::archive::entry::tests_support::Named;
    use std::num::NonZeroUsize;
    use std::path::PathBuf;

    fn archive(threads: usize, entries: &[Entry]) -> Vec<u8> {
        let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::new(threads).unwrap() };
        let date = SourceDate::from_seconds(1_700_000_000).unwrap();
        write(effort, entries, date, &Named, io::Cursor::new(Vec::new())).unwrap().into_inner()
    }

    fn entries() -> Vec<Entry> {
        let file = |path: &str, executable| {
            let content =
                Content::File { from: PathBuf::from(path), size: path.len() as u64, executable };
            Entry { path: path.to_owned(), content }
        };
        let empty = Content::File { from: PathBuf::new(), size: 0, executable: false };
        vec![
            Entry { path: "top".to_owned(), content: Content::Directory },
            file("top/bin.exe", true),
            Entry { path: "top/empty".to_owned(), content: empty },
            file("top/grüße.txt", false),
        ]
    }

    #[test]
    fn an_independent_reader_finds_the_same() {
        let bytes = archive(2, &entries());
        let reader = rawzip::ZipArchive::from_slice(&bytes).unwrap();
        let mut members = reader.entries();
        let mut seen = Vec::new();
        while let Some(member) = members.next_entry().unwrap() {
            let path = String::from_utf8(member.file_path().as_ref().to_vec()).unwrap();
            let inner = reader.get_entry(member.wayfinder()).unwrap();
            let mut content = String::new();
            if member.compression_method() == rawzip::CompressionMethod::DEFLATE {
                let inflated = flate2::bufread::DeflateDecoder::new(inner.data());
                inner.verifying_reader(inflated).read_to_string(&mut content).unwrap();
                assert_eq!(content, path);
            }
            seen.push((path, member.mode().permissions()));
        }
        assert_eq!(
            seen,
            [
                ("top/".to_owned(), 0o755),
                ("top/bin.exe".to_owned(), 0o755),
                ("top/empty".to_owned(), 0o644),
                ("top/grüße.txt".to_owned(), 0o644),
            ]
        );
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_byte() {
        assert!(archive(1, &entries()) == archive(2, &entries()));
        assert!(archive(1, &entries()) == archive(8, &entries()));
    }
}
