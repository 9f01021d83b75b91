//! What can be wrong in a policy file. All of it is listed, each with its line.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use super::FileKind;
use crate::facts::words::UnknownWord;

/// A policy file that cannot be used: everything that is wrong with it; at least one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError<P = Problem>(pub Vec<P>);

impl<P: fmt::Debug + fmt::Display> std::error::Error for PolicyError<P> {}

impl<P: fmt::Display> fmt::Display for PolicyError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n  " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ProblemKind {
    #[error("`{field}` is empty")]
    Empty { field: &'static str },
    #[error("the fingerprint of key `{key}` is {found}, and {pinned} is pinned")]
    Fingerprint { key: String, found: String, pinned: String },
    #[error("`formatVersion` is {found}, expected 1")]
    FormatVersion { found: u64 },
    #[error("key `{key}`: {reason}")]
    KeyMaterial { key: String, reason: String },
    #[error("key `{key}` is of the kind `{kind}`, which {has} `{field}`")]
    KeyField { key: String, kind: String, has: &'static str, field: &'static str },
    #[error("key `{key}` has {found}, expected one of `publicKey` and `file`")]
    KeyPlace { key: String, found: &'static str },
    #[error("the name `{name}` is given to two keys")]
    NameTwice { name: String },
    #[error(
        "no `[[require]]` asks for signatures on {} or {}, so anybody could say which release this is",
        FileKind::Checksums,
        FileKind::Manifest
    )]
    NoAnchor,
    #[error("`{field}` has a character that is not printable")]
    NotOneLine { field: &'static str },
    #[error(
        "`{field}` is {found}, expected a date and time with an offset, as in 2026-01-01T00:00:00Z"
    )]
    NotATime { field: &'static str, found: String },
    #[error("`notAfter` of key `{key}` is not later than its `notBefore`")]
    NeverValid { key: String },
    #[error("keys `{first}` and `{second}` are one key")]
    OneKeyTwice { first: String, second: String },
    #[error("{0}")]
    Syntax(String),
    #[error("the threshold is {found}, expected 1 to {most}, the number of identities")]
    Threshold { found: u64, most: usize },
    #[error("`{what}` is in the list twice")]
    Twice { what: String },
    #[error("no key has the identity `{identity}`")]
    UnknownIdentity { identity: String },
    #[error(transparent)]
    UnknownWord(#[from] UnknownWord),
    #[error("`{field}` is `{found}`, expected a version of Semantic Versioning 2.0.0")]
    Version { field: &'static str, found: String },
}
