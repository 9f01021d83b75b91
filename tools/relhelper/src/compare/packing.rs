//! Why archives with equal members differ, and what is said of members besides their content.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::io::Read as _;

use sha2::Digest as _;

use super::archive::{Listed, Listing};
use super::explain::{Explanation, whole};
use super::tar_fields::tar_excerpt;
use super::{Cause, Difference, Excerpt, tar_fields, words, zip_fields};
use crate::archive::read::{Facts, Format, GzipHeader};

/// Most members that are told for one cause: with a new time, every member has it.
const MOST_OF_A_CAUSE: usize = 3;

/// SHA-256 of what is in a gzip file that was accepted before.
pub(super) fn inner_digest(file: &[u8]) -> Option<[u8; 32]> {
    let mut decoder = flate2::bufread::GzDecoder::new(file);
    let mut sha256 = sha2::Sha256::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match decoder.read(&mut chunk).ok()? {
            0 => return Some(sha256.finalize().into()),
            length => sha256.update(&chunk[..length]),
        }
    }
}

/// The first bytes of what stands in front of a member.
pub(super) fn header_of(listed: &Listed) -> Excerpt {
    let size = format!("{:?}, {} bytes", listed.member.kind, listed.member.size);
    match &listed.member.facts {
        Facts::Tar(facts) => tar_excerpt(facts, 0..8),
        Facts::Zip(facts) => Excerpt { offset: facts.offset, bytes: String::new(), text: None },
        Facts::Gzip => Excerpt { offset: 0, bytes: String::new(), text: None },
    }
    .meaning(size)
}

pub(super) fn explain(
    format: Format,
    (published, one): (&[u8], &Listing),
    (rebuilt, other): (&[u8], &Listing),
    found: &mut Explanation,
) {
    if let (Some(mine), Some(theirs)) = (&one.summary.gzip, &other.summary.gzip) {
        for difference in gzip(mine, theirs) {
            found.push(difference);
        }
    }
    order(one, other, found);
    let theirs: BTreeMap<_, _> =
        other.members.iter().map(|listed| (&listed.member.path, listed)).collect();
    let mut told = BTreeMap::new();
    for mine in &one.members {
        let Some(theirs) = theirs.get(&mine.member.path) else { continue };
        for mut difference in member(published, mine, rebuilt, theirs) {
            let count = told.entry(difference.cause).or_insert(0);
            *count += 1;
            if *count > MOST_OF_A_CAUSE {
                found.omitted += 1;
                continue;
            }
            difference.place.insert(0, mine.member.path.to_string());
            found.push(difference);
        }
    }
    if one.summary.tar_padding != other.summary.tar_padding {
        let excerpt = |listing: &Listing| {
            let behind = listing.summary.tar_padding;
            let offset = listing.summary.total_bytes.saturating_sub(behind);
            Excerpt { offset, bytes: String::new(), text: None }
                .meaning(format!("{behind} zero bytes behind the end"))
        };
        found.push(Difference {
            place: vec!["end of the tar".to_owned()],
            published: Some(excerpt(one)),
            rebuilt: Some(excerpt(other)),
            cause: Cause::TarPadding,
        });
    }
    if one.summary.comment != other.summary.comment {
        let excerpt = |file: &[u8], comment: &[u8]| {
            let offset = file.len().saturating_sub(comment.len());
            Excerpt::of(file, offset).meaning(format!("`{}`", comment.escape_ascii()))
        };
        found.push(Difference {
            place: vec!["end of the zip file".to_owned()],
            published: Some(excerpt(published, &one.summary.comment)),
            rebuilt: Some(excerpt(rebuilt, &other.summary.comment)),
            cause: Cause::ZipComment,
        });
    }
    // Headers of gzip have no influence on what follows them.
    let equal_gzip =
        format == Format::Gzip && found.differences.iter().all(|found| is_gzip_header(found.cause));
    if (one.inner.is_some() && one.inner == other.inner || equal_gzip)
        && body(published, one) != body(rebuilt, other)
    {
        found.push(whole(Cause::Compression, published, rebuilt));
    }
}

fn is_gzip_header(cause: Cause) -> bool {
    matches!(cause, Cause::GzipHeader | Cause::GzipName | Cause::GzipTime)
}

