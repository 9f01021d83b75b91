//! The report as one page for browsers: no script, nothing loaded, readable when printed and in the dark.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::envelope::{Piece, Proof};
use super::report::{FileReport, Report, Side, Verdict};
use super::{Cause, Difference, Excerpt};
use crate::document::visible;

const STYLE: &str = include_str!("report.css");

/// The page.
#[must_use]
pub fn page(report: &Report) -> String {
    let (other, equal): (Vec<_>, Vec<_>) =
        report.files.iter().partition(|file| file.verdict != Verdict::Match);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Whatever a hostile file has in its names: no script runs, nothing is loaded.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (report.verdict) ": " (report.published) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header class=(class(report.verdict)) {
                    h1.verdict { (report.verdict) }
                    p { (report.counts()) }
                    dl {
                        dt { "published" } dd { code { (report.published) } }
                        dt { "rebuilt" } dd { code { (report.rebuilt) } }
                    }
                }
                main {
                    @let causes = causes(report);
                    @if !causes.is_empty() {
                        section {
                            h2 { "Likely causes, and what to do" }
                            table.causes {
                                @for (cause, count) in causes {
                                    tr {
                                        td.count { (count) }
                                        td { b { (cause.id()) } br; (cause.what()) }
                                        td { (cause.hint()) }
                                    }
                                }
                            }
                        }
                    }
                    @for one in &other { (file(one)) }
                    @if !equal.is_empty() {
                        details open[other.is_empty()] {
                            summary { (equal.len()) " equal files" }
                            ul.files { @for file in equal { li { code { (file.path) } " " (side(file.published)) } } }
                        }
                    }
                    @if !report.not_compared.is_empty() {
                        details {
                            summary { (report.not_compared.len()) " files that signing and publishing add; not compared" }
                            ul.files { @for name in &report.not_compared { li { code { (name) } } } }
                        }
                    }
                }
                footer { "relhelper compare. Only equal bytes are a match; causes are likely, not proven." }
            }
        }
    };
    visible(&page.into_string())
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "match",
        Verdict::MatchButForSignature => "signature",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Mismatch => "mismatch",
    }
}

/// How often each cause was found, most frequent first.
fn causes(report: &Report) -> Vec<(Cause, usize)> {
    let mut counts = BTreeMap::new();
    for difference in report.files.iter().flat_map(|file| &file.explanation.differences) {
        *counts.entry(difference.cause).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), *cause));
    counts
}

fn file(file: &FileReport) -> Markup {
    html! {
        section.file {
            h2 { code { (file.path) } " " span class=(format!("badge {}", class(file.verdict))) { (file.verdict) } }
            p.sides {
                span { "published " (side(file.published)) }
                span { "rebuilt " (side(file.rebuilt)) }
            }
            @if let Some(reason) = &file.reason { p.reason { (reason) } }
            @if let Some(proof) = &file.proof { (proven(proof)) }
            @for one in &file.explanation.differences { (difference(one)) }
            @if file.explanation.omitted > 0 { p.more { "and " (file.explanation.omitted) " more" } }
        }
    }
}

/// What signing touched, and that all the rest is equal.
fn proven(proof: &Proof) -> Markup {
    let equal: u64 = proof.equal.iter().map(|run| run.bytes).sum();
    let pieces = |name: &'static str, pieces: &[Piece]| {
        html! {
            div {
                b { (name) }
                ul {
                    @for piece in pieces.iter().filter(|piece| piece.end > piece.start) {
                        li { code { (format!("{:#010x} – {:#010x}", piece.start, piece.end)) } " " (piece.what) }
                    }
                }
            }
        }
    };
    html! {
        article {
            h3 { span.cause { "Proven: " (equal) " bytes are equal; only these pieces differ or were added by signing" } }
            div.hex { (pieces("published", &proof.published)) (pieces("rebuilt", &proof.rebuilt)) }
        }
    }
}

fn side(side: Option<Side>) -> Markup {
    html! {
        @match side {
            Some(side) => {
                span.size { (side.size) " bytes" }
                @if let Some(sha256) = side.sha256 { " " code.digest { "sha256:" (sha256) } }
            }
            None => "not there",
        }
    }
}

fn difference(difference: &Difference) -> Markup {
    let (one, other) = (difference.published.as_ref(), difference.rebuilt.as_ref());
    html! {
        article {
            h3 {
                @for (index, part) in difference.place.iter().enumerate() {
                    @if index > 0 { span.arrow { " › " } }
                    code { (part) }
                }
                @if !difference.place.is_empty() { " " }
                span.cause { (difference.cause.what()) }
            }
            div.hex {
                (excerpt("published", one, other))
                (excerpt("rebuilt", other, one))
            }
        }
    }
}

fn excerpt(name: &str, excerpt: Option<&Excerpt>, other: Option<&Excerpt>) -> Markup {
    let theirs = other.map(|excerpt| pairs(&excerpt.bytes)).unwrap_or_default();
    html! {
        div class=(name) {
            b { (name) }
            @match excerpt {
                None => p { "not there" },
                Some(excerpt) => {
                    @let mine = pairs(&excerpt.bytes);
                    pre {
                        span.offset { (format!("{:#010x}", excerpt.offset)) }
                        "  "
                        @for (index, byte) in mine.iter().enumerate() {
                            @if theirs.get(index) == Some(byte) { (byte) } @else { mark { (byte) } }
                            " "
                        }
                        span.ascii {
                            @for byte in &mine { (printable(byte)) }
                        }
                    }
                    @if let Some(text) = &excerpt.text {
                        p.text { (marked(text, other.and_then(|other| other.text.as_deref()))) }
                    }
                }
            }
        }
    }
}

/// A text, with the part that the other one does not have.
fn marked(text: &str, other: Option<&str>) -> Markup {
    let Some(other) = other else { return html! { (text) } };
    let same = |one: &str, other: &str| {
        one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
    };
    let length = text.chars().count();
    let front = same(text, other);
    let reversed = |text: &str| {
        text.chars().skip(front).collect::<Vec<_>>().into_iter().rev().collect::<String>()
    };
    let back = same(&reversed(text), &reversed(other));
    let part = |skip: usize, take: usize| text.chars().skip(skip).take(take).collect::<String>();
    let middle = length.saturating_sub(front + back);
    html! {
        (part(0, front))
        @if middle > 0 { mark { (part(front, middle)) } }
        (part(front + middle, back))
    }
}

fn pairs(hex: &str) -> Vec<&str> {
    (0..hex.len()).step_by(2).filter_map(|start| hex.get(start..start + 2)).collect()
}

fn printable(byte: &str) -> char {
    let byte = u8::from_str_radix(byte, 16).unwrap_or_default();
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' }
}
