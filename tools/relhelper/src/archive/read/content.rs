//! Readers that hold to the limits, and remember why they stopped.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::{Limits, Member, ReadError, Refusal, WalkError};

/// Bytes read at once when nobody wants them.
const DRAIN_BYTES: usize = 64 * 1024;

/// The bytes of the archive itself: counts them, and marks its errors as errors of reading. Goes on when it is interrupted, which
/// a decoder would take for damage.
#[derive(Debug)]
pub(super) struct Source<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R, read: Rc<Cell<u64>>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Ok(length) => {
                    self.read.set(self.read.get().saturating_add(length as u64));
                    return Ok(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Refusal::Unreadable(error).into_io()),
            }
        }
    }
}

/// What comes out of an archive: never more than the limits allow.
#[derive(Debug)]
pub(super) struct Guard<R> {
    inner: R,
    /// Bytes that went in, where they are not the same.
    compressed: Option<Rc<Cell<u64>>>,
    bytes: u64,
    limits: Limits,
}

impl<R: Read> Guard<Source<R>> {
    /// A guard of what is not compressed.
    pub(super) fn plain(inner: R, limits: &Limits) -> Self {
        let inner = Source::new(inner, Rc::default());
        Self { inner, compressed: None, bytes: 0, limits: *limits }
    }
}

impl<R: Read> Guard<R> {
    /// A guard of what `inner` makes of as many bytes as `compressed` counts. `before` bytes have come out already.
    pub(super) fn inflated(
        inner: R,
        compressed: Rc<Cell<u64>>,
        before: u64,
        limits: &Limits,
    ) -> Self {
        Self { inner, compressed: Some(compressed), bytes: before, limits: *limits }
    }

    /// Bytes that came out.
    pub(super) fn came_out(&self) -> u64 {
        self.bytes
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.bytes > self.limits.total_bytes {
            let limit = self.limits.total_bytes;
            return Err(Refusal::TooMuch { what: "bytes", limit });
        }
        let Some(compressed) = &self.compressed else { return Ok(()) };
        let allowed = compressed.get().saturating_mul(self.limits.ratio);
        if self.bytes > Limits::RATIO_FREE_BYTES && self.bytes > allowed {
            return Err(Refusal::TooMuch {
                what: "times the bytes it is compressed to",
                limit: self.limits.ratio,
            });
        }
        Ok(())
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.bytes = self.bytes.saturating_add(length as u64);
        self.check().map_err(Refusal::into_io)?;
        Ok(length)
    }
}

/// The content of one member: exactly as many bytes as its headers say.
pub(super) struct Content<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    size: u64,
    failed: Option<Refusal>,
}

impl<'a> Content<'a> {
    pub(super) fn new(inner: &'a mut dyn Read, size: u64) -> Self {
        Self { inner, left: size, size, failed: None }
    }

    /// Shows the member to `visit`, and reads what that leaves.
    pub(super) fn visit<E>(
        mut self,
        member: &Member,
        visit: &mut dyn FnMut(&Member, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), WalkError<E>> {
        let mut outcome = visit(member, &mut self).map_err(WalkError::Visit);
        if outcome.is_ok() && self.failed.is_none() {
            let mut rest = vec![0; DRAIN_BYTES];
            // An error is remembered in `failed`.
            while let Ok(1..) = self.read(&mut rest) {}
        }
        // A visitor that stumbled over a bad archive has no error of its own.
        if let Some(refusal) = self.failed {
            outcome = Err(ReadError::member(member.path.as_str(), refusal).into());
        }
        outcome
    }

    fn fail(&mut self, refusal: Refusal) -> io::Error {
        let error = io::Error::other(refusal.to_string());
        self.failed = Some(refusal);
        error
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(refusal) = &self.failed {
            return Err(io::Error::other(refusal.to_string()));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        match self.inner.read(&mut buffer[..most]) {
            Ok(0) => {
                let found = self.size - self.left;
                Err(self.fail(Refusal::Size { expected: self.size, found }))
            }
            Ok(length) => {
                self.left -= length as u64;
                Ok(length)
            }
            Err(error) => Err(self.fail(Refusal::of_io(error))),
        }
    }
}

/// Reads until `buffer` is full or the end is there; returns the number of bytes.
pub(crate) fn fill(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
