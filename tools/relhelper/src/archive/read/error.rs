//! Why an archive was refused.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io;

use super::PathDefect;

/// An archive that was refused: at which member, if it has come to one, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}{refusal}", .member.as_ref().map(|name| format!("`{}`: ", name.escape_debug())).unwrap_or_default())]
pub struct ReadError {
    /// The member's name, as far as it could be read; not checked, so never a path.
    pub member: Option<String>,
    /// What is wrong.
    #[source]
    pub refusal: Refusal,
}

impl ReadError {
    pub(super) fn whole(refusal: Refusal) -> Self {
        Self { member: None, refusal }
    }

    pub(super) fn member(name: impl AsRef<[u8]>, refusal: Refusal) -> Self {
        Self { member: Some(String::from_utf8_lossy(name.as_ref()).into_owned()), refusal }
    }

    /// Whether the bytes could not be had, so that nothing is known about the archive.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.refusal, Refusal::Unreadable(_))
    }
}

/// Ways in which an archive can be bad.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Refusal {
    #[error("the checksum of the tar header is wrong")]
    Checksum,
    #[error("its compressed data is damaged: {0}")]
    Corrupt(String),
    #[error("bytes at offset {offset} belong to no member")]
    DataBetween { offset: u64 },
    #[error("it is a device")]
    Device,
    #[error("a folder with content")]
    DirectoryWithContent,
    #[error("the name was there before, as `{}`", .earlier.escape_debug())]
    Duplicate { earlier: String },
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is a named pipe")]
    Fifo,
    #[error("a file and a folder have this name")]
    FileAndFolder,
    #[error("the general-purpose flags {flags:#06x} are not supported")]
    Flags { flags: u16 },
    #[error("the field `{field}` of its header is not a number: {found}")]
    HeaderNumber { field: &'static str, found: String },
    #[error("it is a link")]
    Link,
    #[error("local header and central directory do not agree on its {field}")]
    LocalHeader { field: &'static str },
    #[error("there is another gzip member behind the first")]
    MultiMember,
    #[error("a zip file cannot be read as a stream")]
    NotAStream,
    #[error("the name is not UTF-8, or does not say that it is")]
    NotUtf8,
    #[error("its data overlaps that of another member")]
    Overlap,
    #[error("the padding behind it is not zero")]
    Padding,
    #[error("{0}")]
    Path(#[from] PathDefect),
    #[error("its PAX header is malformed")]
    PaxMalformed,
    #[error("its PAX header has `{}`, which changes what readers see", .key.escape_debug())]
    PaxKey { key: String },
    #[error("two headers in front of it say the same thing")]
    RepeatedExtension,
    #[error("its size is {found}, its headers say {expected}")]
    Size { expected: u64, found: u64 },
    #[error("it is a sparse file")]
    Sparse,
    #[error("it has more than {limit} {what}")]
    TooMuch { what: &'static str, limit: u64 },
    #[error("there is data behind its end")]
    Trailing,
    #[error("it ends too early")]
    Truncated,
    #[error("the type `{}` is not supported", char::from(*.0).escape_debug())]
    TypeFlag(u8),
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("compression method {method} is not supported")]
    UnsupportedCompression { method: u16 },
    #[error("the zip records are malformed: {0}")]
    Zip(String),
}

impl Refusal {
    /// What an error means that came through the readers of this module: they hide a [`Refusal`] in it, and everything
    /// else comes from a decoder that met bad data.
    pub(super) fn of_io(error: io::Error) -> Self {
        let kind = error.kind();
        match error.downcast::<Self>() {
            Ok(refusal) => refusal,
            Err(_) if kind == io::ErrorKind::UnexpectedEof => Self::Truncated,
            Err(error) => Self::Corrupt(error.to_string()),
        }
    }

    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

/// A walk that ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError<E> {
    /// The archive is bad, or could not be read.
    #[error(transparent)]
    Archive(#[from] ReadError),
    /// The visitor did not want to go on.
    #[error("{0}")]
    Visit(E),
}
