//! Names of members: which are accepted, and that each is there once.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{Limits, Refusal};

/// A path in an archive: names joined by `/`, relative, with no way out of the folder it is put in, on any operating
/// system.
///
/// It allows more than [`crate::release::RelativePath`], names that begin with a dot among them, since archives of
/// sources have them. What a release promises about its own files is checked elsewhere.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MemberPath(String);

impl MemberPath {
    /// Longest path, in bytes.
    pub const MAX_BYTES: usize = 4096;
    /// Most names in a path.
    pub const MAX_DEPTH: usize = 128;
    /// Longest name in a path, in bytes, that common file systems hold.
    pub const MAX_NAME_BYTES: usize = 255;

    /// Checks the name of a member, without a `/` at its end.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn parse(path: &str) -> Result<Self, PathDefect> {
        if path.len() > Self::MAX_BYTES {
            return Err(PathDefect::Length { found: path.len() });
        }
        if path.starts_with('/') {
            return Err(PathDefect::Absolute);
        }
        if path.split('/').count() > Self::MAX_DEPTH {
            return Err(PathDefect::Depth);
        }
        if let Some(found) = path.chars().find(|c| forbidden(*c)) {
            return Err(PathDefect::Character { found });
        }
        for name in path.split('/') {
            match name {
                "" => return Err(PathDefect::Empty),
                "." | ".." => return Err(PathDefect::Traversal),
                _ if name.len() > Self::MAX_NAME_BYTES => {
                    return Err(PathDefect::Length { found: name.len() });
                }
                _ if name.ends_with([' ', '.']) => return Err(PathDefect::LastCharacter),
                _ => {}
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// The path as text, with `/` between the names.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the member below the folder `directory`.
    #[must_use]
    pub fn below(&self, directory: &Path) -> PathBuf {
        self.0.split('/').fold(directory.to_owned(), |path, name| path.join(name))
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Rules for names in archives.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum PathDefect {
    #[error("the name is absolute")]
    Absolute,
    #[error("the name has the character `{}`, which separates, hides or reorders text", .found.escape_unicode())]
    Character { found: char },
    #[error("the name has more than {} parts", MemberPath::MAX_DEPTH)]
    Depth,
    #[error("the name, or a part of it, is empty")]
    Empty,
    #[error("a part of the name ends with a dot or a space, which Windows drops")]
    LastCharacter,
    #[error("the name, or a part of it, has {found} bytes, more than a file system holds")]
    Length { found: usize },
    #[error("the name has `.` or `..`, which lead elsewhere")]
    Traversal,
}

/// Backslash and colon lead elsewhere on Windows; control characters and marks of direction make a name look like
/// another.
fn forbidden(c: char) -> bool {
    c == '\\'
        || c == ':'
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The names that have been seen. Case does not make a name another one: on macOS and Windows the later file would
/// overwrite the earlier.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: HashMap<String, Seen>,
    bytes: u64,
    members: u64,
}

#[derive(Debug)]
struct Seen {
    spelling: String,
    directory: bool,
    /// A folder that only stands in front of a name has no member yet.
    member: bool,
}

impl Names {
    /// Counts one more member with `metadata` bytes of header.
    pub(super) fn count(&mut self, metadata: u64, limits: &Limits) -> Result<(), Refusal> {
        self.members += 1;
        if self.members > limits.members {
            return Err(Refusal::TooMuch { what: "members", limit: limits.members });
        }
        self.spend(metadata, limits)
    }

    pub(super) fn members(&self) -> u64 {
        self.members
    }

    /// Counts bytes of headers.
    pub(super) fn spend(&mut self, bytes: u64, limits: &Limits) -> Result<(), Refusal> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits.metadata_bytes {
            let limit = limits.metadata_bytes;
            return Err(Refusal::TooMuch { what: "bytes of names and headers", limit });
        }
        Ok(())
    }

    /// Takes note of a member.
    pub(super) fn add(
        &mut self,
        path: &MemberPath,
        directory: bool,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let path = path.as_str();
        for (end, _) in path.match_indices('/') {
            self.note(&path[..end], true, false, limits)?;
        }
        self.note(path, directory, true, limits)
    }

    fn note(
        &mut self,
        path: &str,
        directory: bool,
        member: bool,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let key = path.to_lowercase();
        if let Some(seen) = self.seen.get_mut(&key) {
            if seen.spelling != path || (member && seen.member) {
                return Err(Refusal::Duplicate { earlier: seen.spelling.clone() });
            }
            if seen.directory != directory {
                return Err(Refusal::FileAndFolder);
            }
            seen.member |= member;
            return Ok(());
        }
        self.spend(2 * path.len() as u64, limits)?;
        self.seen.insert(key, Seen { spelling: path.to_owned(), directory, member });
        Ok(())
    }
}
