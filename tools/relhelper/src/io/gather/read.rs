//! Files of an origin, with what their absence or length means.

use std::io::{self, Read};

use sha2::Digest as _;

use crate::facts::Measured;
use crate::io::origin::{Origin, OriginError};
use crate::release::FileName;
use crate::verify::{Findings, Kind};

/// Bytes read at once.
pub(super) const CHUNK_BYTES: usize = 256 * 1024;

/// Reads a whole document.
pub(super) fn document(
    origin: &dyn Origin,
    name: &str,
    limit: u64,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let file: FileName = name.parse().ok()?;
    let mut bytes = Vec::new();
    match open(origin, &file, limit, findings)?.read_to_end(&mut bytes) {
        Ok(_) => Some(bytes),
        Err(error) => {
            unreadable(name, limit, &error, findings);
            None
        }
    }
}

pub(super) fn open<'a>(
    origin: &'a dyn Origin,
    file: &FileName,
    limit: u64,
    findings: &mut Findings,
) -> Option<Box<dyn Read + Send + 'a>> {
    let error = match origin.open(file, limit) {
        Ok(stream) => return Some(stream),
        Err(error) => error,
    };
    let expected = "a regular file";
    match error {
        OriginError::Missing { .. } => {
            findings.add(Kind::Missing, file.as_str(), None, "nothing", expected);
        }
        OriginError::NotAFile { .. } => {
            findings.add(Kind::Form, file.as_str(), None, "something else", expected);
        }
        OriginError::Unreadable { .. } => findings.unchecked(file.as_str(), &reason(&error)),
    }
    None
}

/// More bytes than are promised are a problem; other errors leave the question open.
pub(super) fn unreadable(name: &str, limit: u64, error: &io::Error, findings: &mut Findings) {
    if error.kind() == io::ErrorKind::FileTooLarge {
        let expected = format!("at most {limit} bytes");
        findings.add(Kind::Size, name, None, "more bytes", &expected);
    } else {
        findings.unchecked(name, &reason(error));
    }
}

/// The texts of an error and of its causes.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Reads to the end.
pub(super) fn measure(stream: &mut dyn Read) -> io::Result<Measured> {
    let mut sha256 = sha2::Sha256::new();
    let mut size: u64 = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                sha256.update(&chunk[..length]);
                size = size.saturating_add(length as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Measured { size, sha256: <[u8; 32]>::from(sha256.finalize()).into() })
}
