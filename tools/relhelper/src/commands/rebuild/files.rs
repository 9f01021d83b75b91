//! Comparing what is published with what was built, file by file.

use std::collections::BTreeSet;
use std::fs::File as DiskFile;
use std::io::{self, Read};

use sha2::Digest as _;

use super::built::{Place, Places};
use super::session::Session;
use crate::archive::read::fill;
use crate::compare::Verdict;
use crate::error::CommandError;
use crate::facts::Sha256;
use crate::io::files::{self, Mode, failed_to};
use crate::io::origin::{Origin, OriginError};
use crate::io::verified::Verified;
use crate::io::{compare, cores};
use crate::rebuild::findings::{File, FileVerdict, Outcome, Step, StepName};
use crate::release::FileName;
use crate::release::added::is_added;

/// Most bytes of a published file: as many as a tar's header can say, far beyond any release.
const MAX_FILE_BYTES: u64 = 8 << 30;

/// Compares each of `places` with the published file of its name.
///
/// # Errors
///
/// When it cannot be told why two differ.
pub fn compare(
    origin: &dyn Origin,
    places: &Places,
    session: &Session,
) -> Result<Vec<File>, CommandError> {
    let mut files = Vec::new();
    for (name, place) in places {
        let mut file = compare_one(origin, name, place);
        // Without a digest, what was built is no file, and is not looked into.
        if file.verdict == FileVerdict::Mismatch && file.rebuilt.is_some() {
            explain(&mut file, origin, (name, place), session)?;
        }
        files.push(file);
    }
    Ok(files)
}

/// Says why two files differ, and whether code signatures are all there is to it.
fn explain(
    file: &mut File,
    origin: &dyn Origin,
    (name, place): (&FileName, &Place),
    session: &Session,
) -> Result<(), CommandError> {
    // Both have to be files here: what explains them goes back and forth in them.
    let published = name.inside(&session.folder(&format!("published-{name}"))?);
    let mut reader = origin.open(name, MAX_FILE_BYTES)?;
    let mut copy = files::create(&published, Mode::Plain)?;
    io::copy(&mut reader, &mut copy).map_err(failed_to("fetch", &published))?;
    let report = compare::paths(&published, &place.path(), cores::available())?;
    let text = anstream::adapter::strip_str(&report.to_string()).to_string();
    file.verdict = match report.verdict {
        Verdict::Mismatch => FileVerdict::Mismatch,
        Verdict::MatchButForSignature => FileVerdict::MatchButForSignature,
        // The bytes differ, so a match now means that something changed meanwhile.
        Verdict::Inconclusive | Verdict::Match => FileVerdict::Inconclusive,
    };
    // The first line names the file, the last one counts.
    let lines: Vec<_> = text.lines().map(|line| line.trim().to_owned()).collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    file.findings.extend(inner.iter().cloned());
    file.explanation = report.files.into_iter().next();
    std::fs::remove_file(&published).map_err(failed_to("remove", &published))?;
    Ok(())
}

/// What is published and was not rebuilt. `stem`: name and version.
///
/// A server says nothing of files that nobody asks it for. So what `SHA256SUMS` names is published, whether listed or not.
///
/// # Errors
///
/// When the place cannot be listed where it should be.
pub fn others(
    origin: &Verified<'_>,
    places: &Places,
    stem: &str,
) -> Result<Vec<File>, CommandError> {
    let built: BTreeSet<_> = places.iter().map(|(name, _)| name.as_str()).collect();
    let mut names = origin.list()?.unwrap_or_default();
    names.extend(origin.names().map(ToString::to_string));
    let others = names.into_iter().filter(|name| !built.contains(name.as_str()));
    let row = |name: String| {
        let added = is_added(&name, stem, built.iter().copied());
        File {
            verdict: if added { FileVerdict::NotBuilt } else { FileVerdict::Missing },
            published: None,
            rebuilt: None,
            explanation: None,
            findings: if added {
                vec![]
            } else {
                vec!["it is published, and the build makes no such file".to_owned()]
            },
            file: name,
        }
    };
    Ok(others.map(row).collect())
}

