//! What zip files say of a member besides its content.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::{Cause, Difference, Excerpt};
use crate::archive::read::ZipFacts;

/// What the compressor says of its level (APPNOTE.TXT, section 4.4.4).
const LEVEL_FLAGS: u16 = 0b110;

/// The fields that differ; `equal` says that the content does not.
pub(super) fn explain(
    (published, one): (&[u8], &ZipFacts),
    (rebuilt, other): (&[u8], &ZipFacts),
    equal: bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut push = |name: &str, field: usize, texts: [String; 2], cause| {
        let [mine, theirs] = texts;
        let excerpt = |file: &[u8], facts: &ZipFacts, text: String| {
            let offset = usize::try_from(facts.offset).unwrap_or(usize::MAX).saturating_add(field);
            Some(Excerpt::of(file, offset).meaning(text))
        };
        found.push(Difference {
            place: vec![format!("zip header: {name}")],
            published: excerpt(published, one, mine),
            rebuilt: excerpt(rebuilt, other, theirs),
            cause,
        });
    };
    if (one.dos_date, one.dos_time) != (other.dos_date, other.dos_time) {
        push("time", 10, [dos_time(one), dos_time(other)], Cause::MemberTime);
    }
    if one.external_attributes != other.external_attributes {
        let text = |facts: &ZipFacts| {
            format!(
                "mode {:o}, attributes {:#010x}",
                facts.external_attributes >> 16,
                facts.external_attributes
            )
        };
        push("external attributes", 0, [text(one), text(other)], Cause::MemberMode);
    }
    if (&one.local_extra, &one.central_extra) != (&other.local_extra, &other.central_extra) {
        push("extra fields", 28, [extra(one), extra(other)], Cause::ZipExtra);
    }
    if one.comment != other.comment {
        let text = |facts: &ZipFacts| format!("`{}`", facts.comment.escape_ascii());
        push("comment", 0, [text(one), text(other)], Cause::ZipComment);
    }
    if one.method != other.method {
        let text =
            |facts: &ZipFacts| if facts.method == 0 { "stored" } else { "deflate" }.to_owned();
        push("method", 8, [text(one), text(other)], Cause::CompressionMethod);
    } else if equal && data(published, one) != data(rebuilt, other) {
        let text = |facts: &ZipFacts| format!("{} bytes compressed", facts.compressed_size);
        push("compressed data", 18, [text(one), text(other)], Cause::Compression);
    }
    let rest = |facts: &ZipFacts| (facts.version_made_by, facts.flags & !LEVEL_FLAGS);
    if rest(one) != rest(other) {
        let text = |facts: &ZipFacts| {
            let [version, system] = facts.version_made_by.to_le_bytes();
            format!("version {version}, system {system}, flags {:#06x}", facts.flags)
        };
        push("version and flags", 4, [text(one), text(other)], Cause::ZipVersion);
    } else if one.flags != other.flags {
        let text = |facts: &ZipFacts| format!("flags {:#06x}", facts.flags);
        push("level", 6, [text(one), text(other)], Cause::Compression);
    }
    found
}

fn data<'a>(file: &'a [u8], facts: &ZipFacts) -> &'a [u8] {
    let start = usize::try_from(facts.data_offset).unwrap_or(usize::MAX);
    let length = usize::try_from(facts.compressed_size).unwrap_or(usize::MAX);
    file.get(start..start.saturating_add(length)).unwrap_or_default()
}

/// Time and date of MS-DOS (APPNOTE.TXT, section 4.4.6).
fn dos_time(facts: &ZipFacts) -> String {
    let (date, time) = (facts.dos_date, facts.dos_time);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        1980 + (date >> 9),
        date >> 5 & 15,
        date & 31,
        time >> 11,
        time >> 5 & 63,
        (time & 31) * 2
    )
}

fn extra(facts: &ZipFacts) -> String {
    let list = |fields: &[(u16, Vec<u8>)]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(id, data)| {
                format!("{id:#06x} {}", data_encoding::HEXLOWER.encode(&data[..data.len().min(32)]))
            })
            .collect();
        if fields.is_empty() { "none".to_owned() } else { fields.join(", ") }
    };
    if facts.local_extra == facts.central_extra {
        list(&facts.local_extra)
    } else {
        format!(
            "{}; in the central directory {}",
            list(&facts.local_extra),
            list(&facts.central_extra)
        )
    }
}
