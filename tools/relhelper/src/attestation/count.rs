//! Counting builders: which of the lines count, for which artifacts, and whether that is enough.
//!
//! Spec: <https://slsa.dev/spec/v1.2/verifying-artifacts>, for several builders: keys are matched with builders, the statement
//! with the build that the release says of itself, and each builder is counted once.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::difference::{self, Difference};
use super::dsse::{self, Envelope};
use super::jsonl::Line;
use super::outcome::{Artifact, Conflict, Count, Enough, Outcome, Refusal, Told};
use super::policy::{Artifacts, Builder, Policy};
use super::provenance::{Definition, Provenance};
use super::published::Published;
use super::statement::{Statement, Subject};
use super::summary;
use crate::document::provenance::PREDICATE_TYPE;
use crate::facts::Sha256;
use crate::signature::key::PublicKey;

/// Counts the attestations `lines` of a release by a policy.
#[must_use]
pub fn count(lines: &[Line], policy: &Policy, published: &Published) -> Count {
    let mut counting = Counting { policy, published, keys: policy.keys(), artifacts: Vec::new() };
    counting.artifacts =
        published.subjects.iter().map(|(_, subject)| nothing_said(subject)).collect();
    let mut seen = BTreeMap::new();
    let told = lines.iter().map(|line| {
        let outcome = counting.line(line, &mut seen);
        Told { number: line.number, sha256: line.sha256, outcome }
    });
    let lines = told.collect();
    counting.finish(lines)
}

fn nothing_said(subject: &Subject) -> Artifact {
    Artifact {
        file: subject.name.clone(),
        sha256: subject.sha256,
        reproduced_by: std::collections::BTreeSet::new(),
        conflicts: Vec::new(),
    }
}

/// Digest of a payload → the first line that had it.
type Seen = BTreeMap<Sha256, usize>;

struct Counting<'a> {
    policy: &'a Policy,
    published: &'a Published,
    keys: Vec<PublicKey>,
    artifacts: Vec<Artifact>,
}

