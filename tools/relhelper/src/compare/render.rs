//! The report for people, as text with colours, which the terminal's writer may take away.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fmt;

use anstyle::{AnsiColor, Style};

use super::envelope::Proof;
use super::report::{FileReport, Report, Verdict};
use super::{Difference, Excerpt};

/// Differences of one file that are shown; the others are in the JSON report.
const SHOWN: usize = 12;

fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Match => AnsiColor::Green,
        Verdict::MatchButForSignature => AnsiColor::Cyan,
        Verdict::Inconclusive => AnsiColor::Yellow,
        Verdict::Mismatch => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in self.files.iter().filter(|file| file.verdict != Verdict::Match) {
            one_file(file, f)?;
        }
        for name in &self.not_compared {
            writeln!(f, "{}: not compared: it is added after the build", name.escape_debug())?;
        }
        let style = style(self.verdict);
        writeln!(f, "{style}{}{style:#}: {}", self.verdict, self.counts())
    }
}

fn one_file(file: &FileReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let style = style(file.verdict);
    writeln!(f, "{}: {style}{}{style:#}", file.path.escape_debug(), file.verdict)?;
    if let Some(reason) = &file.reason {
        writeln!(f, "  {reason}")?;
    }
    if let Some(proof) = &file.proof {
        proven(proof, f)?;
    }
    let differences = &file.explanation.differences;
    for difference in differences.iter().take(SHOWN) {
        one_difference(difference, f)?;
    }
    let more = differences.len().saturating_sub(SHOWN) as u64 + file.explanation.omitted;
    if more > 0 {
        writeln!(f, "  and {more} more")?;
    }
    let causes: BTreeSet<_> = differences.iter().map(|difference| difference.cause).collect();
    for cause in causes {
        let hint = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        writeln!(f, "  {hint}hint:{hint:#} {}: {}", cause.id(), cause.hint())?;
    }
    Ok(())
}

/// What signing touched, and that all the rest is equal.
fn proven(proof: &Proof, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let equal: u64 = proof.equal.iter().map(|run| run.bytes).sum();
    writeln!(
        f,
        "  proven: {equal} bytes are equal, and only these pieces differ or were added by signing"
    )?;
    for (side, pieces) in [("published", &proof.published), ("rebuilt  ", &proof.rebuilt)] {
        for piece in pieces.iter().filter(|piece| piece.end > piece.start) {
            writeln!(
                f,
                "    {side}  {:#010x} to {:#010x}  {}",
                piece.start, piece.end, piece.what
            )?;
        }
    }
    Ok(())
}

fn one_difference(difference: &Difference, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let place = difference
        .place
        .iter()
        .map(|part| part.escape_debug().to_string())
        .collect::<Vec<_>>()
        .join(" > ");
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    writeln!(f, "  {place}{} [{}]", difference.cause.what(), difference.cause.id())?;
    excerpt("published", difference.published.as_ref(), f)?;
    excerpt("rebuilt  ", difference.rebuilt.as_ref(), f)
}

fn excerpt(side: &str, excerpt: Option<&Excerpt>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(excerpt) = excerpt else { return writeln!(f, "    {side}  not there") };
    write!(f, "    {side}  {:#010x}  {}", excerpt.offset, spaced(&excerpt.bytes))?;
    if let Some(text) = &excerpt.text {
        write!(f, "  {}", text.escape_debug())?;
    }
    writeln!(f)
}

/// Hexadecimal digits in pairs.
fn spaced(hex: &str) -> String {
    let mut text = String::with_capacity(hex.len() * 3 / 2);
    for (place, digit) in hex.chars().enumerate() {
        if place > 0 && place % 2 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
