//! What a tar says of a member besides its content.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::{Cause, Difference, Excerpt, words};
use crate::archive::read::TarFacts;

/// The first bytes of a field.
pub(super) fn tar_excerpt(facts: &TarFacts, field: std::ops::Range<usize>) -> Excerpt {
    let bytes = facts.header.get(field.clone()).unwrap_or_default();
    let mut excerpt = Excerpt::of(bytes, 0);
    excerpt.offset = facts.header_offset.saturating_add(field.start as u64);
    excerpt
}

/// Fields of the header (POSIX.1-2024, pax, "ustar Interchange Format"); then everything else in it.
pub(super) fn explain(one: &TarFacts, other: &TarFacts) -> Vec<Difference> {
    const FIELDS: [(&str, std::ops::Range<usize>, Cause); 6] = [
        ("mode", 100..108, Cause::MemberMode),
        ("uid", 108..116, Cause::MemberOwner),
        ("gid", 116..124, Cause::MemberOwner),
        ("mtime", 136..148, Cause::MemberTime),
        ("uname", 265..297, Cause::MemberOwner),
        ("gname", 297..329, Cause::MemberOwner),
    ];
    let mut found = Vec::new();
    let mut push = |name: &str, field: std::ops::Range<usize>, cause| {
        let text = |facts: &TarFacts| tar_text(name, facts);
        found.push(Difference {
            place: vec![format!("tar header: {name}")],
            published: Some(tar_excerpt(one, field.clone()).meaning(text(one))),
            rebuilt: Some(tar_excerpt(other, field).meaning(text(other))),
            cause,
        });
    };
    let mut same = true;
    for (name, field, cause) in FIELDS {
        if tar_text(name, one) != tar_text(name, other) {
            push(name, field, cause);
            same = false;
        }
    }
    let times = ["atime", "ctime", "mtime"];
    let without_times = |facts: &TarFacts| -> BTreeMap<_, _> {
        facts.pax.clone().into_iter().filter(|(key, _)| !times.contains(&key.as_str())).collect()
    };
    if one.pax != other.pax
        && without_times(one) == without_times(other)
        && one.pax.keys().eq(other.pax.keys())
    {
        push("PAX times", 0..8, Cause::MemberTime);
    } else if (one.format, one.long_name) != (other.format, other.long_name) || one.pax != other.pax
    {
        push("format", 257..265, Cause::TarFormat);
    } else if same && differs_elsewhere(one, other) {
        push("other fields", 0..8, Cause::TarFormat);
    }
    found
}

/// Whether the headers differ where nothing but name, size and checksum stands.
fn differs_elsewhere(one: &TarFacts, other: &TarFacts) -> bool {
    let blank = |facts: &TarFacts| {
        let mut header = facts.header.clone();
        header[124..136].fill(0);
        header[148..156].fill(0);
        header
    };
    blank(one) != blank(other)
}

fn tar_text(field: &str, facts: &TarFacts) -> String {
    let bytes = |bytes: &[u8]| format!("`{}`", bytes.escape_ascii());
    match field {
        "mode" => bytes(facts.header[100..108].trim_ascii_end()).replace("\\x00", ""),
        "uid" => facts.uid.to_string(),
        "gid" => facts.gid.to_string(),
        "uname" => bytes(&facts.uname),
        "gname" => bytes(&facts.gname),
        "mtime" => {
            let field = facts.header[136..148].iter().filter(|byte| byte.is_ascii_digit());
            let text: String = field.map(|digit| char::from(*digit)).collect();
            i64::from_str_radix(&text, 8)
                .map_or_else(|_| bytes(&facts.header[136..148]), words::epoch_text)
        }
        "PAX times" => {
            let records =
                facts.pax.iter().map(|(key, value)| format!("{key}={}", value.escape_ascii()));
            records.collect::<Vec<_>>().join(" ")
        }
        _ => {
            let keys: Vec<_> = facts.pax.keys().map(String::as_str).collect();
            let long = if facts.long_name { ", GNU long name" } else { "" };
            let pax =
                if keys.is_empty() { String::new() } else { format!(", PAX {}", keys.join(" ")) };
            format!("{:?}{long}{pax}", facts.format)
        }
    }
}
