//! Reading archives of strangers, as a stream: tar, tar.gz, gzip and zip.
//!
//! An archive is refused when two readers could see different things in it, when it would write
//! where it should not, or when it costs more than its limits. What is accepted has one meaning:
//! plain files and folders, each name once, and no byte that belongs to nothing.
//!
//! Archives inside of archives are members like others; how deep to go is the caller's choice.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod content;
mod error;
mod format;
mod gzip;
mod member;
mod number;
mod path;
mod pax;
mod tar;
mod zip;
mod zip_directory;
mod zip_end;
mod zip_member;

#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

pub use error::{ReadError, Refusal, WalkError};
pub use format::Format;
pub use gzip::GzipHeader;
pub use member::{Facts, Member, MemberKind, TarFacts, TarFormat, ZipFacts};
pub use path::{MemberPath, PathDefect};

use content::Guard;
pub(crate) use content::fill;

/// What an archive may cost. Everything is refused that goes beyond.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Most files and folders.
    pub members: u64,
    /// Most bytes of one file.
    pub member_bytes: u64,
    /// Most bytes of names, comments and extra fields of all members together.
    pub metadata_bytes: u64,
    /// Most bytes that may come out for one that goes in, once [`Limits::RATIO_FREE_BYTES`] came out.
    pub ratio: u64,
    /// Most bytes of everything that comes out.
    pub total_bytes: u64,
}

impl Limits {
    /// Bytes that may come out of an archive before its ratio counts: small ones do no harm.
    pub const RATIO_FREE_BYTES: u64 = 64 * 1024 * 1024;
}

impl Default for Limits {
    /// Room for large releases: 100,000 members, 4 GiB each, 16 GiB together, 250 to 1.
    fn default() -> Self {
        Self {
            members: 100_000,
            member_bytes: 4 << 30,
            metadata_bytes: 64 << 20,
            ratio: 250,
            total_bytes: 16 << 30,
        }
    }
}

/// What is known of an archive that was read to its end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Comment at the end of a zip file.
    pub comment: Vec<u8>,
    /// The header of gzip, where there is one.
    pub gzip: Option<GzipHeader>,
    /// Files and folders.
    pub members: u64,
    /// Bytes of everything that came out: for tar, the bytes of the tar itself.
    pub total_bytes: u64,
    /// Zero bytes behind the end mark of a tar.
    pub tar_padding: u64,
}

/// Calls `visit` for every member, in the order of the archive (of the central directory in a zip file), with its
/// content. What `visit` does not read is read and checked all the same.
///
/// When `walk` returns an error, what was visited until then is not to be used.
///
/// # Errors
///
/// [`WalkError::Archive`] when the archive is refused or cannot be read, [`WalkError::Visit`] with an error of `visit`.
pub fn walk<R: Read + Seek, E>(
    format: Format,
    reader: R,
    limits: &Limits,
    mut visit: impl FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, WalkError<E>> {
    match format {
        Format::Zip => zip::walk(reader, limits, &mut visit),
        Format::Gzip | Format::Tar | Format::TarGz => walk_stream(format, reader, limits, visit),
    }
}

/// The same for what cannot be sought in, from its first byte to its last.
///
/// # Errors
///
/// As [`walk`]; a zip file is refused, because its directory is at its end.
pub fn walk_stream<R: Read, E>(
    format: Format,
    reader: R,
    limits: &Limits,
    mut visit: impl FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, WalkError<E>> {
    match format {
        Format::Zip => Err(ReadError::whole(Refusal::NotAStream).into()),
        Format::Tar => {
            let mut plain = Guard::plain(reader, limits);
            let mut summary = tar::walk(&mut plain, limits, &mut visit)?;
            summary.total_bytes = plain.came_out();
            Ok(summary)
        }
        Format::Gzip | Format::TarGz => {
            let mut gzip = gzip::Reader::new(reader, limits).map_err(ReadError::whole)?;
            let mut summary = if format == Format::TarGz {
                tar::walk(&mut gzip, limits, &mut visit)?
            } else {
                gzip::walk(&mut gzip, limits, &mut visit)?
            };
            summary.total_bytes = gzip.came_out();
            summary.gzip = Some(gzip.finish().map_err(ReadError::whole)?);
            Ok(summary)
        }
    }
}
