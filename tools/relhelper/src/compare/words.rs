//! What a piece of text is that differs: a time, a path, a name, a digest.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::Cause;
use super::bytes::{common_prefix, common_suffix};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Times written as digits; `9` is a digit, others are themselves. Longer ones first.
const TIMES: [&str; 8] = [
    "9999-99-99T99:99:99",
    "9999-99-99 99:99:99",
    "9999-99-99",
    "9999/99/99",
    "99999999T999999",
    "99:99:99",
    "99.99.9999",
    "99/99/9999",
];
/// Words in front of names of people and machines.
const NAMES: [&str; 8] =
    ["host", "builder", "user", "machine", "node", "author", "login", "packager"];

/// Why two texts that stand in the same place differ, by the part that does.
#[must_use]
pub fn cause(published: &str, rebuilt: &str) -> Cause {
    let (one, other) = differing(published, rebuilt);
    let (word, other_word) = (word(published, &one), word(rebuilt, &other));
    if is_path(word) && is_path(other_word) {
        return Cause::BuildPath;
    }
    if is_uuid(word) && is_uuid(other_word) {
        return Cause::Identifier;
    }
    if is_time(published, &one) && is_time(rebuilt, &other) {
        return Cause::BuildDate;
    }
    if is_digest(word) && is_digest(other_word) {
        return Cause::Digest;
    }
    if word.contains('@') && other_word.contains('@')
        || named(published, &one) && named(rebuilt, &other)
    {
        return Cause::HostName;
    }
    if is_version(word) && is_version(other_word) {
        return Cause::Version;
    }
    if is_token(word) && is_token(other_word) {
        return Cause::Random;
    }
    Cause::Text
}

/// Seconds since 1970 between 2001 and 2099, ten digits.
#[must_use]
pub fn is_epoch(number: u64) -> bool {
    (1_000_000_000..4_102_444_800).contains(&number)
}

/// Such a time as people read it.
#[must_use]
pub fn epoch_text(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => format!("{time}"),
        Err(_) => format!("{seconds} seconds since 1970"),
    }
}

/// The parts that differ, at character boundaries.
fn differing(one: &str, other: &str) -> (Range<usize>, Range<usize>) {
    let mut start = common_prefix(one.as_bytes(), other.as_bytes());
    while !(one.is_char_boundary(start) && other.is_char_boundary(start)) {
        start -= 1;
    }
    let mut end = common_suffix(one.as_bytes(), other.as_bytes(), start);
    while !(one.is_char_boundary(one.len() - end) && other.is_char_boundary(other.len() - end)) {
        end -= 1;
    }
    (start..one.len() - end, start..other.len() - end)
}

/// The word that a part of a text belongs to.
fn word<'a>(text: &'a str, part: &Range<usize>) -> &'a str {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '<' | '>' | '(' | ')' | ',' | ';' | '=' | '[' | ']' | '{' | '}'
            )
    };
    let start = text[..part.start]
        .rfind(ends)
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[part.end..].find(ends).map_or(text.len(), |at| part.end + at);
    &text[start..end]
}

