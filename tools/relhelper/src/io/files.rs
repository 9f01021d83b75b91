//! Files, with errors that say what was done to which of them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::origin::Capped;
use crate::facts::Measured;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// Something that could not be done to a file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", .path.display())]
#[expect(missing_docs, reason = "the text says it")]
pub struct FileError {
    pub action: &'static str,
    pub path: PathBuf,
    pub source: io::Error,
}

/// Turns an I/O error into one that names the file.
pub fn failed_to<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { action, path: path.to_owned(), source }
}

/// How a file is marked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// 0755.
    Executable,
    /// 0644.
    Plain,
}

impl Mode {
    /// The mode of a file that is executable or not.
    #[must_use]
    pub fn of(executable: bool) -> Self {
        if executable { Self::Executable } else { Self::Plain }
    }
}

/// Creates the folder that receives the output. It may exist, but must then be empty: old files in
/// it would look like new ones.
pub fn create_output(directory: &Path) -> Result<(), FileError> {
    create_directories(directory)?;
    let mut entries = fs::read_dir(directory).map_err(failed_to("read", directory))?;
    if entries.next().is_some() {
        let source =
            io::Error::new(io::ErrorKind::DirectoryNotEmpty, "there are files in it already");
        return Err(failed_to("write into", directory)(source));
    }
    Ok(())
}

/// Creates a folder and those above it.
pub fn create_directories(directory: &Path) -> Result<(), FileError> {
    fs::create_dir_all(directory).map_err(failed_to("create", directory))
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(failed_to("read", path))
}

/// Reads a text of at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileError> {
    let mut text = String::new();
    let mut capped = Capped::new(open(path)?, limit);
    capped.read_to_string(&mut text).map_err(failed_to("read", path))?;
    Ok(text)
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(failed_to("open", path))
}

/// Whether the open file is the regular one at `path`: neither reached through a link, nor replaced meanwhile.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (opened, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    if !there.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok((opened.dev(), opened.ino()) == (there.dev(), there.ino()))
}

/// Whether there is a regular file at `path`: Windows does not let an open one be replaced.
#[cfg(not(unix))]
pub fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(true)
}

/// Writes a new file.
pub fn write(path: &Path, mode: Mode, content: &[u8]) -> Result<(), FileError> {
    let mut file = create(path, mode)?;
    file.write_all(content).map_err(failed_to("write", path))
}

/// Writes a file in one step: who reads it sees the old content or the new one.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed_to("write", path))?;
    set_mode(file.as_file(), Mode::Plain).map_err(failed_to("set the mode of", path))?;
    file.write_all(content).map_err(failed_to("write", path))?;
    file.as_file().sync_all().map_err(failed_to("write", path))?;
    file.persist(path).map_err(|error| failed_to("write", path)(error.error))?;
    Ok(())
}

/// Writes a file that a user has named. One that is there gets a new file in its place, so that nothing is written through its
/// other names; what is no regular file, such as a pipe, is written to.
pub fn replace_or_write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            fs::write(path, content).map_err(failed_to("write", path))
        }
        _ => replace(path, content),
    }
}

/// Copies a file and measures it in the same pass.
pub fn copy_measured(from: &Path, to: &Path, mode: Mode) -> Result<Measured, FileError> {
    let mut input = File::open(from).map_err(failed_to("open", from))?;
    if !input.metadata().map_err(failed_to("examine", from))?.is_file() {
        return Err(failed_to("copy", from)(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )));
    }
    let mut output = create(to, mode)?;
    let mut tee = Tee::new(&mut input, &mut output);
    measure(&mut tee).map_err(|error| match tee.failed {
        Some(error) => failed_to("write", to)(error),
        None => failed_to("read", from)(error),
    })
}

/// Reads to the end.
pub fn measure(input: &mut dyn Read) -> io::Result<Measured> {
    let mut sha256 = sha2::Sha256::new();
    let mut size: u64 = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sha256.update(&chunk[..length]);
        size = size.saturating_add(length as u64);
    }
    Ok(Measured { size, sha256: <[u8; 32]>::from(sha256.finalize()).into() })
}

/// A reader that writes what it reads.
#[derive(Debug)]
pub struct Tee<R, W> {
    input: R,
    output: W,
    /// The error of the writer, if it had one; that of the reader is a copy in words.
    pub failed: Option<io::Error>,
}

impl<R, W> Tee<R, W> {
    /// Writes what it reads from `input` to `output`.
    pub fn new(input: R, output: W) -> Self {
        Self { input, output, failed: None }
    }
}

impl<R: Read, W: Write> Read for Tee<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.output.write_all(&buffer[..length]).map_err(|error| {
            let copy = io::Error::other(error.to_string());
            self.failed = Some(error);
            copy
        })?;
        Ok(length)
    }
}

/// Creates a file that must not exist yet, with exactly this mode whatever the umask.
pub fn create(path: &Path, mode: Mode) -> Result<File, FileError> {
    let file = File::create_new(path).map_err(failed_to("create", path))?;
    set_mode(&file, mode).map_err(failed_to("set the mode of", path))?;
    Ok(file)
}

/// Gives an open file exactly this mode.
#[cfg(unix)]
pub fn set_mode(file: &File, mode: Mode) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let bits = if mode == Mode::Executable { 0o755 } else { 0o644 };
    file.set_permissions(fs::Permissions::from_mode(bits))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
#[expect(missing_docs, reason = "as on Unix")]
pub fn set_mode(_file: &File, _mode: Mode) -> io::Result<()> {
    Ok(())
}
