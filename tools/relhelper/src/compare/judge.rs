//! The verdict on two files.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::report::Verdict;
use super::{Explanation, explain};

/// What is known of two files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it could not be told, or why a signature is not the only difference.
    pub reason: Option<String>,
    /// What differs.
    pub explanation: Explanation,
}

/// Compares two files. Nothing is left out or made equal before: only equal bytes are a match.
#[must_use]
pub fn judge(published: &[u8], rebuilt: &[u8]) -> Judged {
    let explanation = explain(published, rebuilt);
    let verdict = if published == rebuilt { Verdict::Match } else { Verdict::Mismatch };
    Judged { verdict, reason: None, explanation }
}
