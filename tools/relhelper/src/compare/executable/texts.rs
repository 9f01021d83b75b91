//! Paths and times among the bytes of a program.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::map;
use crate::compare::Cause;

/// How far from a byte its text is looked for.
const REACH: usize = 256;
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// The text that the byte at `offset` is part of.
pub(super) fn around(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let printable = |byte: &u8| (b' '..=b'~').contains(byte);
    let before = bytes.get(offset.saturating_sub(REACH)..offset)?;
    let start = offset - before.iter().rev().take_while(|byte| printable(byte)).count();
    let behind = bytes.get(offset..)?.iter().take(REACH).take_while(|byte| printable(byte)).count();
    Some(&bytes[start..offset + behind]).filter(|text| text.len() >= 4)
}

/// What the byte at `offset` is part of: a path or a time, with its text.
pub(super) fn meaning(bytes: &[u8], offset: usize) -> Option<(Cause, &[u8])> {
    let text = around(bytes, offset)?;
    // Both are slices of `bytes`, so this is where the byte is in the text.
    let at = offset - (text.as_ptr() as usize - bytes.as_ptr() as usize);
    let word = tokens(text).find(|(start, word)| (*start..start + word.len()).contains(&at));
    if let Some((_, word)) = word.filter(|(_, word)| is_path(word)) {
        return Some((Cause::BuildPath, word));
    }
    let near = &text[at.saturating_sub(24)..text.len().min(at + 24)];
    time(near).map(|time| (Cause::BuildDate, time))
}

/// The paths and times in `bytes`.
pub(super) fn all(bytes: &[u8]) -> BTreeSet<(Cause, &[u8])> {
    let mut found = BTreeSet::new();
    for text in bytes.split(|byte| !(b' '..=b'~').contains(byte)).filter(|text| text.len() >= 6) {
        found.extend(
            tokens(text)
                .filter(|(_, word)| is_path(word))
                .map(|(_, word)| (Cause::BuildPath, word)),
        );
        let mut rest = text;
        while let Some(time) = time(rest) {
            found.insert((Cause::BuildDate, time));
            let behind = time.as_ptr() as usize - rest.as_ptr() as usize + time.len();
            rest = &rest[behind..];
        }
    }
    found
}

/// The more telling cause of a text in a region with this cause.
pub(super) fn specific(text: Cause, region: Cause) -> Cause {
    match (text, region) {
        (Cause::BuildPath, Cause::DebugInfo | Cause::Symbols) => Cause::DebugPath,
        // Numbers and names among these are no times of a build.
        (
            _,
            Cause::Code
            | Cause::Layout
            | Cause::Linkedit
            | Cause::CodeSignature
            | Cause::PeCertificate,
        ) => region,
        (_, Cause::DebugInfo | Cause::Symbols | Cause::CompilerComment | Cause::CrateList) => {
            region
        }
        _ => text,
    }
}

/// What differs between the texts of two regions; the cause of the region if nothing does.
pub(super) fn cause(mine: &[u8], theirs: &[u8], region: Cause) -> Cause {
    let (mine, theirs) = (all(searched(mine)), all(searched(theirs)));
    let differs = mine.symmetric_difference(&theirs);
    let causes = differs.map(|(cause, _)| specific(*cause, region));
    causes
        .max_by_key(|cause| {
            (*cause != region, *cause == Cause::BuildPath || *cause == Cause::DebugPath)
        })
        .unwrap_or(region)
}

/// What of a region is searched for texts.
pub(super) fn searched(bytes: &[u8]) -> &[u8] {
    bytes.get(..map::MOST_BYTES).unwrap_or(bytes)
}

/// A text for people.
pub(super) fn shown(text: &[u8]) -> String {
    const MOST: usize = 120;
    String::from_utf8_lossy(text.get(..MOST).unwrap_or(text)).escape_debug().to_string()
}

