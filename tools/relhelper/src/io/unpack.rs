//! Unpacking an archive of strangers into a new folder.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::files::{self, FileError, Mode, failed_to};
use crate::archive::read::{Format, Limits, Member, MemberKind, WalkError, walk};

/// Why an archive was not unpacked, or not to its end.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnpackError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the archive is refused: {0}")]
    Refused(WalkError<Infallible>),
}

/// Puts the members of an archive below `folder`, which must be new or empty: nothing is overwritten, and
/// nothing is there that a member could lead through.
///
/// Files are marked 0755 or 0644; owners and times are not taken over.
///
/// # Errors
///
/// At the first member that is refused or cannot be written. What was written until then is not to be used.
pub fn unpack(
    format: Format,
    archive: impl Read + Seek,
    limits: &Limits,
    folder: &Path,
) -> Result<(), UnpackError> {
    files::create_output(folder)?;
    let write = |member: &Member, content: &mut dyn Read| write(member, content, folder);
    match walk(format, archive, limits, write) {
        Ok(_) => Ok(()),
        Err(WalkError::Visit(error)) => Err(error.into()),
        Err(WalkError::Archive(error)) => Err(UnpackError::Refused(WalkError::Archive(error))),
    }
}

fn write(member: &Member, content: &mut dyn Read, folder: &Path) -> Result<(), FileError> {
    let path = member.path.below(folder);
    if member.kind == MemberKind::Directory {
        return files::create_directories(&path);
    }
    if let Some(parent) = path.parent() {
        files::create_directories(parent)?;
    }
    let mut file = files::create(&path, Mode::of(member.is_executable()))?;
    io::copy(content, &mut file).map_err(failed_to("write", &path))?;
    Ok(())
}

/// The one folder at the top of what was unpacked.
///
/// # Errors
///
/// When there is something else.
pub fn only_folder(folder: &Path) -> Result<std::path::PathBuf, FileError> {
    let read = failed_to("read", folder);
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>().map_err(read)?,
        Err(error) => return Err(read(error)),
    };
    match (entries.pop(), entries.is_empty()) {
        (Some(one), true) if one.path().is_dir() => Ok(one.path()),
        _ => Err(failed_to("use", folder)(io::Error::new(
            io::ErrorKind::InvalidData,
            "the archive has something else at its top than one folder",
        ))),
    }
}
