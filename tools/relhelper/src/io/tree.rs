//! Reading a folder into the list of entries of an archive.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::files::{FileError, failed_to};
use crate::archive::entry::{self, Content, Entry, Open};

/// Everything below `directory`, in archive order, whatever the order of the file system.
///
/// # Errors
///
/// When something cannot be read, or is neither a regular file nor a folder (a symbolic link
/// would not survive unpacking on Windows, and could lead out of the archive), or has a name that
/// is not UTF-8.
pub fn entries(directory: &Path) -> Result<Vec<Entry>, FileError> {
    let mut entries = Vec::new();
    walk(directory, "", &mut entries)?;
    entry::sort(&mut entries);
    Ok(entries)
}

fn walk(directory: &Path, prefix: &str, entries: &mut Vec<Entry>) -> Result<(), FileError> {
    for item in fs::read_dir(directory).map_err(failed_to("read", directory))? {
        let item = item.map_err(failed_to("read", directory))?;
        let from = item.path();
        let refuse =
            |why| failed_to("archive", &from)(io::Error::new(io::ErrorKind::InvalidInput, why));
        let name = from.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| refuse("its name is not UTF-8"))?;
        if name.contains('\\') {
            return Err(refuse("its name has a backslash, which separates folders on Windows"));
        }
        let path = format!("{prefix}{name}");
        let metadata = item.metadata().map_err(failed_to("examine", &from))?;
        let content = if metadata.is_dir() {
            walk(&from, &format!("{path}/"), entries)?;
            Content::Directory
        } else if metadata.is_file() {
            Content::File { size: metadata.len(), executable: is_executable(&metadata), from }
        } else if metadata.is_symlink() {
            return Err(refuse("it is a symbolic link"));
        } else {
            return Err(refuse("it is neither a regular file nor a folder"));
        };
        entries.push(Entry { path, content });
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

/// Windows keeps no such mark: archives for other systems are not to be made there.
#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

/// Opens files of the file system.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl Open for Disk {
    fn open(&self, from: &Path) -> io::Result<Box<dyn Read>> {
        let file = super::files::open(from).map_err(io::Error::other)?;
        Ok(Box::new(NamedReader { file, path: from.to_owned() }))
    }
}

/// A file whose errors say which file it was.
struct NamedReader {
    file: fs::File,
    path: std::path::PathBuf,
}

impl Read for NamedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|error| {
            // `Interrupted` must stay what it is: callers try again.
            let kind = error.kind();
            io::Error::new(kind, failed_to("read", &self.path)(error))
        })
    }
}
