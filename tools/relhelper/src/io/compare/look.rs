//! Two files of which it is known whether their bytes are equal: what to say of them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use sha2::Digest as _;

use super::Bytes;
use super::tree::{Item, Kind, Pair};
use crate::compare::report::{FileReport, Side, Verdict};
use crate::compare::{Cause, Difference, Excerpt, Explanation, judge};
use crate::io::files::{FileError, failed_to};

/// Larger ones are not looked into.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

pub(super) fn report(pair: &Pair, bytes: Option<&Result<Bytes, FileError>>) -> FileReport {
    let mut report = FileReport {
        path: pair.name.clone(),
        verdict: Verdict::Mismatch,
        published: None,
        rebuilt: None,
        reason: None,
        proof: None,
        explanation: Explanation::default(),
    };
    let unhashed = |size| Some(Side { size, sha256: None });
    match bytes {
        Some(Ok(Bytes::Equal(size))) => {
            (report.published, report.rebuilt) = (unhashed(*size), unhashed(*size));
            report.verdict = Verdict::Match;
        }
        Some(Ok(Bytes::Differ(one, other))) => {
            (report.published, report.rebuilt) = (unhashed(*one), unhashed(*other));
            look_into(pair, &mut report);
        }
        Some(Err(error)) => inconclusive(&mut report, error),
        None => unlike(pair, &mut report),
    }
    report
}

fn inconclusive(report: &mut FileReport, error: &FileError) {
    report.verdict = Verdict::Inconclusive;
    report.reason = Some(format!("{error}: {}", error.source));
}

/// Files that differ: reads and explains them.
fn look_into(pair: &Pair, report: &mut FileReport) {
    let (Some(one), Some(other)) = (&pair.published, &pair.rebuilt) else { return };
    let sizes = [report.published, report.rebuilt].map(|side| side.map_or(0, |side| side.size));
    if sizes.iter().any(|size| *size > MOST_BYTES) {
        report.reason = Some(format!(
            "the bytes differ; files of more than {MOST_BYTES} bytes are not looked into"
        ));
        return;
    }
    let read = |path: &Path, size| {
        let mut bytes = Vec::new();
        let file =
            File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
        file.map_err(failed_to("read", path))?;
        if bytes.len() as u64 == size {
            Ok(bytes)
        } else {
            Err(failed_to("compare", path)(io::Error::other("it changed while it was read")))
        }
    };
    let both = read(&one.path, sizes[0]).and_then(|one| Ok((one, read(&other.path, sizes[1])?)));
    let (one, other) = match both {
        Ok(both) => both,
        Err(error) => return inconclusive(report, &error),
    };
    let judged = judge(&one, &other);
    report.verdict = judged.verdict;
    report.reason = judged.reason;
    report.proof = judged.proof;
    report.explanation = judged.explanation;
    let side = |bytes: &[u8]| {
        let sha256 = <[u8; 32]>::from(sha2::Sha256::digest(bytes)).into();
        Some(Side { size: bytes.len() as u64, sha256: Some(sha256) })
    };
    (report.published, report.rebuilt) = (side(&one), side(&other));
}

/// What is missing on one side, or is no regular file.
fn unlike(pair: &Pair, report: &mut FileReport) {
    let excerpt = |item: &Item| match item.kind {
        Kind::Link => {
            let target = fs::read_link(&item.path).map_err(failed_to("read", &item.path))?;
            let target = target.as_os_str().as_encoded_bytes();
            Ok(Excerpt::of(target, 0).meaning(format!("link to `{}`", target.escape_ascii())))
        }
        Kind::File => Ok(Excerpt::of(&[], 0).meaning("a file")),
        Kind::Other => Ok(Excerpt::of(&[], 0).meaning("neither file nor link")),
    };
    let look = |item: &Option<Item>| item.as_ref().map(excerpt).transpose();
    let (one, other) = match look(&pair.published).and_then(|one| Ok((one, look(&pair.rebuilt)?))) {
        Ok(both) => both,
        Err(error) => return inconclusive(report, &error),
    };
    let size = |item: &Option<Item>| {
        let metadata = fs::symlink_metadata(&item.as_ref()?.path).ok()?;
        Some(Side { size: metadata.len(), sha256: None })
    };
    (report.published, report.rebuilt) = (size(&pair.published), size(&pair.rebuilt));
    let kinds = (
        pair.published.as_ref().map(|item| item.kind),
        pair.rebuilt.as_ref().map(|item| item.kind),
    );
    let cause = match kinds {
        (Some(Kind::Link), Some(Kind::Link)) if one == other => {
            report.verdict = Verdict::Match;
            return;
        }
        (Some(Kind::Other), Some(Kind::Other)) => {
            // Empty folders are equal; devices and the like have no bytes to compare.
            let folder = |item: &Option<Item>| item.as_ref().is_some_and(|item| item.path.is_dir());
            if folder(&pair.published) && folder(&pair.rebuilt) {
                report.verdict = Verdict::Match;
            } else {
                report.verdict = Verdict::Inconclusive;
                report.reason = Some("it is neither a file nor a folder nor a link".to_owned());
            }
            return;
        }
        (Some(Kind::Link), Some(Kind::Link)) => Cause::LinkTarget,
        (Some(_), Some(_)) => Cause::FileKind,
        _ => Cause::FileMissing,
    };
    report.explanation.differences =
        vec![Difference { place: Vec::new(), published: one, rebuilt: other, cause }];
}
