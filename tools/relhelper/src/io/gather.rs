//! Reads a release for [`crate::verify`]: every byte once, on several threads, no more than what is promised.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::{self, Read};
use std::num::NonZeroUsize;

use sha2::Digest as _;

use super::origin::{Origin, OriginError};
use super::parallel;
use crate::facts::Measured;
use crate::release::FileName;
use crate::release::layout::{BUILD_META, INDEX, MANIFEST, PROVENANCE, SHA256SUMS};
use crate::verify::files::Promises;
use crate::verify::{
    Findings, Identity, Kind, MAX_DOCUMENT_BYTES, Papers, Release, Report, Verdict, sbom, sums,
};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Verifies the release in `origin`.
#[must_use]
pub fn verify(origin: &dyn Origin, threads: NonZeroUsize) -> Report {
    let mut findings = Findings::default();
    let listing = origin.list().unwrap_or_else(|error| {
        findings.unchecked(&origin.name(), &reason(&error));
        None
    });
    let mut paper = |name: &str, limit| document(origin, name, limit, &mut findings);
    let sums_bytes = paper(SHA256SUMS, sums::MAX_BYTES);
    let papers = Papers {
        manifest: paper(MANIFEST, MAX_DOCUMENT_BYTES),
        index: paper(INDEX, MAX_DOCUMENT_BYTES),
        provenance: paper(PROVENANCE, MAX_DOCUMENT_BYTES),
        build_meta: paper(BUILD_META, MAX_DOCUMENT_BYTES),
    };
    let release = Release::read(&papers, &mut findings);
    let release = release.as_ref();
    let sums = sums_bytes.as_deref().map(|bytes| sums::parse(SHA256SUMS, bytes, &mut findings));
    let promises = Promises::new(sums.unwrap_or_default(), release, &mut findings);
    if let Some(listing) = &listing {
        promises.check_listing(listing, release, &mut findings);
    }

    let mut counted = Counted::default();
    counted.add(sums_bytes.as_deref().map(Measured::of));
    let read = papers.by_name();
    for (name, bytes) in &read {
        let measured = bytes.map(Measured::of);
        if let Some((name, measured)) = name.parse().ok().zip(measured) {
            promises.check_measured(&name, measured, release, &mut findings);
        }
        counted.add(measured);
    }
    let judge = Judge { origin, promises: &promises, release };
    // All others are compared with the bill of materials of the whole release.
    let (mut subjects, mut reference) = (release.map_or(&[][..], |release| &release.sboms), None);
    if let Some(((_, names), others)) = subjects.split_first() {
        subjects = others;
        let (documents, mut looked) = judge.documents(names);
        if let Some((documents, release)) = documents.zip(release) {
            reference =
                sbom::check_release(&borrow(names, &documents), release, &mut looked.findings);
        }
        counted.add_all(looked, &mut findings);
    }
    let of_sboms: BTreeSet<_> =
        release.iter().flat_map(|release| &release.sboms).flat_map(|(_, names)| names).collect();
    let alone = |name: &&FileName| {
        !of_sboms.contains(name) && read.iter().all(|(one, _)| *one != name.as_str())
    };
    let files = promises.names().iter().filter(alone).map(Job::File);
    let sboms = subjects.iter().filter_map(|(file, names)| Some(Job::Sboms(file.as_ref()?, names)));
    let mut jobs: Vec<_> = files.chain(sboms).collect();
    // The large ones first, so that no thread is left with one at the end.
    jobs.sort_by_key(|job| match job {
        Job::File(name) => std::cmp::Reverse(Promises::limit(name, release)),
        Job::Sboms(..) => std::cmp::Reverse(0),
    });
    let look = |job: &Job| Ok::<_, Infallible>(judge.look(job, reference.as_ref()));
    let Ok(all) = parallel::try_map(threads, &jobs, look);
    for looked in all {
        counted.add_all(looked, &mut findings);
    }

    let (problems, unchecked) = findings.finish();
    let identity = release.zip(sums_bytes.as_deref()).map(|(release, sums)| Identity {
        name: release.manifest.product.name.clone(),
        version: release.manifest.product.version.clone(),
        revision: release.manifest.source.revision.clone(),
        sha256sums: Measured::of(sums).sha256,
    });
    Report {
        origin: origin.name(),
        verdict: Verdict::of(&problems, &unchecked),
        release: identity,
        files: counted.files,
        bytes: counted.bytes,
        listed: listing.is_some(),
        problems,
        unchecked,
    }
}

#[derive(Default)]
struct Counted {
    files: u64,
    bytes: u64,
}

impl Counted {
    fn add(&mut self, measured: Option<Measured>) {
        if let Some(measured) = measured {
            self.files = self.files.saturating_add(1);
            self.bytes = self.bytes.saturating_add(measured.size);
        }
    }