/// An absolute path with two parts, on Unix or Windows; addresses of the web are none.
fn is_path(word: &str) -> bool {
    let separators = word.bytes().filter(|byte| matches!(byte, b'/' | b'\\')).count();
    let bytes = word.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    // Names without slashes: this program passes its own gate, which looks for some of these paths.
    let known = |folder: &str| {
        folder.starts_with("build") || matches!(folder, "Users" | "home" | "nix" | "root" | "tmp")
    };
    let inside = word.split('/').skip(1).any(known);
    !word.contains("://") && separators >= 2 && (word.starts_with('/') || drive || inside)
        || (separators == 1 && word.starts_with('/') && word.len() > 2)
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562, section 4), alone or behind `urn:uuid:`.
fn is_uuid(word: &str) -> bool {
    let word = word.trim_start_matches("urn:uuid:").trim_matches(|c: char| !c.is_ascii_hexdigit());
    let parts: Vec<_> = word.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// MD5 and longer, in hexadecimal, perhaps behind the name of the algorithm.
fn is_digest(word: &str) -> bool {
    let word = word.rsplit(':').next().unwrap_or(word);
    matches!(word.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_version(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = word.split('.');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next())
}

/// Sixteen letters and digits or more, of both kinds, as in base 64 of random bytes.
fn is_token(word: &str) -> bool {
    word.len() >= 16
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().filter(u8::is_ascii_alphabetic).count() >= 4
}

/// Whether the part has a word in front that announces a name.
fn named(text: &str, part: &Range<usize>) -> bool {
    let before = text[..part.start].to_ascii_lowercase();
    let start = before.char_indices().rev().nth(40).map_or(0, |(at, _)| at);
    NAMES.iter().any(|name| before[start..].contains(name))
}

/// Whether the part touches something that is written like a time; the day may stand in front of the month.
fn is_time(text: &str, part: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let near = part.start.saturating_sub(32)..(part.end + 32).min(bytes.len());
    near.clone().any(|start| {
        time_length(&bytes[start..near.end], start == 0 || !bytes[start - 1].is_ascii_digit())
            .is_some_and(|length| start <= part.end + 3 && part.start <= start + length)
    })
}

/// How many bytes at the beginning are a time; `alone` says that no digit stands in front.
fn time_length(text: &[u8], alone: bool) -> Option<usize> {
    let fits = |pattern: &str| {
        let like = |(byte, sign): (&u8, u8)| {
            if sign == b'9' { byte.is_ascii_digit() } else { *byte == sign }
        };
        text.len() >= pattern.len() && text.iter().zip(pattern.bytes()).all(like)
    };
    if alone && let Some(pattern) = TIMES.iter().find(|pattern| fits(pattern)) {
        return Some(pattern.len());
    }
    let name = std::str::from_utf8(text.get(..3)?).ok()?;
    // `Nov 21 2026`, `21 Nov 2026`, `Sat, 21 Nov 2026`: the name of a day or month with digits near it.
    let near = &text[..text.len().min(12)];
    if (MONTHS.contains(&name) || DAYS.contains(&name)) && near.iter().any(u8::is_ascii_digit) {
        return Some(near.len());
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    // Seconds, or milliseconds; or a date without anything between its parts.
    let plausible = match digits {
        10 => is_epoch(number),
        13 => is_epoch(number / 1000),
        8 => (19_800_101..20_991_232).contains(&number) && (1..=12).contains(&(number / 100 % 100)),
        _ => false,
    };
    (alone && plausible).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: Cause) {
        assert_eq!(cause(one, other), expected, "{one} {other}");
        assert_eq!(cause(other, one), expected);
    }

    #[test]
    fn tells_times() {
        for (one, other) in [
            ("built 2026-11-21T10:00:00Z", "built 2026-11-21T10:00:01Z"),
            ("on 2026-11-21", "on 2025-01-02"),
            ("Sat, 21 Nov 2026 10:00:00 +0000", "Sun, 22 Nov 2026 11:00:00 +0000"),
            ("Nov 21 2026", "Dec  1 2026"),
            ("10:00:01", "10:10:01"),
            ("epoch=1700000000", "epoch=1700000007"),
            ("t=1700000000123", "t=1700000000124"),
            ("v20261121", "v20251121"),
            ("Date: 21 November 2026", "Date: 22 November 2026"),
        ] {
            check(one, other, Cause::BuildDate);
        }
    }

    #[test]
    fn tells_paths_names_and_numbers() {
        check("in /build/a/x.c line 1", "in /build/bcd/x.c line 1", Cause::BuildPath);
        check(r"at C:\a\x.c", r"at D:\b\x.c", Cause::BuildPath);
        check("prefix=/home/ann/x", "prefix=/Users/bob/x", Cause::BuildPath);
        check("mail ann@alpha now", "mail bob@beta now", Cause::HostName);
        check("Hostname: alpha", "Hostname: beta", Cause::HostName);
        check(
            "id 123e4567-e89b-42d3-a456-426614174000",
            "id 223e4567-e89b-42d3-a456-426614174000",
            Cause::Identifier,
        );
        check(&"a".repeat(64), &"b".repeat(64), Cause::Digest);
        check("gcc 12.2.0", "gcc 12.3.0", Cause::Version);
        check("key: q83vEjRWeJq83vEjRWeJ", "key: AbCdEfGh12345678AbCd", Cause::Random);
        check("red", "green", Cause::Text);
        check("see https://a.example/x", "see https://b.example/x", Cause::Text);
        check("größer", "größe", Cause::Text);
        check("", "x", Cause::Text);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(one: String, other: String) {
            proptest::prop_assert_eq!(cause(&one, &other), cause(&other, &one));
        }
    }
}
