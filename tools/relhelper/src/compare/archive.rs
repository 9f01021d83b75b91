//! Why two archives differ: their members, what is said of them, and how they are packed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use sha2::Digest as _;

use super::explain::{Explanation, at_depth, whole};
use super::{Cause, Difference, Excerpt, packing};
use crate::archive::read::{Format, Limits, Member, ReadError, Refusal, Summary, WalkError, walk};

/// Most bytes of members that are held in memory to look into them.
const MOST_HELD_BYTES: u64 = 512 * 1024 * 1024;
/// Most members that are looked into.
const MOST_MEMBERS: usize = 50;
/// Most missing members that are told.
const MOST_MISSING: usize = 20;

/// What is in an archive.
pub(super) struct Listing {
    pub(super) members: Vec<Listed>,
    pub(super) summary: Summary,
    /// Of the tar in it, where there is one.
    pub(super) inner: Option<[u8; 32]>,
}

/// A member and the SHA-256 of its content.
pub(super) struct Listed {
    pub(super) member: Member,
    pub(super) content: [u8; 32],
}

impl Listing {
    fn by_path(&self) -> BTreeMap<&str, &Listed> {
        self.members.iter().map(|listed| (listed.member.path.as_str(), listed)).collect()
    }
}

fn list(format: Format, file: &[u8]) -> Result<Listing, ReadError> {
    let mut members = Vec::new();
    let visit = |member: &Member, content: &mut dyn Read| {
        let mut sha256 = sha2::Sha256::new();
        let mut chunk = vec![0; 64 * 1024];
        // An error is the archive's, which `walk` returns.
        while let Ok(length @ 1..) = content.read(&mut chunk) {
            sha256.update(&chunk[..length]);
        }
        members.push(Listed { member: member.clone(), content: sha256.finalize().into() });
        Ok::<_, std::convert::Infallible>(())
    };
    let summary = match walk(format, Cursor::new(file), &Limits::default(), visit) {
        Ok(summary) => summary,
        Err(WalkError::Archive(error)) => return Err(error),
        Err(WalkError::Visit(never)) => match never {},
    };
    let inner = (format == Format::TarGz).then(|| packing::inner_digest(file)).flatten();
    Ok(Listing { members, summary, inner })
}

pub(super) fn explain(
    format: Format,
    published: &[u8],
    rebuilt: &[u8],
    depth: usize,
) -> Explanation {
    let mut found = Explanation::default();
    let (one, other) = match (list(format, published), list(format, rebuilt)) {
        (Ok(one), Ok(other)) => (one, other),
        (one, other) => {
            found.push(refused((published, one.err()), (rebuilt, other.err())));
            return found;
        }
    };
    missing(&one, &other, &mut found);
    contents(format, (published, &one), (rebuilt, &other), depth, &mut found);
    packing::explain(format, (published, &one), (rebuilt, &other), &mut found);
    if found.differences.is_empty() {
        // What is not a member is a header of the format: those in front of PAX headers have names of their own.
        let tar = matches!(format, Format::Tar | Format::TarGz);
        found.push(whole(if tar { Cause::TarFormat } else { Cause::Data }, published, rebuilt));
    }
    found
}

/// What can be told of archives of which one or both are refused.
fn refused(one: (&[u8], Option<ReadError>), other: (&[u8], Option<ReadError>)) -> Difference {
    let cause = match (&one.1, &other.1) {
        (Some(error), None) | (None, Some(error)) => match &error.refusal {
            Refusal::Truncated => Cause::Truncated,
            Refusal::Trailing | Refusal::MultiMember => Cause::Trailing,
            Refusal::Padding => Cause::Padding,
            _ => Cause::ArchiveRefused,
        },
        _ => Cause::ArchiveRefused,
    };
    let mut difference = whole(cause, one.0, other.0);
    let say = |excerpt: Option<Excerpt>, error: Option<ReadError>| match error {
        Some(error) => excerpt.map(|excerpt| excerpt.meaning(error.to_string())),
        None => excerpt,
    };
    difference.published = say(difference.published, one.1);
    difference.rebuilt = say(difference.rebuilt, other.1);
    difference
}

/// Members of one side only.
fn missing(one: &Listing, other: &Listing, found: &mut Explanation) {
    let (mine, theirs) = (one.by_path(), other.by_path());
    let only = |here: &BTreeMap<&str, &Listed>,
                there: &BTreeMap<&str, &Listed>|
     -> Vec<(String, Excerpt)> {
        let missing = here.iter().filter(|(path, _)| !there.contains_key(*path));
        missing.map(|(path, listed)| ((*path).to_owned(), packing::header_of(listed))).collect()
    };
    let (only_mine, only_theirs) = (only(&mine, &theirs), only(&theirs, &mine));
    let sides = only_mine
        .into_iter()
        .map(|found| (found, true))
        .chain(only_theirs.into_iter().map(|found| (found, false)));
    for (index, ((path, header), published)) in sides.enumerate() {
        if index >= MOST_MISSING {
            found.omitted += 1;
            continue;
        }
        let (mine, theirs) = if published { (Some(header), None) } else { (None, Some(header)) };
        found.push(Difference {
            place: vec![path],
            published: mine,
            rebuilt: theirs,
            cause: Cause::MemberMissing,
        });
    }
}

/// Members whose content differs, each explained by itself.
fn contents(
    format: Format,
    (published, one): (&[u8], &Listing),
    (rebuilt, other): (&[u8], &Listing),
    depth: usize,
    found: &mut Explanation,
) {
    let theirs = other.by_path();
    let mut chosen = BTreeSet::new();
    let mut held = 0_u64;
    for listed in &one.members {
        let path = listed.member.path.as_str();
        let Some(same_name) = theirs.get(path) else { continue };
        if listed.member.kind != same_name.member.kind {
            found.push(Difference {
                place: vec![path.to_owned()],
                published: Some(packing::header_of(listed)),
                rebuilt: Some(packing::header_of(same_name)),
                cause: Cause::FileKind,
            });
        } else if listed.content != same_name.content {
            let size = listed.member.size.saturating_add(same_name.member.size);
            if chosen.len() < MOST_MEMBERS && held.saturating_add(size) <= MOST_HELD_BYTES {
                held = held.saturating_add(size);
                chosen.insert(path);
            } else {
                found.omitted += 1;
            }
        }
    }
    if chosen.is_empty() {
        return;
    }
    let (mine, theirs) = (take(format, published, &chosen), take(format, rebuilt, &chosen));
    for (path, content) in &mine {
        if let Some(other) = theirs.get(path) {
            found.add(path, at_depth(content, other, depth + 1));
        }
    }
}

/// The content of the chosen members of an archive that was accepted before.
fn take(format: Format, file: &[u8], chosen: &BTreeSet<&str>) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    // The size of gzip's content is not known before; the limit holds for it as well.
    let limits = Limits { member_bytes: MOST_HELD_BYTES, ..Limits::default() };
    let visit = |member: &Member, content: &mut dyn Read| {
        if chosen.contains(member.path.as_str()) {
            let mut bytes = Vec::new();
            if content.read_to_end(&mut bytes).is_ok() {
                contents.insert(member.path.to_string(), bytes);
            }
        }
        Ok::<_, std::convert::Infallible>(())
    };
    let _ = walk(format, Cursor::new(file), &limits, visit);
    contents
}
