//! What is wrong with a release, and what could not be told.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// How something is wrong.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The bytes of a file are not those that a document promises.
    Digest,
    /// One document says something else than another one, or than the file it speaks of.
    Disagreement,
    /// A file or member that no document knows.
    Extra,
    /// A document is not of its format.
    Form,
    /// A file or member that should be there.
    Missing,
    /// A name that this release cannot have.
    Name,
    /// The number of bytes of a file is not the one that a document promises.
    Size,
    /// A signature that must be there is not.
    Unsigned,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digest => "wrong digest",
            Self::Disagreement => "does not agree",
            Self::Extra => "not part of the release",
            Self::Form => "not of its format",
            Self::Missing => "missing",
            Self::Name => "wrong name",
            Self::Size => "wrong size",
            Self::Unsigned => "not signed",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Problem {
    /// The file; inside an archive, the archive, `!`, and the member's path.
    pub file: String,
    /// Where in the file: a line, or the way to a JSON value.
    pub at: Option<String>,
    /// How it is wrong.
    pub kind: Kind,
    /// What was found, as printable text.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, kind, found, expected } = self;
        write!(f, "{file}")?;
        if let Some(at) = at {
            write!(f, ": {at}")?;
        }
        write!(f, ": {kind}: found {found}, expected {expected}")
    }
}

/// Something that could not be checked; never taken for one in which nothing is wrong.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Unchecked {
    /// As in [`Problem`].
    pub file: String,
    /// Why not.
    pub reason: String,
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: could not be checked: {}", self.file, self.reason)
    }
}

/// The text of what should be told when there is room for one thing: a problem before what could not be checked.
#[must_use]
pub fn foremost(problems: &[Problem], unchecked: &[Unchecked]) -> Option<String> {
    let problem = problems.first().map(ToString::to_string);
    problem.or_else(|| unchecked.first().map(ToString::to_string))
}

/// Most problems that are listed for one file; documents of a hostile release could have millions.
pub const MAX_PER_FILE: usize = 100;

/// Most characters of a value that are shown.
const MAX_SHOWN: usize = 200;

/// Collects what is wrong while checking goes on.
#[derive(Debug, Default)]
pub struct Findings {
    problems: Vec<Problem>,
    unchecked: Vec<Unchecked>,
    counts: BTreeMap<String, usize>,
}

impl Findings {
    /// Takes note of a problem in `file`.
    pub fn add(&mut self, kind: Kind, file: &str, at: Option<String>, found: &str, expected: &str) {
        let count = self.counts.entry(file.to_owned()).or_default();
        *count += 1;
        if *count <= MAX_PER_FILE {
            self.problems.push(Problem {
                file: shown(file),
                at: at.as_deref().map(shown),
                kind,
                found: shown(found),
                expected: shown(expected),
            });
        }
    }

    /// Takes note of a document that says something else than it should.
    pub fn disagreement(&mut self, file: &str, at: &str, found: &str, expected: &str) {
        self.add(Kind::Disagreement, file, Some(at.to_owned()), found, expected);
    }

    /// The same, if there is a difference.
    pub fn same<T: PartialEq + fmt::Debug + ?Sized>(
        &mut self,
        file: &str,
        at: &str,
        found: &T,
        expected: &T,
    ) {
        if found != expected {
            self.disagreement(file, at, &format!("{found:?}"), &format!("{expected:?}"));
        }
    }

    /// Takes note of something that could not be checked.
    pub fn unchecked(&mut self, file: &str, reason: &str) {
        self.unchecked.push(Unchecked { file: shown(file), reason: shown(reason) });
    }

    /// Adds what was found elsewhere.
    pub fn extend(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.unchecked.extend(other.unchecked);
        for (file, count) in other.counts {
            *self.counts.entry(file).or_default() += count;
        }
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty() && self.unchecked.is_empty()
    }

    /// Nothing, when nothing was noted.
    ///
    /// # Errors
    ///
    /// The text of what stands foremost.
    pub fn none(self) -> Result<(), String> {
        let (problems, unchecked) = self.finish();
        foremost(&problems, &unchecked).map_or(Ok(()), Err)
    }

    /// All of it, sorted by files. A file with more problems than are listed has one that says how many there are.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Problem>, Vec<Unchecked>) {
        for (file, count) in self.counts.iter().filter(|(_, count)| **count > MAX_PER_FILE) {
            self.problems.push(Problem {
                file: shown(file),
                at: None,
                kind: Kind::Disagreement,
                found: format!("{count} problems, of which not all are listed"),
                expected: "none".to_owned(),
            });
        }
        self.problems.sort();
        self.problems.dedup();
        self.unchecked.sort();
        self.unchecked.dedup();
        (self.problems, self.unchecked)
    }
}

/// `text` without what moves a cursor or hides, and not too long.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN {
            shown.push('…');
            break;
        }
        let plain = !character.is_control()
            && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if plain {
            shown.push(character);
        } else {
            shown.extend(character.escape_default());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_control_characters_and_not_too_much() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}\n"), "a\\u{1b}[2Jb\\u{202e}\\n");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), MAX_SHOWN + 1);
    }

    #[test]
    fn counts_what_it_does_not_list() {
        let mut findings = Findings::default();
        for index in 0..=MAX_PER_FILE {
            findings.add(Kind::Extra, "a", None, &format!("{index:04}"), "nothing");
        }
        let (problems, _) = findings.finish();
        assert_eq!(problems.len(), MAX_PER_FILE + 1);
        assert!(problems.iter().any(|problem| problem.found.starts_with("101 problems")));
    }
}
