//! What a build made: real folders and regular files, or it is refused.
//!
//! The derivations are of strangers, and Nix lets an output hold links to wherever their authors like: to the published file,
//! which would then be compared with itself, or to files of this machine, which would get into the report. So nothing is
//! followed. Releases need no links: relhelper writes programs, bundles and the release itself as regular files.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::io::files::{self, FileError, Mode, failed_to};
use crate::rebuild::findings::FileVerdict;
use crate::release::{FileName, RelativePath};

/// Files of a release with the place of the rebuilt one.
pub type Places = Vec<(FileName, Place)>;

/// Where a file is that was built.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    output: PathBuf,
    member: RelativePath,
}

/// Why something that was built is not looked into.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("the build makes no {}", .path.display())]
    Absent { path: PathBuf },
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} is {found}, expected {expected}; nothing that a build makes is followed", .path.display())]
    Kind { path: PathBuf, found: String, expected: &'static str },
}

impl Unfit {
    /// What is to be said of the published file.
    #[must_use]
    pub fn verdict(&self) -> FileVerdict {
        match self {
            Self::Absent { .. } => FileVerdict::Missing,
            Self::File(_) => FileVerdict::Inconclusive,
            Self::Kind { .. } => FileVerdict::Mismatch,
        }
    }

    /// What is wrong, and why, in one line.
    #[must_use]
    pub fn what(self) -> String {
        CommandError::from(self).what()
    }
}

impl Place {
    /// Of a member of an output.
    #[must_use]
    pub fn new(output: &Path, member: impl Into<RelativePath>) -> Self {
        Self { output: output.to_owned(), member: member.into() }
    }

    /// Where it is, for somebody to whom [`Self::open`] gave the file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.member.below(&self.output)
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// When it is no regular file, or what leads to it from the output on is no folder.
    pub fn open(&self) -> Result<File, Unfit> {
        is_folder(&self.output)?;
        self.member.folders().try_for_each(|above| is_folder(&self.output.join(above)))?;
        open(&self.path())
    }
}

/// All files of a rebuilt release, whatever they are; opening one tells.
///
/// # Errors
///
/// When the output is no folder or cannot be read, or has a name that no release has.
pub fn of_folder(output: &Path) -> Result<Places, CommandError> {
    is_folder(output)?;
    let mut places = Places::new();
    for entry in fs::read_dir(output).map_err(failed_to("read", output))? {
        let entry = entry.map_err(failed_to("read", output))?;
        let name: FileName = entry.file_name().to_string_lossy().parse()?;
        places.push((name.clone(), Place::new(output, name)));
    }
    places.sort();
    Ok(places)
}

/// Copies the rebuilt files into a folder that is there and empty. What is no file is left out; comparing it tells why.
///
/// # Errors
///
/// When one cannot be copied.
pub fn copy(places: &Places, folder: &Path) -> Result<(), CommandError> {
    for (name, place) in places {
        let Ok(mut file) = place.open() else { continue };
        let to = name.inside(folder);
        let mut copy = files::create(&to, Mode::Plain)?;
        io::copy(&mut file, &mut copy).map_err(failed_to("write", &to))?;
    }
    Ok(())
}

/// Puts copies of others into the places of some that are there.
///
/// # Errors
///
/// When one is not there, or cannot be copied.
pub fn replace(places: &Places, folder: &Path) -> Result<(), CommandError> {
    for (name, _) in places {
        let old = name.inside(folder);
        fs::remove_file(&old).map_err(failed_to("remove", &old))?;
    }
    copy(places, folder)
}

/// Opens a regular file.
///
/// # Errors
///
/// When it is something else.
pub fn open(path: &Path) -> Result<File, Unfit> {
    let there = examine(path)?;
    if !there.is_file() {
        return Err(other(path, &there, "a regular file"));
    }
    let file = files::open(path)?;
    if files::is_at(&file, path).map_err(failed_to("examine", path))? {
        Ok(file)
    } else {
        Err(failed_to("open", path)(io::Error::other("another file has come into its place"))
            .into())
    }
}

fn is_folder(path: &Path) -> Result<(), Unfit> {
    let there = examine(path)?;
    if there.is_dir() { Ok(()) } else { Err(other(path, &there, "a folder")) }
}

fn examine(path: &Path) -> Result<Metadata, Unfit> {
    fs::symlink_metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unfit::Absent { path: path.to_owned() },
        _ => failed_to("examine", path)(error).into(),
    })
}

fn other(path: &Path, there: &Metadata, expected: &'static str) -> Unfit {
    let found = if there.is_symlink() {
        let target = fs::read_link(path).unwrap_or_default();
        format!("a link to `{}`", target.as_os_str().as_encoded_bytes().escape_ascii())
    } else if there.is_dir() {
        "a folder".to_owned()
    } else if there.is_file() {
        "a regular file".to_owned()
    } else {
        "neither a file nor a folder".to_owned()
    };
    Unfit::Kind { path: path.to_owned(), found, expected }
}
