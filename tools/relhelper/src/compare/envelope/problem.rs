//! Why there is no proof.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

/// One of the two files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Published,
    Rebuilt,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Published => "published",
            Self::Rebuilt => "rebuilt",
        })
    }
}

/// Why there is no proof.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Unproven {
    /// The files differ: a mismatch.
    #[error(
        "the files differ outside of the signature, at {published:#x} of the published and {rebuilt:#x} of the rebuilt file"
    )]
    Differs { published: u64, rebuilt: u64 },
    /// Equal files need no proof.
    #[error("the files are equal")]
    Equal,
    /// A mismatch: the formats, architectures or load commands are not the same.
    #[error("{0}")]
    Kind(&'static str),
    /// One file is no well-formed executable of its format, and the other is: a mismatch.
    #[error("the {side} file: {problem}")]
    Malformed { side: Side, problem: String },
    /// All but the signature is equal, but the signature does not fit its own file, or cannot be
    /// read. It could be anything.
    #[error("the signature of the {side} file is not right: {problem}")]
    Signature { side: Side, problem: String },
    /// Neither file can be read, so nothing can be told of them.
    #[error("neither file can be read: {0}")]
    Unreadable(String),
    /// A mismatch: neither file has a signature to differ in.
    #[error("neither file has a code signature")]
    Unsigned,
}

impl Unproven {
    /// Whether the files differ outside of signatures for certain. Otherwise it could not be told.
    #[must_use]
    pub fn is_mismatch(&self) -> bool {
        !matches!(self, Self::Equal | Self::Signature { .. } | Self::Unreadable(_))
    }
}

/// What is wrong with one file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Problem(pub String);

pub(super) fn problem<T>(text: impl Into<String>) -> Result<T, Problem> {
    Err(Problem(text.into()))
}

impl Problem {
    pub(super) fn of(self, side: Side) -> Unproven {
        Unproven::Malformed { side, problem: self.0 }
    }
}

/// Both files, read.
pub(super) fn both<T>(
    mine: Result<T, Problem>,
    theirs: Result<T, Problem>,
) -> Result<(T, T), Unproven> {
    match (mine, theirs) {
        (Ok(mine), Ok(theirs)) => Ok((mine, theirs)),
        (Err(_), Err(Problem(text))) => Err(Unproven::Unreadable(text)),
        (Err(problem), _) => Err(problem.of(Side::Published)),
        (_, Err(problem)) => Err(problem.of(Side::Rebuilt)),
    }
}