/// The step that these files are.
#[must_use]
pub fn step(files: &[File], scope: &str) -> Step {
    let count = |verdict| files.iter().filter(|file| file.verdict == verdict).count();
    let outcome = files.iter().map(|file| file.verdict.outcome()).max();
    let differing = files.iter().filter(|file| file.verdict.outcome() == Outcome::No);
    let names: Vec<_> = differing.map(|file| file.file.as_str()).collect();
    let summary = format!("{} of {} files match{scope}", count(FileVerdict::Match), files.len());
    Step {
        name: StepName::Compare,
        outcome: outcome.unwrap_or(Outcome::Unknown),
        summary,
        problems: if names.is_empty() {
            vec![]
        } else {
            vec![format!("different: {}", names.join(", "))]
        },
    }
}

fn compare_one(origin: &dyn Origin, name: &FileName, place: &Place) -> File {
    let file = |verdict, findings| File {
        file: name.to_string(),
        verdict,
        published: None,
        rebuilt: None,
        findings,
        explanation: None,
    };
    let mut published = match origin.open(name, MAX_FILE_BYTES) {
        Ok(published) => published,
        Err(OriginError::Missing { .. }) => {
            let why = "the build makes it, and it is not published".to_owned();
            return file(FileVerdict::Missing, vec![why]);
        }
        Err(error) => return file(FileVerdict::Inconclusive, vec![error.to_string()]),
    };
    let rebuilt = match place.open() {
        Ok(rebuilt) => rebuilt,
        Err(unfit) => {
            let published = files::measure(&mut published).ok().map(|measured| measured.sha256);
            return File { published, ..file(unfit.verdict(), vec![unfit.what()]) };
        }
    };
    let pair = match read_both(published, rebuilt) {
        Ok(pair) => pair,
        Err(error) => return file(FileVerdict::Inconclusive, vec![error.to_string()]),
    };
    let verdict = if pair.first.is_none() { FileVerdict::Match } else { FileVerdict::Mismatch };
    File {
        published: Some(pair.digests.0),
        rebuilt: Some(pair.digests.1),
        ..file(verdict, pair.told(["published", "rebuilt"]))
    }
}

/// Two files that were read to their ends.
pub struct Pair {
    pub digests: (Sha256, Sha256),
    sizes: (u64, u64),
    /// The first byte that differs: its offset, and what it is in each; nothing behind the end.
    pub first: Option<(u64, Option<u8>, Option<u8>)>,
}

impl Pair {
    /// Where the two differ, each under its name.
    #[must_use]
    pub fn told(&self, [one, other]: [&str; 2]) -> Vec<String> {
        let Some((offset, mine, theirs)) = self.first else { return vec![] };
        let byte =
            |byte: Option<u8>| byte.map_or("the end".to_owned(), |byte| format!("0x{byte:02x}"));
        let (mine, theirs) = (byte(mine), byte(theirs));
        let mut told =
            vec![format!("first difference at byte {offset}: {one} {mine}, {other} {theirs}")];
        if self.sizes.0 != self.sizes.1 {
            told.push(format!("{one} {} bytes, {other} {} bytes", self.sizes.0, self.sizes.1));
        }
        told
    }
}

/// Reads two files to their ends.
///
/// # Errors
///
/// When one cannot be read.
pub fn read_both(mut published: impl Read, mut rebuilt: DiskFile) -> io::Result<Pair> {
    let mut hashes = (sha2::Sha256::new(), sha2::Sha256::new());
    let (mut left, mut right) = (vec![0; 256 * 1024], vec![0; 256 * 1024]);
    let mut sizes = (0_u64, 0_u64);
    let mut first = None;
    loop {
        let lengths = (fill(&mut published, &mut left)?, fill(&mut rebuilt, &mut right)?);
        let (a, b) = (&left[..lengths.0], &right[..lengths.1]);
        if first.is_none() && a != b {
            let place = a.iter().zip(b).take_while(|(a, b)| a == b).count();
            first = Some((sizes.0 + place as u64, a.get(place).copied(), b.get(place).copied()));
        }
        hashes.0.update(a);
        hashes.1.update(b);
        sizes = (sizes.0 + lengths.0 as u64, sizes.1 + lengths.1 as u64);
        if lengths == (0, 0) {
            let digest = |hash: sha2::Sha256| Sha256::from(<[u8; 32]>::from(hash.finalize()));
            return Ok(Pair { digests: (digest(hashes.0), digest(hashes.1)), sizes, first });
        }
    }
}
