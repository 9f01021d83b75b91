//! A release directory that is read because it was verified, and one that is written and then verified.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::document;
use crate::error::{CommandError, Hint as _};
use crate::facts::{Sha256, SourceDate};
use crate::io::files::{self, Mode, failed_to};
use crate::io::origin::{Folder, Origin as _};
use crate::io::{cores, gather};
use crate::release::FileName;
use crate::release::layout::{BUILD_META, INDEX, MANIFEST, PROVENANCE, SHA256SUMS};
use crate::verify::{Findings, Papers, Release, Verdict, foremost, sums};

/// Most bytes of a program or document that are read as a whole.
const MAX_BYTES: u64 = 1 << 30;

/// A release in which nothing is wrong.
pub struct Source {
    folder: Folder,
    path: PathBuf,
    /// What it says of itself.
    pub release: Release,
    /// The lines of `SHA256SUMS`.
    pub sums: BTreeMap<FileName, Sha256>,
    /// What is beside it, such as signatures.
    pub added: Vec<String>,
}

impl Source {
    /// The release in the folder `path`.
    ///
    /// # Errors
    ///
    /// When something is wrong with it, or cannot be told.
    pub fn open(path: &Path) -> Result<Self, CommandError> {
        verify(path, "code signatures are made for a release that `relhelper verify` accepts")?;
        let folder = Folder::new(path);
        let read = |name: &str| -> Result<_, CommandError> {
            Ok(Some(folder.read(&name.parse()?, MAX_BYTES)?))
        };
        let papers = Papers {
            manifest: read(MANIFEST)?,
            index: read(INDEX)?,
            provenance: read(PROVENANCE)?,
            build_meta: read(BUILD_META)?,
        };
        let mut findings = Findings::default();
        let list = read(SHA256SUMS)?.unwrap_or_default();
        let sums = sums::parse(SHA256SUMS, &list, &mut findings).into_iter();
        let sums: BTreeMap<FileName, Sha256> =
            sums.filter_map(|(path, sha256)| Some((path.as_str().parse().ok()?, sha256))).collect();
        let release = Release::read(&papers, &mut findings);
        let changed = || CommandError::message(format!("{} changed meanwhile", path.display()));
        let release = release.filter(|_| findings.is_empty()).ok_or_else(changed)?;
        let known = |name: &String| {
            name == SHA256SUMS || name.parse().is_ok_and(|name: FileName| sums.contains_key(&name))
        };
        let listing = folder.list()?.unwrap_or_default();
        let added = listing.into_iter().filter(|name| !known(name)).collect();
        Ok(Self { folder, path: path.to_owned(), release, sums, added })
    }

    /// The bytes of one of its files, which are those that were verified.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is another one by now.
    pub fn read(&self, name: &FileName) -> Result<Vec<u8>, CommandError> {
        let bytes = self.folder.read(name, MAX_BYTES)?;
        if self.sums.get(name) == Some(&Sha256::of(&bytes)) {
            return Ok(bytes);
        }
        Err(CommandError::message(format!("{name} changed while it was read")))
    }

    /// Where the file is.
    pub fn place(&self, name: &FileName) -> PathBuf {
        name.inside(&self.path)
    }

    /// The time of everything in its archives.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn date(&self) -> Result<SourceDate, CommandError> {
        Ok(SourceDate::from_seconds(self.release.manifest.source.source_date)?)
    }
}

/// A release in the making, in a folder beside the one that it becomes.
pub struct Output {
    staging: TempDir,
    target: PathBuf,
    folder: PathBuf,
    sums: BTreeMap<FileName, Sha256>,
}

impl Output {
    /// Nothing yet, for the folder `target`, which is new or empty.
    ///
    /// # Errors
    ///
    /// When there is something in it, or nothing can be written beside it.
    pub fn new(target: &Path) -> Result<Self, CommandError> {
        let hint = "choose a new or an empty folder";
        if target.symlink_metadata().is_ok() {
            files::create_output(target).hint(hint)?;
        }
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let staging = tempfile::Builder::new().prefix(".relhelper-").tempdir_in(parent);
        let staging = staging.map_err(failed_to("write into", parent))?;
        let folder = staging.path().join("release");
        files::create_directories(&folder)?;
        Ok(Self { staging, target: target.to_owned(), folder, sums: BTreeMap::new() })
    }

    /// A new folder for what is needed meanwhile.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn scratch(&self, name: &FileName) -> Result<PathBuf, CommandError> {
        let folder = self.staging.path().join("scratch").join(name.as_str());
        files::create_directories(&folder)?;
        Ok(folder)
    }

    /// Whether this file is written.
    pub fn has(&self, name: &FileName) -> bool {
        self.sums.contains_key(name)
    }

    /// Where a file of it goes that is written by other means; its digest is told then.
    pub fn place(&self, name: &FileName) -> PathBuf {
        name.inside(&self.folder)
    }

    /// Takes note of a file that is there.
    pub fn wrote(&mut self, name: &FileName, sha256: Sha256) {
        self.sums.insert(name.clone(), sha256);
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&mut self, name: &FileName, mode: Mode, bytes: &[u8]) -> Result<(), CommandError> {
        files::write(&self.place(name), mode, bytes)?;
        self.wrote(name, Sha256::of(bytes));
        Ok(())
    }

    /// Writes the sums, verifies all of it, and only then gives it its name.
    ///
    /// # Errors
    ///
    /// When something is wrong with it, or it cannot be moved.
    pub fn finish(self) -> Result<(), CommandError> {
        let lines = self.sums.iter().map(|(name, sha256)| (name.as_str(), *sha256));
        let sums: FileName = SHA256SUMS.parse()?;
        files::write(&self.place(&sums), Mode::Plain, &document::checksums(lines))?;
        verify(&self.folder, "the release that was made does not verify, so it was thrown away")?;
        // An empty folder is replaced; one that has got a file meanwhile is not.
        fs::rename(&self.folder, &self.target).map_err(failed_to("create", &self.target))?;
        Ok(())
    }
}

fn verify(path: &Path, hint: &str) -> Result<(), CommandError> {
    let report = gather::verify(&Folder::new(path), cores::available());
    if report.verdict == Verdict::Pass {
        return Ok(());
    }
    let why = foremost(&report.problems, &report.unchecked);
    let why = why.unwrap_or_else(|| "nothing was found".to_owned());
    Err(CommandError::message(format!("{} does not verify: {why}", path.display())).hint(hint))
}