    fn add_all(&mut self, looked: Looked, findings: &mut Findings) {
        looked.measured.into_iter().for_each(|measured| self.add(Some(measured)));
        findings.extend(looked.findings);
    }
}

/// What was found out about some files.
#[derive(Default)]
struct Looked {
    findings: Findings,
    measured: Vec<Measured>,
}

/// What one thread does at once.
enum Job<'a> {
    /// A file that is only measured, or a bundle.
    File(&'a FileName),
    /// The bills of materials of an artifact.
    Sboms(&'a FileName, &'a [FileName; 3]),
}

fn borrow<'a>(names: &'a [FileName; 3], documents: &'a [Vec<u8>; 3]) -> sbom::Documents<'a> {
    let ([a, b, c], [x, y, z]) = (names, documents);
    [(a, x), (b, y), (c, z)]
}

struct Judge<'a> {
    origin: &'a dyn Origin,
    promises: &'a Promises,
    release: Option<&'a Release>,
}

impl Judge<'_> {
    fn look(&self, job: &Job, reference: Option<&sbom::Reference>) -> Looked {
        match job {
            Job::File(name) => self.file(name),
            Job::Sboms(file, names) => {
                let (documents, mut looked) = self.documents(names);
                if let Some((documents, release)) = documents.zip(self.release) {
                    let documents = borrow(names, &documents);
                    sbom::check_artifact(
                        &documents,
                        file,
                        release,
                        reference,
                        &mut looked.findings,
                    );
                }
                looked
            }
        }
    }

    fn file(&self, name: &FileName) -> Looked {
        let mut looked = Looked::default();
        let limit = Promises::limit(name, self.release);
        let Some(mut stream) = open(self.origin, name, limit, &mut looked.findings) else {
            return looked;
        };
        match measure(&mut stream) {
            Ok(measured) => self.measured(name, measured, &mut looked),
            Err(error) => unreadable(name.as_str(), limit, &error, &mut looked.findings),
        }
        looked
    }

    fn measured(&self, name: &FileName, measured: Measured, looked: &mut Looked) {
        self.promises.check_measured(name, measured, self.release, &mut looked.findings);
        looked.measured.push(measured);
    }

    /// Bills of materials of one thing; none unless all can be read.
    fn documents(&self, names: &[FileName; 3]) -> (Option<[Vec<u8>; 3]>, Looked) {
        let mut looked = Looked::default();
        let [a, b, c] = names.each_ref().map(|name| {
            let bytes =
                document(self.origin, name.as_str(), MAX_DOCUMENT_BYTES, &mut looked.findings)?;
            self.measured(name, Measured::of(&bytes), &mut looked);
            Some(bytes)
        });
        let all = a.zip(b).zip(c).map(|((a, b), c)| [a, b, c]);
        (all, looked)
    }
}

/// Reads a whole document.
fn document(
    origin: &dyn Origin,
    name: &str,
    limit: u64,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let file: FileName = name.parse().ok()?;
    let mut bytes = Vec::new();
    match open(origin, &file, limit, findings)?.read_to_end(&mut bytes) {
        Ok(_) => Some(bytes),
        Err(error) => {
            unreadable(name, limit, &error, findings);
            None
        }
    }
}

fn open<'a>(
    origin: &'a dyn Origin,
    file: &FileName,
    limit: u64,
    findings: &mut Findings,
) -> Option<Box<dyn Read + Send + 'a>> {
    let error = match origin.open(file, limit) {
        Ok(stream) => return Some(stream),
        Err(error) => error,
    };
    let expected = "a regular file";
    match error {
        OriginError::Missing { .. } => {
            findings.add(Kind::Missing, file.as_str(), None, "nothing", expected);
        }
        OriginError::NotAFile { .. } => {
            findings.add(Kind::Form, file.as_str(), None, "something else", expected);
        }
        OriginError::Unreadable { .. } => findings.unchecked(file.as_str(), &reason(&error)),
    }
    None
}

/// More bytes than are promised are a problem; other errors leave the question open.
fn unreadable(name: &str, limit: u64, error: &io::Error, findings: &mut Findings) {
    if error.kind() == io::ErrorKind::FileTooLarge {
        let expected = format!("at most {limit} bytes");
        findings.add(Kind::Size, name, None, "more bytes", &expected);
    } else {
        findings.unchecked(name, &reason(error));
    }
}

/// The texts of an error and of its causes.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Reads to the end.
fn measure(stream: &mut dyn Read) -> io::Result<Measured> {
    let mut sha256 = sha2::Sha256::new();
    let mut size: u64 = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                sha256.update(&chunk[..length]);
                size = size.saturating_add(length as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Measured { size, sha256: <[u8; 32]>::from(sha256.finalize()).into() })
}
