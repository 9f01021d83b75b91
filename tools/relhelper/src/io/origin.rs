//! Where the files of a release are read from: a folder here, a server elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::http::{ClientError, Http, Settings};
use crate::release::FileName;

/// The place that a user called `text`: an address, or else a folder.
///
/// # Errors
///
/// When it is an address that nothing is read from, or the client for it cannot be made.
pub fn of(text: &str, settings: &Settings) -> Result<Box<dyn Origin>, ClientError> {
    if text.contains("://") {
        return Ok(Box::new(Http::new(text, settings)?));
    }
    Ok(Box::new(Folder::new(Path::new(text))))
}

/// A place that holds the files of one release.
pub trait Origin: Sync {
    /// What the user called it.
    fn name(&self) -> String;

    /// The names of everything in it, plain or not, or nothing where a place cannot be listed (a server).
    ///
    /// # Errors
    ///
    /// When a place that can be listed could not be.
    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError>;

    /// The content of a file, as a stream. One that has more than `limit` bytes gives an error instead of the byte after them.
    ///
    /// # Errors
    ///
    /// [`OriginError::Missing`] when the place is there and the file is not; anything else could not be told.
    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError>;

    /// The content of a file as a whole.
    ///
    /// # Errors
    ///
    /// As with [`Origin::open`]; and when it has more than `limit` bytes.
    fn read(&self, file: &FileName, limit: u64) -> Result<Vec<u8>, OriginError> {
        let mut bytes = Vec::new();
        let what = || format!("{file} in {}", self.name());
        let unreadable = |source| OriginError::Unreadable { what: what(), source };
        self.open(file, limit)?.read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

/// A file that could not be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum OriginError {
    #[error("there is no {file} in {origin}")]
    Missing { file: String, origin: String },
    #[error("{file} in {origin} is not a regular file")]
    NotAFile { file: String, origin: String },
    #[error("cannot read {what}")]
    Unreadable { what: String, source: io::Error },
}

/// A folder. Symbolic links in it are not followed.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    fn missing(&self, file: &FileName) -> OriginError {
        OriginError::Missing { file: file.to_string(), origin: self.name() }
    }
}

impl Origin for Folder {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        let unreadable = |source| OriginError::Unreadable { what: self.name(), source };
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.0).map_err(unreadable)? {
            names.insert(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        Ok(Some(names))
    }

    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let path = file.inside(&self.0);
        let unreadable =
            |source| OriginError::Unreadable { what: path.display().to_string(), source };
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.0.is_dir() => {
                return Err(self.missing(file));
            }
            Err(error) => return Err(unreadable(error)),
        };
        if !metadata.is_file() {
            return Err(OriginError::NotAFile { file: file.to_string(), origin: self.name() });
        }
        Ok(Box::new(Capped::new(fs::File::open(&path).map_err(unreadable)?, limit)))
    }
}

/// A reader that gives an error instead of the byte after `limit`, and from then on.
#[derive(Debug)]
pub struct Capped<R> {
    inner: R,
    /// None once there was more.
    left: Option<u64>,
    limit: u64,
}

impl<R: Read> Capped<R> {
    /// At most `limit` bytes of `inner`.
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: Some(limit), limit }
    }

    /// The reader of something that is known to have more bytes before any is read.
    pub fn too_long(inner: R, limit: u64) -> Self {
        Self { inner, left: None, limit }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left else { return Err(self.error()) };
        // One byte more than is left, so that an end exactly at the limit is an end.
        let most = usize::try_from(left.saturating_add(1)).unwrap_or(usize::MAX);
        let length = buffer.len().min(most);
        let read = self.inner.read(&mut buffer[..length])?;
        self.left = left.checked_sub(read as u64);
        if self.left.is_none() { Err(self.error()) } else { Ok(read) }
    }
}

impl<R> Capped<R> {
    fn error(&self) -> io::Error {
        let text = format!("it has more than {} bytes", self.limit);
        io::Error::new(io::ErrorKind::FileTooLarge, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capped_reader_ends_at_the_limit_and_fails_behind_it() {
        let read = |limit| {
            let mut bytes = Vec::new();
            Capped::new(&b"12345"[..], limit).read_to_end(&mut bytes).map(|_| bytes)
        };
        assert_eq!(read(6).unwrap(), b"12345");
        assert_eq!(read(5).unwrap(), b"12345");
        assert_eq!(read(4).unwrap_err().to_string(), "it has more than 4 bytes");
        let mut capped = Capped::new(&b"12345"[..], 4);
        for _ in 0..3 {
            capped.read(&mut [0; 9]).unwrap_err();
        }
    }

    #[test]
    fn a_folder_tells_missing_files_from_missing_folders() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        let open = |path: &Path, name: &str| {
            Folder::new(path).open(&name.parse().unwrap(), 9).err().unwrap()
        };
        assert!(matches!(open(folder.path(), "a"), OriginError::Missing { .. }));
        assert!(matches!(open(folder.path(), "inner"), OriginError::NotAFile { .. }));
        assert!(matches!(open(&folder.path().join("none"), "a"), OriginError::Unreadable { .. }));
    }
}
