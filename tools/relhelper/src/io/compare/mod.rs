//! Compares files and folders, byte by byte on several threads, and has differences explained.

mod look;
mod tree;

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::path::Path;

use super::files::{FileError, failed_to};
use super::parallel;
use crate::archive::read::fill;
use crate::compare::report::{FileReport, Report};
use look::report;
use tree::{Item, Kind, Pair, added, pair, tree};

/// Bytes read at once from each side.
const CHUNK_BYTES: usize = 1024 * 1024;
/// A thread takes this much of a file at a time, so that a single large one keeps all of them busy.
const PART_BYTES: u64 = 64 * 1024 * 1024;
/// Files up to this size are looked into on several threads at once, larger ones one after the other.
const SMALL_BYTES: u64 = 32 * 1024 * 1024;

/// Compares two files, or every file of two folders.
///
/// # Errors
///
/// When one of the two paths cannot be looked at, or one is a folder and the other is not. What cannot be read below
/// them is inconclusive.
pub fn paths(published: &Path, rebuilt: &Path, threads: NonZeroUsize) -> Result<Report, FileError> {
    // Only what the caller names is followed: `result` of Nix is a link.
    let kind = |path: &Path| {
        fs::metadata(path).map(|metadata| metadata.is_dir()).map_err(failed_to("examine", path))
    };
    let (one, other) = (kind(published)?, kind(rebuilt)?);
    if one != other {
        let why =
            io::Error::new(io::ErrorKind::InvalidInput, "one is a folder and the other is a file");
        return Err(failed_to("compare", published)(why));
    }
    let names = (published.display().to_string(), rebuilt.display().to_string());
    let (pairs, not_compared) = if one {
        let (mine, theirs) = (tree(published)?, tree(rebuilt)?);
        let not_compared = added(&mine, &theirs);
        (pair(mine, theirs, &not_compared), not_compared)
    } else {
        let name = published
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let side = |path: &Path| Some(Item { path: path.to_owned(), kind: Kind::File });
        (vec![Pair { name, published: side(published), rebuilt: side(rebuilt) }], Vec::new())
    };
    Ok(Report::new(names.0, names.1, compare(&pairs, threads), not_compared))
}

/// What the bytes say, before anybody asks why.
#[derive(Clone, Copy)]
enum Bytes {
    Equal(u64),
    Differ(u64, u64),
}

fn compare(pairs: &[Pair], threads: NonZeroUsize) -> Vec<FileReport> {
    let measure = |pair: &Pair| Ok::<_, Infallible>(sizes(pair));
    let Ok(sizes) = parallel::try_map(threads, pairs, measure);
    // Parts of files, so that the threads share the work evenly.
    let mut parts = Vec::new();
    for (index, sizes) in sizes.iter().enumerate() {
        if let Some(Ok((one, other))) = sizes
            && one == other
        {
            let count = one.div_ceil(PART_BYTES).max(1);
            parts.extend(
                (0..count).map(|part| (index, part * PART_BYTES, (part + 1) * PART_BYTES >= *one)),
            );
        }
    }
    let read = |(index, start, last): &(usize, u64, bool)| {
        let equal = match (&pairs[*index].published, &pairs[*index].rebuilt) {
            (Some(one), Some(other)) => part_is_equal(&one.path, &other.path, *start, *last),
            _ => Ok(false),
        };
        Ok::<_, Infallible>((*index, equal))
    };
    let Ok(parts) = parallel::try_map(threads, &parts, read);
    let mut equal: Vec<_> =
        sizes
            .into_iter()
            .map(|sizes| {
                sizes.map(|sizes| {
                    sizes.map(|(one, other)| {
                        if one == other { Bytes::Equal(one) } else { Bytes::Differ(one, other) }
                    })
                })
            })
            .collect();
    for (index, part) in parts {
        match (part, &mut equal[index]) {
            (Ok(false), Some(Ok(bytes))) => {
                if let Bytes::Equal(size) = *bytes {
                    *bytes = Bytes::Differ(size, size);
                }
            }
            (Err(error), whole @ Some(Ok(_))) => *whole = Some(Err(error)),
            _ => {}
        }
    }
    let items: Vec<_> = pairs.iter().zip(equal).collect();
    let is_small = |bytes: &Option<Result<Bytes, FileError>>| match bytes {
        Some(Ok(Bytes::Differ(one, other))) => one.saturating_add(*other) <= SMALL_BYTES,
        _ => true,
    };
    let report = |(pair, bytes): &(&Pair, Option<Result<Bytes, FileError>>)| {
        Ok::<_, Infallible>(is_small(bytes).then(|| report(pair, bytes.as_ref())))
    };
    let Ok(small) = parallel::try_map(threads, &items, report);
    let all = small.into_iter().zip(&items);
    all.map(|(done, (pair, bytes))| done.unwrap_or_else(|| look::report(pair, bytes.as_ref())))
        .collect()
}

/// The sizes of two regular files; nothing for anything else.
fn sizes(pair: &Pair) -> Option<Result<(u64, u64), FileError>> {
    let (Some(one), Some(other)) = (&pair.published, &pair.rebuilt) else { return None };
    if (one.kind, other.kind) != (Kind::File, Kind::File) {
        return None;
    }
    let size = |path: &Path| {
        let metadata = fs::metadata(path).map_err(failed_to("examine", path))?;
        if metadata.is_file() {
            Ok(metadata.len())
        } else {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            Err(failed_to("compare", path)(why))
        }
    };
    Some(size(&one.path).and_then(|one| Ok((one, size(&other.path)?))))
}

/// Whether both files have the same bytes from `start` on, for one part; the last part ends with the files.
fn part_is_equal(one: &Path, other: &Path, start: u64, last: bool) -> Result<bool, FileError> {
    let open = |path: &Path| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(file.take(if last { u64::MAX } else { PART_BYTES }))
    };
    let mut mine = open(one).map_err(failed_to("read", one))?;
    let mut theirs = open(other).map_err(failed_to("read", other))?;
    let (mut left, mut right) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    loop {
        let length = fill(&mut mine, &mut left).map_err(failed_to("read", one))?;
        let other_length = fill(&mut theirs, &mut right).map_err(failed_to("read", other))?;
        if left[..length] != right[..other_length] {
            return Ok(false);
        }
        if length < left.len() {
            return Ok(true);
        }
    }
}
