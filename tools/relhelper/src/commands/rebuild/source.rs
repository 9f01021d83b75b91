//! The source of a release: fetched, checked against the provenance, unpacked.

use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::Digest as _;

use super::session::Session;
use crate::archive::read::{Format, Limits};
use crate::error::{CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::files::{self, Mode, failed_to};
use crate::io::origin::Origin;
use crate::io::{tree, unpack};
use crate::nix::{NarHash, nar};
use crate::rebuild::Published;
use crate::verify::MAX_DOCUMENT_BYTES;

/// Most bytes of a source archive.
const MAX_ARCHIVE_BYTES: u64 = 4 << 30;
/// The file that says what a checkout knows from git; it is no part of the source.
const STAMP: &str = "source-stamp.json";

/// Where the source is, and what about it is not as the provenance says.
#[derive(Debug)]
pub struct Source {
    pub folder: PathBuf,
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stamp {
    revision: Option<String>,
    source_date: i64,
}

/// Fetches and unpacks the source archive.
///
/// # Errors
///
/// When it cannot be had or read. That it is another one than it should be is told in the result.
pub fn fetch(
    origin: &dyn Origin,
    published: &Published,
    session: &Session,
) -> Result<Source, CommandError> {
    let (file, artifact) = published.source_archive().ok_or_else(|| {
        CommandError::message("the release has no source archive".to_owned())
            .hint("name the flake that it was built from with --source")
    })?;
    let path = session.path().join("source.tar.gz");
    let digest = copy(&mut origin.open(file, MAX_ARCHIVE_BYTES)?, &path)?;
    let mut problems = Vec::new();
    if digest != artifact.sha256 {
        let stated = artifact.sha256;
        problems.push(format!("{file} has the SHA-256 {digest}, provenance.json says {stated}"));
        return Ok(Source { folder: path, problems });
    }
    let mut archive = files::open(&path)?;
    archive.rewind().map_err(failed_to("read", &path))?;
    let unpacked = session.path().join("source");
    unpack::unpack(Format::TarGz, archive, &Limits::default(), &unpacked)
        .hint("nothing of it was used")?;
    let folder = unpack::only_folder(&unpacked)?;

    let stamp = folder.join(STAMP);
    let found: Stamp = serde_json::from_str(&files::read_text(&stamp, MAX_DOCUMENT_BYTES)?)
        .hint(format!("{STAMP} in {file} should tell revision and date"))?;
    if (&found.revision, found.source_date) != (&published.revision, published.source_date) {
        problems.push(format!(
            "{STAMP} in {file} says commit {} of {}, provenance.json commit {} of {}",
            found.revision.as_deref().unwrap_or("none"),
            found.source_date,
            published.revision.as_deref().unwrap_or("none"),
            published.source_date,
        ));
    }
    let nar = tree_hash(&folder)?;
    if nar != published.source_nar {
        let stated = published.source_nar;
        problems.push(format!(
            "the files in {file} have the NAR hash {nar}, provenance.json says {stated}"
        ));
    }
    Ok(Source { folder, problems })
}

/// The NAR hash of the source without its stamp.
fn tree_hash(folder: &Path) -> Result<NarHash, CommandError> {
    let mut entries = tree::entries(folder)?;
    entries.retain(|entry| entry.path != STAMP);
    Ok(nar::hash(&entries, &tree::Disk).map_err(failed_to("read", folder))?)
}

fn copy(from: &mut dyn io::Read, to: &Path) -> Result<Sha256, CommandError> {
    let mut file = files::create(to, Mode::Plain)?;
    let mut digest = sha2::Sha256::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let length = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed_to("fetch", to)(error).into()),
        };
        digest.update(&chunk[..length]);
        file.write_all(&chunk[..length]).map_err(failed_to("write", to))?;
    }
    Ok(<[u8; 32]>::from(digest.finalize()).into())
}