impl Counting<'_> {
    fn line(&mut self, line: &Line, seen: &mut Seen) -> Outcome {
        let outcome = match &line.envelope {
            Err(error) => Err(Refusal::Unreadable { reason: error.to_string() }),
            Ok(envelope) => self.envelope(line.number, envelope, seen),
        };
        outcome.unwrap_or_else(|reason| Outcome::Refused { reason })
    }

    fn envelope(
        &mut self,
        number: usize,
        envelope: &Envelope,
        seen: &mut Seen,
    ) -> Result<Outcome, Refusal> {
        if envelope.payload_type() != dsse::IN_TOTO {
            return Err(Refusal::PayloadType { found: envelope.payload_type().to_owned() });
        }
        // NB: nothing of the payload is looked at before a key of the policy has signed it.
        let verified = envelope.verified_by(&self.keys).ok_or(Refusal::UnknownKey)?;
        let payload = Sha256::of(&verified.payload);
        let makes_no_sense =
            |error: &dyn std::error::Error| Refusal::Statement { reason: error.to_string() };
        let statement = Statement::parse(&verified.payload).map_err(|e| makes_no_sense(&e))?;
        let differs = match statement.predicate_type.as_str() {
            PREDICATE_TYPE => false,
            difference::PREDICATE_TYPE => true,
            summary::PREDICATE_TYPE => {
                return Ok(Outcome::Unrelated { predicate_type: statement.predicate_type });
            }
            _ => return Err(Refusal::PredicateType { found: statement.predicate_type }),
        };
        let said = Provenance::read(&statement.predicate).map_err(|e| makes_no_sense(&e))?;
        let id = &said.run_details.builder.id;
        let builder = self.policy.builder(id).ok_or_else(|| Refusal::Builder { id: id.clone() })?;
        if !builder.holds_any(&verified.keys) {
            return Err(Refusal::ForeignKey { id: id.clone() });
        }
        if let Some(line) = seen.get(&payload) {
            return Err(Refusal::Again { line: *line });
        }
        self.definition(&said.build_definition)?;
        let outcome = if differs {
            let rebuilt =
                Difference::read_all(&statement.predicate).map_err(|e| makes_no_sense(&e))?;
            self.differs(number, builder, &statement.subjects, &rebuilt)?
        } else {
            self.reproduced(builder, &statement.subjects)?
        };
        seen.insert(payload, number);
        Ok(outcome)
    }

    fn definition(&self, found: &Definition) -> Result<(), Refusal> {
        let policy = self.policy;
        if found.build_type != policy.build_type {
            let (found, expected) = (found.build_type.clone(), policy.build_type.clone());
            return Err(Refusal::BuildType { found, expected });
        }
        if let Some(expected) = &policy.revision {
            let commit = found.source().and_then(|source| source.get("gitCommit"));
            if commit != Some(expected) {
                let found = commit.map_or("no commit", String::as_str).to_owned();
                return Err(Refusal::Revision { found, expected: expected.clone() });
            }
        }
        let is_other = |(name, value): &(&String, &serde_json::Value)| {
            found.external_parameters.get(*name) != Some(*value)
        };
        if let Some((name, _)) = policy.external_parameters.iter().find(is_other) {
            return Err(Refusal::Parameter { name: name.clone() });
        }
        match found.differs_from(&self.published.definition) {
            Some(what) => Err(Refusal::Build { what }),
            None => Ok(()),
        }
    }

    fn reproduced(&mut self, builder: &Builder, subjects: &[Subject]) -> Result<Outcome, Refusal> {
        for subject in subjects {
            if self.artifact(subject)?.sha256 != subject.sha256 {
                let (name, found) = (subject.name.clone(), subject.sha256);
                return Err(Refusal::SubjectDigest { name, found });
            }
        }
        let (found, expected) = (subjects.len(), self.artifacts.len());
        if self.policy.artifacts == Artifacts::All && found != expected {
            return Err(Refusal::Subset { found, expected });
        }
        for subject in subjects {
            self.artifact(subject)?.reproduced_by.insert(builder.id.clone());
        }
        Ok(Outcome::Counted { builder: builder.id.clone(), artifacts: found })
    }

    fn differs(
        &mut self,
        line: usize,
        builder: &Builder,
        subjects: &[Subject],
        rebuilt: &BTreeMap<String, Sha256>,
    ) -> Result<Outcome, Refusal> {
        for subject in subjects {
            let other = rebuilt.get(&subject.name).filter(|digest| **digest != subject.sha256);
            if other.is_none() || rebuilt.len() != subjects.len() {
                let reason =
                    format!("it does not say what `{}` became", subject.name.escape_debug());
                return Err(Refusal::Statement { reason });
            }
            if self.artifact(subject)?.sha256 != subject.sha256 {
                let (name, found) = (subject.name.clone(), subject.sha256);
                return Err(Refusal::SubjectDigest { name, found });
            }
        }
        for subject in subjects {
            let conflict =
                Conflict { builder: builder.id.clone(), line, rebuilt: rebuilt[&subject.name] };
            self.artifact(subject)?.conflicts.push(conflict);
        }
        Ok(Outcome::Differs { builder: builder.id.clone(), artifacts: subjects.len() })
    }

    fn artifact(&mut self, subject: &Subject) -> Result<&mut Artifact, Refusal> {
        let found = self.artifacts.iter_mut().find(|artifact| artifact.file == subject.name);
        found.ok_or_else(|| Refusal::Subject { name: subject.name.clone() })
    }

    fn finish(self, lines: Vec<Told>) -> Count {
        let Self { policy, mut artifacts, .. } = self;
        for Artifact { reproduced_by, conflicts, .. } in &mut artifacts {
            // Who got these bytes once and others another time confirms nothing.
            reproduced_by.retain(|id| conflicts.iter().all(|conflict| conflict.builder != *id));
        }
        let enough = |artifact: &Artifact| artifact.reproduced_by.len() >= policy.threshold;
        let unreadable = |told: &Told| {
            matches!(told.outcome, Outcome::Refused { reason: Refusal::Unreadable { .. } })
        };
        let answer = match (artifacts.iter().all(enough), lines.iter().any(unreadable)) {
            (true, _) => Enough::Yes,
            (false, true) => Enough::Unknown,
            (false, false) => Enough::No,
        };
        let independent = artifacts.iter().all(|artifact| {
            let builders: Vec<_> = artifact
                .reproduced_by
                .iter()
                .filter_map(|id| policy.builder(id.as_str()))
                .collect();
            builders.iter().any(|one| builders.iter().any(|other| one.is_independent_of(other)))
        });
        Count { answer, threshold: policy.threshold, independent, artifacts, lines }
    }
}

#[cfg(test)]
mod tests;