/// Words of characters that paths are made of, and where they begin.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-/\\:~@$".contains(&byte);
    let words = text.split(move |byte| !part(*byte)).filter(|word| !word.is_empty());
    words.map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// An absolute path with at least two parts; `//` and `::` are addresses and Rust's names.
fn is_path(word: &[u8]) -> bool {
    let separators = word.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count();
    let drive = word.len() > 3
        && word[0].is_ascii_alphabetic()
        && word[1] == b':'
        && matches!(word[2], b'/' | b'\\');
    // Texts of Rust follow each other without an end, so a path may begin inside of a word.
    let absolute = word[0] == b'/'
        || drive
        || word
            .split(|byte| *byte == b'/')
            .skip(1)
            .any(|folder| folder == b"home" || folder.starts_with(b"build"));
    absolute && separators >= 2 && !word.windows(2).any(|pair| pair == b"//")
}

/// The first time: of ISO 8601, of `__DATE__` and `__TIME__`, or seconds since 1970.
fn time(text: &[u8]) -> Option<&[u8]> {
    (0..text.len()).find_map(|start| {
        let rest = &text[start..];
        let alone = start == 0 || !text[start - 1].is_ascii_digit();
        let length = time_length(rest).filter(|_| alone)?;
        let ends = rest.get(length).is_none_or(|byte| !byte.is_ascii_digit());
        ends.then(|| &rest[..length])
    })
}

fn time_length(text: &[u8]) -> Option<usize> {
    let month = text.get(..3).is_some_and(|name| MONTHS.contains(&name));
    if text.starts_with(b"20") && (fits(text, b"9999-99-99") || fits(text, b"9999/99/99")) {
        Some(10)
    } else if month && fits(text.get(3..).unwrap_or_default(), b" ?9 9999") {
        Some(11)
    } else if fits(text, b"99:99:99") {
        Some(8)
    } else if matches!(text.first(), Some(b'1' | b'2')) && fits(text, b"9999999999") {
        Some(10)
    } else {
        None
    }
}

/// Whether the text begins like this: `9` is a digit, `?` a digit or a space, others are themselves.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    let like = |(byte, sign): (&u8, &u8)| match sign {
        b'9' => byte.is_ascii_digit(),
        b'?' => byte.is_ascii_digit() || *byte == b' ',
        _ => byte == sign,
    };
    text.len() >= pattern.len() && text.iter().zip(pattern).all(like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: usize, expected: Option<(Cause, &str)>) {
        let bytes = [b"\0\0", text.as_bytes(), b"\0"].concat();
        let found = meaning(&bytes, at + 2);
        assert_eq!(found, expected.map(|(cause, text)| (cause, text.as_bytes())));
    }

    #[test]
    fn tells_paths_and_times_from_other_texts() {
        check("in /home/a/x.rs, line", 8, Some((Cause::BuildPath, "/home/a/x.rs")));
        check(r"C:\work\x.c", 4, Some((Cause::BuildPath, r"C:\work\x.c")));
        check("built Nov 21 2026.", 12, Some((Cause::BuildDate, "Nov 21 2026")));
        check("at 12:34:56!", 5, Some((Cause::BuildDate, "12:34:56")));
        check("2026-11-21T00:00", 9, Some((Cause::BuildDate, "2026-11-21")));
        check("epoch 1700000000 ", 9, Some((Cause::BuildDate, "1700000000")));
        check("https://example.org/a/b", 12, None);
        check("application/json", 4, None);
        check("17000000001", 4, None);
        check("an error", 4, None);
    }

    #[test]
    fn finds_all() {
        let found: Vec<_> = all(b"\x01/a/b/c and 2026-01-02\xff12:00:00\0/d").into_iter().collect();
        let expected: [(Cause, &[u8]); 3] = [
            (Cause::BuildDate, b"12:00:00"),
            (Cause::BuildDate, b"2026-01-02"),
            (Cause::BuildPath, b"/a/b/c"),
        ];
        assert_eq!(found, expected);
    }
}
