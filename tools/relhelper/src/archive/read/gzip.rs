//! gzip (RFC 1952): exactly one member, and nothing behind it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::Cell;
use std::io::{self, BufRead as _, BufReader, Chain, Cursor, Read};
use std::rc::Rc;

use flate2::bufread::GzDecoder;

use super::content::{Guard, Source, fill};
use super::{
    Facts, Limits, Member, MemberKind, MemberPath, ReadError, Refusal, Summary, WalkError,
};

const BUFFER_BYTES: usize = 64 * 1024;
/// Flags that RFC 1952, section 2.3.1, says must be zero.
const RESERVED_FLAGS: u8 = 0xe0;

/// The header of a gzip file (RFC 1952, section 2.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GzipHeader {
    /// The first ten bytes.
    pub fixed: [u8; 10],
    /// Comment, where there is one.
    pub comment: Option<Vec<u8>>,
    /// Extra field, where there is one.
    pub extra: Option<Vec<u8>>,
    /// Name of the file, where there is one.
    pub name: Option<Vec<u8>>,
}

impl GzipHeader {
    /// Time of the file in seconds since 1970; 0 says nothing.
    #[must_use]
    pub fn mtime(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, _, _] = self.fixed;
        u32::from_le_bytes([a, b, c, d])
    }

    /// What the compressor says of its effort: 2 is its best, 4 its fastest.
    #[must_use]
    pub fn extra_flags(&self) -> u8 {
        self.fixed[8]
    }

    /// The system that wrote it; 3 is Unix, 255 is unknown.
    #[must_use]
    pub fn operating_system(&self) -> u8 {
        self.fixed[9]
    }
}

type Input<R> = BufReader<Chain<Cursor<[u8; 10]>, Source<R>>>;

/// What is in a gzip file.
pub(super) struct Reader<R> {
    fixed: [u8; 10],
    guard: Guard<GzDecoder<Input<R>>>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(reader: R, limits: &Limits) -> Result<Self, Refusal> {
        let read = Rc::new(Cell::new(0));
        let mut source = Source::new(reader, Rc::clone(&read));
        let mut fixed = [0; 10];
        if fill(&mut source, &mut fixed).map_err(Refusal::of_io)? < fixed.len() {
            return Err(Refusal::Truncated);
        }
        if fixed[..3] != [0x1f, 0x8b, 8] || fixed[3] & RESERVED_FLAGS != 0 {
            return Err(Refusal::Corrupt("it has no header of gzip".to_owned()));
        }
        let input = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(fixed).chain(source));
        Ok(Self { fixed, guard: Guard::inflated(GzDecoder::new(input), read, 0, limits) })
    }

    pub(super) fn came_out(&self) -> u64 {
        self.guard.came_out()
    }

    /// Reads to the end, where the checksum is, and makes sure that it is the end.
    pub(super) fn finish(mut self) -> Result<GzipHeader, Refusal> {
        if fill(&mut self.guard, &mut [0])? != 0 {
            return Err(Refusal::Trailing);
        }
        let decoder = self.guard.into_inner();
        let header = decoder.header().ok_or(Refusal::Truncated)?;
        let header = GzipHeader {
            fixed: self.fixed,
            comment: header.comment().map(<[u8]>::to_vec),
            extra: header.extra().map(<[u8]>::to_vec),
            name: header.filename().map(<[u8]>::to_vec),
        };
        let mut input = decoder.into_inner();
        match input.fill_buf().map_err(Refusal::of_io)? {
            [] => Ok(header),
            [0x1f, 0x8b, ..] => Err(Refusal::MultiMember),
            _ => Err(Refusal::Trailing),
        }
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.guard.read(buffer)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::of_io(error)
    }
}

/// The one member of what is no tar. Its size is known at its end only; until then it is 0.
pub(super) fn walk<R: Read, E>(
    gzip: &mut Reader<R>,
    limits: &Limits,
    visit: &mut dyn FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, WalkError<E>> {
    let path = MemberPath::parse("content").map_err(|defect| ReadError::whole(defect.into()))?;
    let member = Member {
        path,
        kind: MemberKind::File,
        size: 0,
        mode: None,
        mtime: None,
        facts: Facts::Gzip,
    };
    let mut all = Unsized {
        inner: gzip,
        left: limits.member_bytes,
        limit: limits.member_bytes,
        failed: None,
    };
    let outcome = visit(&member, &mut all);
    if outcome.is_ok() {
        // An error is remembered in `failed`.
        let _ = io::copy(&mut all, &mut io::sink());
    }
    if let Some(refusal) = all.failed {
        return Err(ReadError::whole(refusal).into());
    }
    outcome.map_err(WalkError::Visit)?;
    Ok(Summary { members: 1, ..Summary::default() })
}

/// Content whose size nobody says.
struct Unsized<'a, R> {
    inner: &'a mut Reader<R>,
    left: u64,
    limit: u64,
    failed: Option<Refusal>,
}

impl<R: Read> Read for Unsized<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(refusal) = &self.failed {
            return Err(io::Error::other(refusal.to_string()));
        }
        let refusal = match self.inner.read(buffer) {
            Ok(length) => match self.left.checked_sub(length as u64) {
                Some(left) => {
                    self.left = left;
                    return Ok(length);
                }
                None => Refusal::TooMuch { what: "bytes", limit: self.limit },
            },
            Err(error) => Refusal::of_io(error),
        };
        let error = io::Error::other(refusal.to_string());
        self.failed = Some(refusal);
        Err(error)
    }
}
