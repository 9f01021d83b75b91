//! Bundles: measured, and unpacked in the same pass, for `crate::verify`.

use std::io::{self, Read, Seek as _};

use sha2::Digest as _;

use super::read::{CHUNK_BYTES, measure};
use crate::archive::read::{Format, Limits, MemberKind, WalkError, walk, walk_stream};
use crate::facts::Measured;
use crate::verify::MAX_DOCUMENT_BYTES;
use crate::verify::bundle::{Unpacked, is_document};

/// Zip files have their directory at the end, so they are kept until that was read: up to this size in memory.
const SPOOL_BYTES: usize = 8 * 1024 * 1024;

/// What a bundle is, and what is in it or why that cannot be read.
pub(super) type Opened = (Measured, Result<Vec<Unpacked>, String>);

/// Reads `stream` to its end.
///
/// # Errors
///
/// When the stream cannot be read; an archive that is bad is no error.
pub(super) fn open(format: Format, stream: &mut dyn Read) -> io::Result<Opened> {
    let mut tee = Tee::new(stream);
    let mut members = Vec::new();
    let limits = Limits::default();
    let mut visit = |member: &_, content: &mut dyn Read| {
        members.push(visit(member, content)?);
        Ok(())
    };
    let walked = if format == Format::Zip {
        let mut spool = tempfile::SpooledTempFile::new(SPOOL_BYTES);
        io::copy(&mut tee, &mut spool)?;
        spool.rewind()?;
        walk(format, spool, &limits, &mut visit)
    } else {
        walk_stream(format, &mut tee, &limits, &mut visit)
    };
    let measured = tee.finish()?;
    let unpacked = match walked {
        Ok(_) => Ok(members),
        Err(WalkError::Archive(error)) => Err(error.to_string()),
        Err(WalkError::Visit(error)) => Err(io::Error::to_string(&error)),
    };
    Ok((measured, unpacked))
}

fn visit(member: &crate::archive::read::Member, content: &mut dyn Read) -> io::Result<Unpacked> {
    let mut kept = None;
    let measured = if member.kind == MemberKind::Directory {
        None
    } else if is_document(member.path.as_str()) {
        let mut bytes = Vec::new();
        crate::io::origin::Capped::new(content, MAX_DOCUMENT_BYTES).read_to_end(&mut bytes)?;
        let measured = Measured::of(&bytes);
        kept = Some(bytes);
        Some(measured)
    } else {
        Some(measure(content)?)
    };
    Ok(Unpacked {
        path: member.path.to_string(),
        mode: member.mode,
        executable: member.is_executable(),
        mtime: member.mtime,
        measured,
        content: kept,
    })
}

/// Measures what is read through it.
struct Tee<'a> {
    inner: &'a mut dyn Read,
    sha256: sha2::Sha256,
    size: u64,
    failed: Option<io::Error>,
}

impl<'a> Tee<'a> {
    fn new(inner: &'a mut dyn Read) -> Self {
        Self { inner, sha256: sha2::Sha256::new(), size: 0, failed: None }
    }

    /// Reads the rest. An error that came earlier counts, whatever the archive made of it.
    fn finish(mut self) -> io::Result<Measured> {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            if let Some(error) = self.failed {
                return Err(error);
            }
            match self.read(&mut chunk) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Measured { size: self.size, sha256: <[u8; 32]>::from(self.sha256.finalize()).into() })
    }
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(length) => {
                self.sha256.update(&buffer[..length]);
                self.size = self.size.saturating_add(length as u64);
                Ok(length)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }
}
