//! The verdict on two files.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::envelope::{self, Proof, Unproven};
use super::report::Verdict;
use super::{Explanation, bundle, explain};

/// What is known of two files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it could not be told, or why a signature is not the only difference; of a bundle, which programs have another one.
    pub reason: Option<String>,
    /// That a signature is the only difference.
    pub proof: Option<Proof>,
    /// What differs.
    pub explanation: Explanation,
}

/// Compares two files. Nothing is left out or made equal before: only equal bytes are a match.
#[must_use]
pub fn judge(published: &[u8], rebuilt: &[u8]) -> Judged {
    let explanation = explain(published, rebuilt);
    let (verdict, reason, proof) = match envelope::prove(published, rebuilt) {
        Ok(proof) => (Verdict::MatchButForSignature, None, Some(proof)),
        Err(Unproven::Equal) => (Verdict::Match, None, None),
        Err(unproven) if !unproven.is_mismatch() => {
            (Verdict::Inconclusive, Some(unproven.to_string()), None)
        }
        // Nobody signs archives, but programs in them. Other files differ for reasons of their own, which the explanation has.
        Err(Unproven::Unsigned) => match bundle::prove(published, rebuilt) {
            Some(programs) => {
                let reason =
                    format!("proven: only the code signature differs, of {}", programs.join(", "));
                (Verdict::MatchButForSignature, Some(reason), None)
            }
            None => (Verdict::Mismatch, None, None),
        },
        Err(unproven) => {
            (Verdict::Mismatch, Some(format!("no match but for signature: {unproven}")), None)
        }
    };
    Judged { verdict, reason, proof, explanation }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_equal_bytes_match_and_every_difference_is_explained(one: Vec<u8>, other: Vec<u8>) {
            let judged = judge(&one, &other);
            prop_assert_eq!(judged.verdict == Verdict::Match, one == other);
            prop_assert_eq!(judged.explanation.differences.is_empty(), one == other);
        }
    }
}
