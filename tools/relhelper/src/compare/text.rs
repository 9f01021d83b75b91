//! Why two texts differ, by lines.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::bytes::{common_prefix, first_difference};
use super::{Cause, Difference, Excerpt, json, words};

/// How many lines are told.
const MOST_LINES: usize = 20;
/// How much of a line is shown, in characters.
const SHOWN: usize = 160;
/// Larger ones are compared as bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The text, if the bytes are one: UTF-8 without control characters that have no place in texts.
#[must_use]
pub fn of(bytes: &[u8]) -> Option<&str> {
    let odd = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if bytes.len() > MOST_BYTES || bytes.iter().any(odd) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

/// The lines that differ, and why. Nothing when the texts are equal, or one is the beginning of the other.
#[must_use]
pub fn explain(published: &str, rebuilt: &str) -> Vec<Difference> {
    let (one, other) = (published.as_bytes(), rebuilt.as_bytes());
    let Some(at) = first_difference(one, other) else { return Vec::new() };
    if let Some(found) = json::explain(published, rebuilt) {
        return found;
    }
    let whole = |cause| {
        vec![Difference {
            place: vec![line_name(published, at)],
            published: Some(Excerpt::of(one, at)),
            rebuilt: Some(Excerpt::of(other, at)),
            cause,
        }]
    };
    if published.lines().eq(rebuilt.lines()) && published.ends_with('\n') == rebuilt.ends_with('\n')
    {
        return whole(Cause::LineEndings);
    }
    if at == one.len().min(other.len()) {
        return Vec::new();
    }
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    if sorted(published) == sorted(rebuilt) {
        return whole(Cause::LineOrder);
    }
    pairs(published, rebuilt, at)
}

/// Compares line with line, from the first that differs on, as long as both have as many; otherwise that one only.
fn pairs(published: &str, rebuilt: &str, at: usize) -> Vec<Difference> {
    let start =
        published.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut line = newlines(&published.as_bytes()[..start]);
    let (one, other) = (&published[start..], &rebuilt[start..]);
    let aligned = one.lines().count() == other.lines().count();
    let (mut mine, mut theirs) = (start, start);
    let mut found = Vec::new();
    for (one, other) in one.split_inclusive('\n').zip(other.split_inclusive('\n')) {
        line += 1;
        if one != other {
            let (one, other) =
                (one.trim_end_matches(['\r', '\n']), other.trim_end_matches(['\r', '\n']));
            let same = common_prefix(one.as_bytes(), other.as_bytes());
            found.push(Difference {
                place: vec![format!("line {line}")],
                published: Some(
                    Excerpt::of(published.as_bytes(), mine + same).meaning(shown(one, same)),
                ),
                rebuilt: Some(
                    Excerpt::of(rebuilt.as_bytes(), theirs + same).meaning(shown(other, same)),
                ),
                cause: if one == other { Cause::LineEndings } else { words::cause(one, other) },
            });
            if !aligned || found.len() == MOST_LINES {
                break;
            }
        }
        mine += one.len();
        theirs += other.len();
    }
    found
}

fn line_name(text: &str, at: usize) -> String {
    let before = &text.as_bytes()[..at.min(text.len())];
    format!("line {}", newlines(before) + 1)
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// The part of a line around what differs.
pub(super) fn shown(line: &str, at: usize) -> String {
    let before = line.char_indices().take_while(|(place, _)| *place < at).count();
    let start = before.saturating_sub(SHOWN / 4);
    let text: String = line.chars().skip(start).take(SHOWN).collect();
    let front = if start > 0 { "…" } else { "" };
    let back = if line.chars().count() > start + SHOWN { "…" } else { "" };
    format!("{front}{text}{back}")
}
