//! The statements that somebody makes who built a release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::Value;

use super::difference::{self, Difference, Predicate};
use super::provenance::Provenance;
use super::published::Published;
use super::run::RunDetails;
use super::statement::to_payload;
use crate::document::provenance::PREDICATE_TYPE;

/// The payload that says: the artifacts `reproduced` came out with the published bytes. Nothing, when none did.
#[must_use]
pub fn reproduced(
    published: &Published,
    reproduced: &[String],
    run: &RunDetails,
) -> Option<Vec<u8>> {
    let subjects = descriptors(published, |name| reproduced.iter().any(|one| one == name));
    let provenance = provenance(published, run);
    (!subjects.is_empty()).then(|| to_payload(&subjects, PREDICATE_TYPE, &provenance))
}

/// The payload that says: these artifacts came out with other bytes. Nothing, when there are none.
#[must_use]
pub fn differs(
    published: &Published,
    differences: &[Difference],
    run: &RunDetails,
) -> Option<Vec<u8>> {
    let subjects = descriptors(published, |name| differences.iter().any(|one| one.name == name));
    let predicate = Predicate { provenance: &provenance(published, run), differences };
    (!subjects.is_empty()).then(|| to_payload(&subjects, difference::PREDICATE_TYPE, &predicate))
}

fn provenance(published: &Published, run: &RunDetails) -> Provenance {
    Provenance { build_definition: published.definition.clone(), run_details: run.clone() }
}

fn descriptors(published: &Published, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
    let subjects = published.subjects.iter().map(|(_, subject)| subject);
    let wanted = subjects.filter(|subject| wanted(&subject.name));
    wanted.map(|subject| subject.descriptor.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::difference::{DifferenceVerdict, Rebuilt};
    use crate::attestation::outcome::{Enough, Outcome};
    use crate::attestation::run::{BuilderDetails, RunMetadata};
    use crate::attestation::{count, jsonl, samples};
    use crate::facts::Sha256;

    fn run(seed: u8) -> RunDetails {
        RunDetails {
            builder: BuilderDetails { id: samples::id(seed).to_owned(), version: [].into() },
            metadata: RunMetadata::default(),
            byproducts: Vec::new(),
        }
    }

    fn outcome(payload: &[u8]) -> (Enough, Outcome) {
        let line = samples::envelope(payload, &[&samples::key(1)]).to_line();
        let one = samples::POLICY.replace("threshold = 2", "threshold = 1");
        let lines = jsonl::read(line.as_bytes()).unwrap();
        let count = count(&lines, &samples::policy(&one), &samples::published());
        (count.answer, count.lines[0].outcome.clone())
    }

    #[test]
    fn what_is_attested_is_what_is_counted() {
        let published = samples::published();
        let all: Vec<_> = published.subjects.iter().map(|(file, _)| file.to_string()).collect();
        let payload = reproduced(&published, &all, &run(1)).unwrap();
        let builder = samples::id(1).parse().unwrap();
        assert_eq!(outcome(&payload), (Enough::Yes, Outcome::Counted { builder, artifacts: 4 }));
        assert_eq!(reproduced(&published, &[], &run(1)), None);
        let one = reproduced(&published, &all[1..2], &run(1)).unwrap();
        let one: Value = serde_json::from_slice(&one).unwrap();
        assert_eq!(one["subject"], serde_json::json!([published.subjects[1].1.descriptor]));
        // The definition is that of the release, to the byte of each value.
        let (value, expected): (Value, Value) =
            (serde_json::from_slice(&payload).unwrap(), samples::statement(1));
        assert_eq!(value["predicate"]["buildDefinition"], expected["predicate"]["buildDefinition"]);
        assert_eq!(value["subject"], expected["subject"]);
    }

    #[test]
    fn a_difference_is_attested_as_one() {
        let published = samples::published();
        let difference = Difference {
            name: published.subjects[1].0.to_string(),
            verdict: DifferenceVerdict::Mismatch,
            rebuilt: Rebuilt { sha256: Sha256::of(b"other") },
            causes: vec!["a date".to_owned()],
        };
        let payload = differs(&published, &[difference], &run(1)).unwrap();
        let builder = samples::id(1).parse().unwrap();
        assert_eq!(outcome(&payload), (Enough::No, Outcome::Differs { builder, artifacts: 1 }));
        assert_eq!(differs(&published, &[], &run(1)), None);
    }
}
