//! Reads a release for [`crate::verify`]: every byte once, on several threads, no more than what is promised.

#[cfg(test)]
mod changes;
mod judge;
mod read;
#[cfg(test)]
pub(crate) mod samples;
mod signed;
#[cfg(test)]
mod tests;
mod unpack;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::num::NonZeroUsize;

use super::origin::Origin;
use super::parallel;
use crate::facts::Measured;
use crate::release::FileName;
use crate::release::layout::{BUILD_META, INDEX, MANIFEST, PROVENANCE, SHA256SUMS};
use crate::signature::required::Signing;
use crate::verify::files::Promises;
use crate::verify::{
    Findings, Identity, MAX_DOCUMENT_BYTES, Papers, Release, Report, Verdict, sbom, sums,
};
use judge::{Job, Judge, Looked, borrow};
use read::{document, reason};

/// Verifies the release in `origin`.
#[must_use]
pub fn verify(origin: &dyn Origin, threads: NonZeroUsize) -> Report {
    verify_signed(origin, &Signing::default(), threads)
}

/// The same for a release that must have the signatures that `signing` demands, besides those that it says it has.
#[must_use]
pub fn verify_signed(origin: &dyn Origin, signing: &Signing, threads: NonZeroUsize) -> Report {
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

    let mut signable = promises.sums().clone();
    let of_sums = sums_bytes.as_deref().map(crate::facts::Sha256::of);
    signable.extend(SHA256SUMS.parse().ok().zip(of_sums));
    signed::check(origin, &signable, signing, threads, &mut findings);

    let (problems, unchecked) = findings.finish();
    let identity = release.zip(sums_bytes.as_deref()).map(|(release, sums)| Identity {
        name: release.manifest.product.name.clone(),
        version: release.manifest.product.version.clone(),
        // Another one was refused, and is not for terminals.
        revision: release
            .manifest
            .source
            .revision
            .clone()
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id.len() <= 64),
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
        signatures: crate::trust::Report::default(),
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