/// A gzip file behind its header.
fn body<'a>(file: &'a [u8], listing: &Listing) -> &'a [u8] {
    let length = listing.summary.gzip.as_ref().map_or(0, |header| {
        let text = |text: &Option<Vec<u8>>, more| text.as_ref().map_or(0, |text| text.len() + more);
        let crc = if header.fixed[3] & 2 == 0 { 0 } else { 2 };
        10 + text(&header.extra, 2) + text(&header.name, 1) + text(&header.comment, 1) + crc
    });
    file.get(length..).unwrap_or_default()
}

fn gzip(one: &GzipHeader, other: &GzipHeader) -> Vec<Difference> {
    let field = |name: &str, offset: usize, texts: [String; 2], cause| {
        let [mine, theirs] = texts;
        Difference {
            place: vec![format!("gzip header: {name}")],
            published: Some(Excerpt::of(&one.fixed, offset).meaning(mine)),
            rebuilt: Some(Excerpt::of(&other.fixed, offset).meaning(theirs)),
            cause,
        }
    };
    let mut found = Vec::new();
    if one.mtime() != other.mtime() {
        let text = |header: &GzipHeader| match header.mtime() {
            0 => "none".to_owned(),
            time => words::epoch_text(i64::from(time)),
        };
        found.push(field("time", 4, [text(one), text(other)], Cause::GzipTime));
    }
    if one.name != other.name {
        let text = |name: &Option<Vec<u8>>| match name {
            Some(name) => format!("`{}`", name.escape_ascii()),
            None => "none".to_owned(),
        };
        found.push(field("name", 3, [text(&one.name), text(&other.name)], Cause::GzipName));
    }
    if one.extra_flags() != other.extra_flags() {
        let text = |header: &GzipHeader| match header.extra_flags() {
            2 => "2, the smallest".to_owned(),
            4 => "4, the fastest".to_owned(),
            other => other.to_string(),
        };
        found.push(field("level", 8, [text(one), text(other)], Cause::GzipHeader));
    }
    if one.operating_system() != other.operating_system() {
        let text = |header: &GzipHeader| header.operating_system().to_string();
        found.push(field("operating system", 9, [text(one), text(other)], Cause::GzipHeader));
    }
    if (&one.comment, &one.extra) != (&other.comment, &other.extra) {
        let text = |header: &GzipHeader| {
            format!("{:?}", header.comment.as_deref().map(|text| text.escape_ascii().to_string()))
        };
        found.push(field("comment or extra field", 3, [text(one), text(other)], Cause::GzipHeader));
    }
    found
}

/// The first member that is at another place among those of both.
fn order(one: &Listing, other: &Listing, found: &mut Explanation) {
    let places: BTreeMap<_, _> =
        other.members.iter().enumerate().map(|(at, listed)| (&listed.member.path, at)).collect();
    let mut common: Vec<_> = one
        .members
        .iter()
        .filter_map(|listed| Some((listed, *places.get(&listed.member.path)?)))
        .collect();
    let mine: Vec<_> = common.iter().map(|(listed, _)| *listed).collect();
    common.sort_by_key(|(_, at)| *at);
    let theirs = common.into_iter().filter_map(|(_, at)| other.members.get(at));
    if let Some((mine, theirs)) =
        mine.into_iter().zip(theirs).find(|(mine, theirs)| mine.member.path != theirs.member.path)
    {
        let excerpt = |listed: &Listed| {
            header_of(listed).meaning(format!("`{}` comes here", listed.member.path))
        };
        found.push(Difference {
            place: vec!["order of the members".to_owned()],
            published: Some(excerpt(mine)),
            rebuilt: Some(excerpt(theirs)),
            cause: Cause::MemberOrder,
        });
    }
}

fn member(published: &[u8], mine: &Listed, rebuilt: &[u8], theirs: &Listed) -> Vec<Difference> {
    match (&mine.member.facts, &theirs.member.facts) {
        (Facts::Tar(one), Facts::Tar(other)) => tar_fields::explain(one, other),
        (Facts::Zip(one), Facts::Zip(other)) => {
            let equal = mine.content == theirs.content;
            zip_fields::explain((published, one), (rebuilt, other), equal)
        }
        _ => Vec::new(),
    }
}
