//! A member of an archive that was read.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::MemberPath;

/// A file or folder in an archive: what readers agree on, and the details that only explain differences.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Where it goes.
    pub path: MemberPath,
    /// What it is.
    pub kind: MemberKind,
    /// Bytes of its content; 0 for folders.
    pub size: u64,
    /// Permission bits, with those for set-user-id and the like; nothing where the archive does not say (zip files made
    /// on Windows, gzip).
    pub mode: Option<u32>,
    /// Time of its last change in seconds since 1970, where the archive has it in that form (tar).
    pub mtime: Option<i64>,
    /// What is special to the format.
    pub facts: Facts,
}

impl Member {
    /// Whether its owner may execute it. Archives that do not say so have no programs.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.kind == MemberKind::File && self.mode.is_some_and(|mode| mode & 0o100 != 0)
    }
}

/// Folders and regular files; everything else is refused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MemberKind {
    Directory,
    File,
}

/// Details of the format.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Facts {
    Gzip,
    Tar(Box<TarFacts>),
    Zip(Box<ZipFacts>),
}

/// What a tar says about a member besides (POSIX.1-2024, pax, "ustar Interchange Format").
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TarFacts {
    /// By the magic of the header.
    pub format: TarFormat,
    /// The header block as it is.
    pub header: Box<[u8; 512]>,
    /// Offset of that block in the tar, in bytes.
    pub header_offset: u64,
    /// Number of the owner.
    pub uid: i64,
    /// Number of the group.
    pub gid: i64,
    /// Name of the owner.
    pub uname: Vec<u8>,
    /// Name of the group.
    pub gname: Vec<u8>,
    /// Whether the name came in a header of its own, as GNU tar does for long ones.
    pub long_name: bool,
    /// Records of the PAX header in front of it.
    pub pax: BTreeMap<String, Vec<u8>>,
}

/// Which tar it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TarFormat {
    Gnu,
    Ustar,
    V7,
}

/// What a zip file says about a member besides (APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ZipFacts {
    /// Extra fields of the central directory: id and data.
    pub central_extra: Vec<(u16, Vec<u8>)>,
    /// Comment of the member.
    pub comment: Vec<u8>,
    /// Bytes of its compressed data.
    pub compressed_size: u64,
    /// Offset of the compressed data, in bytes.
    pub data_offset: u64,
    /// CRC-32 of the content.
    pub crc32: u32,
    /// Date and time as MS-DOS writes them: two seconds exact, without a time zone.
    pub dos_date: u16,
    /// See `dos_date`.
    pub dos_time: u16,
    /// External file attributes; on Unix the upper 16 bits are `st_mode`.
    pub external_attributes: u32,
    /// General-purpose bit flags.
    pub flags: u16,
    /// Extra fields of the local header: id and data.
    pub local_extra: Vec<(u16, Vec<u8>)>,
    /// Compression method: 0 stored, 8 deflate.
    pub method: u16,
    /// Offset of the local header, in bytes.
    pub offset: u64,
    /// Version and system that made it.
    pub version_made_by: u16,
}
