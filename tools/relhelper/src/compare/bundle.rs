//! *Match but for signature* of bundles: a proof that two archives differ in the code signatures of their programs, and in nothing but
//! what follows from these.
//!
//! Both archives must be, byte for byte, what this program packs of their members; so there is nothing in them but members. The documents
//! of each must be those of its own files, and say the same of what was built. All other members must be equal, and programs proven one
//! by one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::envelope;
use crate::archive::entry::{self, Content, Entry, Open};
use crate::archive::read::{Format, Limits, Member, MemberKind, walk};
use crate::archive::{Effort, Level, gzip, tar, zip};
use crate::codesign::bundle::Documents;
use crate::document;
use crate::facts::{Measured, SourceDate};
use crate::release::layout::{BUNDLE_CHECKSUMS, BUNDLE_DOCUMENTS, MANIFEST};

/// Most bytes of members that are held in memory for the proof.
const MOST_HELD_BYTES: u64 = 512 * 1024 * 1024;

/// Whether two files are bundles of which at least one has code-signed programs, and nothing else differs. The paths of these programs;
/// nothing where it is not proven.
pub(super) fn prove(published: &[u8], rebuilt: &[u8]) -> Option<Vec<String>> {
    let format = |file: &[u8]| Format::detect(&file[..file.len().min(Format::HEAD_BYTES)]);
    let format = format(published).filter(|one| format(rebuilt) == Some(*one))?;
    if !matches!(format, Format::TarGz | Format::Zip) {
        return None;
    }
    let (one, other) = (Bundle::read(format, published)?, Bundle::read(format, rebuilt)?);
    // What was built is the same.
    let before = |bundle: &Bundle| bundle.documents.clone().unsigned().manifest_bytes();
    if before(&one) != before(&other) {
        return None;
    }
    let signed = |bundle: &Bundle| {
        let files = bundle.documents.manifest.files.iter();
        files
            .filter(|file| file.unsigned.is_some())
            .map(|file| file.path.clone())
            .collect::<Vec<_>>()
    };
    let (mine, theirs) = (signed(&one), signed(&other));
    let shape = |bundle: &Bundle| {
        let members = bundle.members.iter();
        members.map(|(path, member)| (path.clone(), member.kind())).collect::<Vec<_>>()
    };
    if shape(&one) != shape(&other) {
        return None;
    }
    let mut programs = Vec::new();
    for (path, member) in &one.members {
        let (Some(here), Some(there)) = (member.content(), other.members.get(path)?.content())
        else {
            continue;
        };
        let inside = path.strip_prefix(&format!("{}/", one.folder)).unwrap_or_default();
        if here == there || [MANIFEST, BUNDLE_CHECKSUMS].contains(&inside) {
            continue;
        }
        let is_signed = mine.iter().chain(&theirs).any(|path| path == inside);
        if !is_signed || envelope::prove(here, there).is_err() {
            return None;
        }
        programs.push(inside.to_owned());
    }
    let exact = one.packed(format)? == published && other.packed(format)? == rebuilt;
    (exact && !programs.is_empty()).then_some(programs)
}

/// Folders have no content.
enum Unpacked {
    Folder,
    File { executable: bool, content: Vec<u8> },
}

impl Unpacked {
    fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Folder => None,
            Self::File { content, .. } => Some(content),
        }
    }

    /// Nothing for a folder, else whether it is a program.
    fn kind(&self) -> Option<bool> {
        match self {
            Self::Folder => None,
            Self::File { executable, .. } => Some(*executable),
        }
    }
}

/// A bundle whose documents are those of its files.
struct Bundle {
    folder: String,
    members: BTreeMap<String, Unpacked>,
    documents: Documents,
}

impl Bundle {
    fn read(format: Format, archive: &[u8]) -> Option<Self> {
        let mut members = BTreeMap::new();
        let limits = Limits {
            member_bytes: MOST_HELD_BYTES,
            total_bytes: MOST_HELD_BYTES,
            ..Limits::default()
        };
        let visit = |member: &Member, reader: &mut dyn Read| {
            let mut content = Vec::new();
            reader.read_to_end(&mut content)?;
            let unpacked = match member.kind {
                MemberKind::Directory => Unpacked::Folder,
                MemberKind::File => Unpacked::File { executable: member.is_executable(), content },
            };
            members.insert(member.path.to_string(), unpacked);
            io::Result::Ok(())
        };
        walk(format, Cursor::new(archive), &limits, visit).ok()?;
        let folder = members.keys().next()?.split('/').next()?.to_owned();
        let prefix = format!("{folder}/");
        let file = |name: &str| members.get(&format!("{prefix}{name}"))?.content();
        let documents = Documents::read(file(MANIFEST)?, file(BUNDLE_CHECKSUMS)?).ok()?;
        let mut sums = Vec::new();
        let mut listed = documents.manifest.files.iter();
        for (path, member) in &members {
            let Unpacked::File { executable, content } = member else { continue };
            let path = path.strip_prefix(&prefix)?;
            let measured = Measured::of(content);
            if path != BUNDLE_CHECKSUMS {
                sums.push((path, measured.sha256));
            }
            if !BUNDLE_DOCUMENTS.contains(&path) {
                let row = listed.next()?;
                let same = row.path == path
                    && row.executable == *executable
                    && row.size == measured.size
                    && row.sha256 == measured.sha256.to_string();
                same.then_some(())?;
            }
        }
        let complete =
            listed.next().is_none() && document::checksums(sums) == file(BUNDLE_CHECKSUMS)?;
        complete.then_some(Self { folder, members, documents })
    }

    /// What this program packs of the members.
    fn packed(&self, format: Format) -> Option<Vec<u8>> {
        let date = SourceDate::from_seconds(self.documents.manifest.source.source_date).ok()?;
        let entry = |(path, member): (&String, &Unpacked)| {
            let content = match member {
                Unpacked::Folder => Content::Directory,
                Unpacked::File { executable, content } => Content::File {
                    from: PathBuf::from(path),
                    size: content.len() as u64,
                    executable: *executable,
                },
            };
            Entry { path: path.clone(), content }
        };
        let mut entries: Vec<_> = self.members.iter().map(entry).collect();
        entry::sort(&mut entries);
        let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN };
        if format == Format::Zip {
            let packed = zip::write(effort, &entries, date, self, Cursor::new(Vec::new()));
            return Some(packed.ok()?.into_inner());
        }
        gzip::write(effort, Vec::new(), |feed| tar::write(&entries, date, self, feed)).ok()
    }
}

impl Open for Bundle {
    fn open(&self, from: &Path) -> io::Result<Box<dyn Read>> {
        let member = from.to_str().and_then(|path| self.members.get(path)?.content());
        let content = member.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Box::new(Cursor::new(content.to_vec())))
    }
}
