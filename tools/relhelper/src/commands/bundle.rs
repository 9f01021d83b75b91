//! `relhelper bundle`: folder → archive.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::archive::{ArchiveFormat, Effort, Level, gzip, tar, zip};
use crate::cli::{Bundle, FromMetadata};
use crate::error::{CommandError, Hint as _};
use crate::facts::SourceDate;
use crate::facts::metadata::{self, RawArchive};
use crate::io::cores;
use crate::io::files::{self, FileError, Mode};
use crate::io::tree::{self, Disk};
use crate::release::FileName;

/// `relhelper bundle`
///
/// # Errors
///
/// When the metadata is wrong, the folder has something that does not go into archives, or a file
/// cannot be read or written.
pub fn run(arguments: &Bundle) -> Result<(), CommandError> {
    let level = Level::new(arguments.level).unwrap_or(Level::DEFAULT);
    let effort = Effort { level, threads: arguments.threads.unwrap_or_else(cores::available) };
    match (&arguments.tree, &arguments.archive, arguments.source_date) {
        (Some(tree), Some(archive), Some(seconds)) => {
            pack(tree, archive.clone(), SourceDate::from_seconds(seconds)?, effort)
        }
        _ => run_in_nix(effort),
    }
}

fn run_in_nix(effort: Effort) -> Result<(), CommandError> {
    let (attributes, out) = super::emit::open(&FromMetadata { attributes: None, out: None })
        .hint("or give TREE, ARCHIVE and --source-date")?;
    let raw: RawArchive = metadata::parse(&attributes.relhelper)?;
    let (name, date) =
        (raw.archive.parse::<FileName>()?, SourceDate::from_seconds(raw.source_date)?);
    files::create_output(&out)?;
    pack(&raw.tree, name.inside(&out), date, effort)
}

pub(super) fn pack(
    tree: &Path,
    archive: PathBuf,
    date: SourceDate,
    effort: Effort,
) -> Result<(), CommandError> {
    let name = archive.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(format) = ArchiveFormat::of_name(name) else {
        let error = CommandError::message(format!(
            "the name `{}` does not say the format of the archive",
            archive.display()
        ));
        return Err(error.hint("let it end with .tar.gz or .zip"));
    };
    let entries = tree::entries(tree)?;
    if entries.is_empty() {
        return Err(CommandError::message(format!("there is nothing in {}", tree.display())));
    }
    let output = BufWriter::with_capacity(1024 * 1024, files::create(&archive, Mode::Plain)?);
    let written = match format {
        ArchiveFormat::TarGz => {
            gzip::write(effort, output, |feed| tar::write(&entries, date, &Disk, feed))
        }
        ArchiveFormat::Zip => zip::write(effort, &entries, date, &Disk, output),
    };
    written.and_then(|mut output| output.flush()).map_err(|source| {
        // Half an archive must not be taken for one.
        let _ = std::fs::remove_file(&archive);
        FileError { action: "write", path: archive, source }
    })?;
    Ok(())
}
