//! Looking into files and into what they contain, archives in archives included, as a stream: only
//! programs, and zip files inside other archives, are held in memory as a whole.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

use super::finding::{Finding, Kind, Report, Unchecked, excerpt};
use super::inspect::{inspect, is_program};
use super::patterns::Place;
use super::{Patterns, shebang};

/// Largest program or inner zip file that is held in memory, in bytes.
const MAX_IN_MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// How deep archives may be nested.
const MAX_DEPTH: usize = 8;
/// How much of a file tells what it is: a tar header.
const HEAD_BYTES: usize = 512;
const CHUNK_BYTES: usize = 256 * 1024;

/// The gate at work; it collects a report.
#[derive(Debug)]
pub struct Walk<'a> {
    patterns: &'a Patterns,
    report: Report,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

impl<'a> Walk<'a> {
    /// A walk on which nothing was seen yet.
    #[must_use]
    pub fn new(patterns: &'a Patterns) -> Self {
        Self { patterns, report: Report::default() }
    }

    /// What was seen.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.report.findings.sort();
        self.report
    }

    /// Looks into the file called `path`.
    pub fn file(&mut self, path: &str, mut content: impl Read + Seek) {
        let mut look = || -> Outcome {
            let head = head(&mut content)?;
            content.seek(SeekFrom::Start(0))?;
            if is_zip(&head) {
                self.zip(path, &mut content, 0)
            } else {
                self.stream(path, &mut content, 0)
            }
        };
        let outcome = look();
        self.note(path, outcome);
    }

    /// Looks at a symbolic link.
    pub fn symbolic_link(&mut self, path: &str, target: &[u8]) {
        self.report.checked += 1;
        self.search(path, Place::Text, target);
        if target.starts_with(b"/") {
            self.find(path, (Kind::SymbolicLink, excerpt(target)));
        }
    }

    /// Takes note that something could not be looked into.
    pub fn unchecked(&mut self, path: &str, reason: String) {
        self.report.unchecked.push(Unchecked { path: path.to_owned(), reason });
    }

    fn note(&mut self, path: &str, outcome: Outcome) {
        if let Err(error) = outcome {
            self.unchecked(path, error.to_string());
        }
    }

    fn stream(&mut self, path: &str, content: &mut dyn Read, depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return Err(format!("archives are nested more than {MAX_DEPTH} deep").into());
        }
        let head = head(content)?;
        let mut content = head.chain(content);
        if head.starts_with(&[0x1f, 0x8b]) {
            return self.stream(path, &mut MultiGzDecoder::new(content), depth + 1);
        }
        if head.get(257..262) == Some(b"ustar") {
            return self.tar(path, &mut content, depth + 1);
        }
        if is_zip(&head) {
            return self.zip(path, Cursor::new(in_memory(&mut content)?), depth + 1);
        }
        if let Some(format) = opaque(&head) {
            return Err(
                format!("it is compressed with {format}, which cannot be looked into").into()
            );
        }
        if is_program(&head) {
            let program = in_memory(&mut content)?;
            self.search(path, Place::Program, &program);
            let found = inspect(&program)
                .map_err(|error| format!("it begins like a program, but: {error}"))?;
            for found in found {
                self.find(path, found);
            }
            self.report.checked += 1;
            return Ok(());
        }
        if let Some(found) = shebang::inspect(&head) {
            self.find(path, found);
        }
        let mut search = self.patterns.search(path, Place::Text);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match content.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => search.feed(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.report.findings.extend(search.finish());
        self.report.checked += 1;
        Ok(())
    }

    fn tar(&mut self, path: &str, content: &mut dyn Read, depth: usize) -> Outcome {
        let mut archive = tar::Archive::new(content);
        for member in archive.entries()? {
            let mut member = member?;
            let name = member.path_bytes().into_owned();
            let inner = format!("{path}!{}", excerpt(&name));
            self.search(&inner, Place::Text, &name);
            if let Some(target) = member.link_name_bytes() {
                self.symbolic_link(&inner, &target);
            }
            if member.header().entry_type().is_file() {
                let outcome = self.stream(&inner, &mut member, depth);
                self.note(&inner, outcome);
            }
        }
        Ok(())
    }

    fn zip(&mut self, path: &str, content: impl Read + Seek, depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return Err(format!("archives are nested more than {MAX_DEPTH} deep").into());
        }
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = rawzip::ZipArchive::from_seekable(content, &mut buffer)?;
        let mut members = archive.entries(&mut buffer);
        while let Some(member) = members.next_entry()? {
            let name = member.file_path();
            let inner = format!("{path}!{}", excerpt(name.as_ref()));
            self.search(&inner, Place::Text, name.as_ref());
            if member.is_dir() {
                continue;
            }
            let (method, entry) =
                (member.compression_method(), archive.get_entry(member.wayfinder())?);
            let outcome = match method {
                rawzip::CompressionMethod::STORE => {
                    self.stream(&inner, &mut entry.verifying_reader(entry.reader()), depth + 1)
                }
                rawzip::CompressionMethod::DEFLATE => {
                    let inflated = DeflateDecoder::new(entry.reader());
                    self.stream(&inner, &mut entry.verifying_reader(inflated), depth + 1)
                }
                other => Err(format!(
                    "it is compressed with method {other:?}, which cannot be looked into"
                )
                .into()),
            };
            self.note(&inner, outcome);
        }
        Ok(())
    }

    fn search(&mut self, path: &str, place: Place, bytes: &[u8]) {
        let mut search = self.patterns.search(path, place);
        search.feed(bytes);
        self.report.findings.extend(search.finish());
    }

    fn find(&mut self, path: &str, (kind, excerpt): (Kind, String)) {
        self.report.findings.push(Finding { path: path.to_owned(), kind, offset: None, excerpt });
    }
}

fn head(content: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    content.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn in_memory(content: &mut dyn Read) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    content.take(MAX_IN_MEMORY_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_IN_MEMORY_BYTES {
        return Err(format!("it has more than {MAX_IN_MEMORY_BYTES} bytes, the limit for programs and inner zip files").into());
    }
    Ok(bytes)
}

/// Local header of the first member, or the end record of a file without members.
fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Compressed formats that would hide anything from this gate.
fn opaque(head: &[u8]) -> Option<&'static str> {
    let formats: [(&[u8], &str); 6] = [
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"BZh", "bzip2"),
        (b"LZIP", "lzip"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\xfd7zXZ\0", "xz"),
    ];
    formats.into_iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| name)
}
