//! A folder of inputs written from wherever the files are.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;

use tempfile::NamedTempFile;

use super::check::causes;
use crate::facts::Sha256;
use crate::inputs::{FOLDER, Input, List, MAX_INPUT_BYTES};
use crate::io::files::{self, FileError, Tee, failed_to, measure};
use crate::io::origin::{Capped, Origin, OriginError};
use crate::io::parallel;
use crate::io::store::Store;

/// What the names of unfinished files begin with.
const UNFINISHED: &str = ".unfinished-";

/// Where files are taken from: the store first, then each of the folders.
pub struct Sources {
    /// The Nix store; what is not in it comes from elsewhere.
    pub store: Store,
    /// The folders with the files, each called by its digest.
    pub folders: Vec<Box<dyn Origin>>,
}

/// What became of one input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was there.
    Kept,
    /// It was written.
    Written {
        /// Number of its bytes.
        bytes: u64,
    },
    /// It was nowhere. What was wrong at the places that were asked.
    NotFound {
        /// One text for each place.
        reasons: Vec<String>,
        /// Whether a place could not be asked, so that it may be there.
        unknown: bool,
    },
}

/// Writes all inputs into `out`; each appears there whole and right, or not at all. Files that are there and right stay.
///
/// They are copies, never second names of the store's files: whoever wrote into such a file would write into the store.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn export(
    list: &List,
    sources: &Sources,
    out: &Path,
    threads: NonZeroUsize,
) -> Result<Vec<(Input, Outcome)>, FileError> {
    let folder = out.join(FOLDER);
    files::create_directories(&folder)?;
    remove_unfinished(&folder)?;
    let mut seen = BTreeSet::new();
    let wanted: Vec<_> = list.inputs.iter().filter(|input| seen.insert(input.sha256)).collect();
    let work = |input: &&Input| Ok(((*input).clone(), one(input, sources, &folder)?));
    parallel::try_map(threads, &wanted, work)
}

/// An earlier run may have been stopped.
fn remove_unfinished(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).map_err(failed_to("read", folder))? {
        let path = entry.map_err(failed_to("read", folder))?.path();
        let name =
            path.file_name().map(|name| name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()));
        if name == Some(true) {
            fs::remove_file(&path).map_err(failed_to("remove", &path))?;
        }
    }
    Ok(())
}

fn one(input: &Input, sources: &Sources, folder: &Path) -> Result<Outcome, FileError> {
    let to = folder.join(input.sha256.to_string());
    if is_right(&to, input.sha256)? {
        return Ok(Outcome::Kept);
    }
    let mut reasons = Vec::new();
    let mut unknown = false;
    match from_store(input, sources, folder, &to)? {
        Ok(bytes) => return Ok(Outcome::Written { bytes }),
        Err(reason) => reasons.extend(reason),
    }
    for origin in &sources.folders {
        match from_origin(input, origin.as_ref(), folder, &to)? {
            Ok(bytes) => return Ok(Outcome::Written { bytes }),
            Err((reason, cannot_tell)) => {
                reasons.push(reason);
                unknown |= cannot_tell;
            }
        }
    }
    Ok(Outcome::NotFound { reasons, unknown })
}

/// Whether there is a regular file with this content.
fn is_right(path: &Path, wanted: Sha256) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed_to("examine", path)(error)),
        Ok(metadata) if !metadata.is_file() => return Ok(false),
        Ok(_) => {}
    }
    let measured = measure(&mut files::open(path)?).map_err(failed_to("read", path))?;
    Ok(measured.sha256 == wanted)
}

/// Bytes written; or why not, if there is more to say than that the store has no such file.
fn from_store(
    input: &Input,
    sources: &Sources,
    folder: &Path,
    to: &Path,
) -> Result<Result<u64, Option<String>>, FileError> {
    let from = sources.store.locate(Path::new(&input.store_path.to_string()));
    if !fs::symlink_metadata(&from).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Err(None));
    }
    let wrong = || Ok(Err(Some(format!("{} has another content", from.display()))));
    match write(&mut files::open(&from)?, input.sha256, folder, to)? {
        Ok(Some(bytes)) => Ok(Ok(bytes)),
        Ok(None) => wrong(),
        Err(error) => Err(failed_to("read", &from)(error)),
    }
}

/// Bytes written; or why not, and whether the file may be there nevertheless.
fn from_origin(
    input: &Input,
    origin: &dyn Origin,
    folder: &Path,
    to: &Path,
) -> Result<Result<u64, (String, bool)>, FileError> {
    let place = origin.name();
    let opened = match input.sha256.to_string().parse() {
        Ok(name) => origin.open(&name, MAX_INPUT_BYTES),
        Err(error) => return Ok(Err((causes(&error), true))),
    };
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => {
            let cannot_tell = matches!(error, OriginError::Unreadable { .. });
            return Ok(Err((causes(&error), cannot_tell)));
        }
    };
    Ok(match write(&mut stream, input.sha256, folder, to)? {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err((format!("{place} has another content under its digest"), false)),
        Err(error) => Err((format!("{place}: {}", causes(&error)), true)),
    })
}

/// Writes what comes to `to` if it has this digest. Gives the number of bytes, or nothing if the digest is another one, or
/// the error of the reader.
fn write(
    from: &mut dyn io::Read,
    wanted: Sha256,
    folder: &Path,
    to: &Path,
) -> Result<io::Result<Option<u64>>, FileError> {
    let unfinished: NamedTempFile = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(failed_to("write into", folder))?;
    let mut tee = Tee::new(Capped::new(from, MAX_INPUT_BYTES), unfinished.as_file());
    let measured = match measure(&mut tee) {
        Ok(measured) => measured,
        Err(error) => {
            return tee.failed.map_or(Ok(Err(error)), |error| Err(failed_to("write", to)(error)));
        }
    };
    if measured.sha256 != wanted {
        return Ok(Ok(None));
    }
    files::set_mode(unfinished.as_file(), files::Mode::Plain)
        .map_err(failed_to("set the mode of", to))?;
    unfinished
        .as_file()
        .flush()
        .and_then(|()| unfinished.as_file().sync_all())
        .map_err(failed_to("write", to))?;
    unfinished.persist(to).map_err(|error| failed_to("write", to)(error.error))?;
    Ok(Ok(Some(measured.size)))
}
