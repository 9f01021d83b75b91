//! Facts held against a policy. A total function; the clock is an argument.
//!
//! More signatures never make it worse and fewer never make it better: what decides is how many signers each file has.
//! Whoever can add a broken signature could as well take a good one away, so broken ones beside enough good ones are told and
//! decide nothing.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::keyring::Keyring;
use super::policy::{Requirement, Tolerated};
use super::{Check, Decision, Facts, Outcome, Report, Signature, Unfit, Word};

/// What the policy of `keyring` makes of the release behind `facts`, at the time `now`.
#[must_use]
pub fn evaluate(keyring: &Keyring<'_>, facts: &Facts, now: Timestamp) -> Report {
    let mut evaluation = Evaluation { keyring, facts, now, outcomes: Vec::new() };
    evaluation.policy();
    for requirement in &keyring.policy.requirements {
        evaluation.requirement(requirement);
    }
    evaluation.statements();
    evaluation.rest();
    let asks_nothing = keyring.policy.requirements.is_empty();
    Report { policy: None, asks_nothing, outcomes: evaluation.outcomes }
}

struct Evaluation<'a> {
    keyring: &'a Keyring<'a>,
    facts: &'a Facts,
    now: Timestamp,
    outcomes: Vec<Outcome>,
}

impl Evaluation<'_> {
    fn add(&mut self, file: Option<&str>, outcome: Word, decision: Decision, message: String) {
        let file = file.map(str::to_owned);
        self.outcomes.push(Outcome {
            file,
            signature: None,
            key: None,
            outcome,
            decision,
            message,
        });
    }

    /// What is asked of the release as a whole.
    fn policy(&mut self) {
        let policy = self.keyring.policy;
        if let Some(end) = policy.expires.filter(|end| self.now >= *end) {
            let tolerated = policy.tolerated.contains(&Tolerated::ExpiredPolicy);
            let decision = if tolerated { Decision::Note } else { Decision::No };
            self.add(None, Word::ExpiredPolicy, decision, format!("the policy ended {end}"));
        }
        let unreadable = |what: &str| format!("the {what} of the release is not known");
        match (&policy.product, &self.facts.product) {
            (Some(expected), Some(found)) if expected != found => {
                let message = format!("it is a release of {found}, the policy is for {expected}");
                self.add(None, Word::WrongProduct, Decision::No, message);
            }
            (Some(_), None) => {
                self.add(None, Word::CouldNotCheck, Decision::Unknown, unreadable("product"));
            }
            _ => {}
        }
        match (&policy.minimum_version, &self.facts.version) {
            (Some(minimum), Some(found)) if found.cmp_precedence(minimum).is_lt() => {
                let message = format!("it is version {found}, expected {minimum} or later");
                self.add(None, Word::VersionTooOld, Decision::No, message);
            }
            (Some(_), None) => {
                self.add(None, Word::CouldNotCheck, Decision::Unknown, unreadable("version"));
            }
            _ => {}
        }
    }

    fn requirement(&mut self, requirement: &Requirement) {
        for kind in &requirement.files {
            let of_kind = self.facts.files.iter().filter(|(_, found)| *found == kind);
            let files: Vec<&str> = of_kind.map(|(name, _)| name.as_str()).collect();
            if files.is_empty() {
                let message = format!("the release has no {kind} file, and one must be signed");
                self.add(None, Word::MissingFile, Decision::No, message);
            }
            for file in files {
                self.file(requirement, file);
            }
        }
    }

    fn file(&mut self, requirement: &Requirement, file: &str) {
        let quorum = &requirement.signers;
        let mut signers = BTreeMap::new();
        let mut defects = Vec::new();
        for signature in self.facts.signatures.iter().filter(|signature| signature.file == file) {
            match self.judge(signature, Some(requirement)) {
                Ok((identity, key)) => {
                    signers.insert(identity, key);
                }
                Err(defect) => defects.push(defect),
            }
        }
        if signers.len() >= quorum.threshold {
            let names: Vec<_> = signers.into_values().collect();
            self.outcomes.extend(defects);
            let message = format!("signed by {}", names.join(", "));
            return self.add(Some(file), Word::Signed, Decision::Yes, message);
        }
        // Only signatures that could turn out to be good leave the question open.
        let count = |words: &[Word]| {
            defects.iter().filter(|defect| words.contains(&defect.outcome)).count()
        };
        let keyless = |key: &&super::Key| {
            key.id.is_none()
                && quorum.identities.contains(&key.identity)
                && !signers.contains_key(&key.identity)
        };
        let missing: Vec<_> = self.keyring.policy.keys.iter().filter(keyless).collect();
        let of_missing = count(&[Word::UnknownKey]).min(missing.len());
        let open = count(&[Word::CouldNotCheck, Word::TrustRootMissing]) + of_missing;
        let undecided = signers.len() + open >= quorum.threshold;
        let decision = if undecided { Decision::Unknown } else { Decision::No };
        let (found, threshold) = (signers.len(), quorum.threshold);
        let none = signers.is_empty() && defects.is_empty();
        self.outcomes.extend(defects.into_iter().map(|defect| Outcome { decision, ..defect }));
        for key in missing {
            let message = format!("the key {} of the policy is not at hand", key.name);
            self.add(Some(file), Word::TrustRootMissing, decision, message);
        }
        if none {
            let message = "there is no signature, and there must be one".to_owned();
            self.add(Some(file), Word::NoSignature, decision, message);
        } else if threshold > 1 {
            let message = format!("{found} of {threshold} signers that it takes have signed");
            self.add(Some(file), Word::ThresholdNotMet, decision, message);
        }
    }

    /// Who made the signature, by identity and name of the key, if it counts; else why not, as a note.
    fn judge(
        &self,
        signature: &Signature,
        requirement: Option<&Requirement>,
    ) -> Result<(String, String), Outcome> {
        let note = |key: Option<&str>, outcome, message| Outcome {
            file: Some(signature.file.clone()),
            signature: Some(signature.place.clone()),
            key: key.and_then(|id| self.keyring.key(id)).map(|key| key.name.clone()),
            outcome,
            decision: Decision::Note,
            message,
        };
        let id = match &signature.check {
            Check::Good(id) => id,
            Check::Bad(id) => {
                let message = format!("it is no signature of {}", signature.file);
                return Err(note(id.as_deref(), Word::BadSignature, message));
            }
            Check::Certificate(id, defect, reason) => {
                return Err(note(Some(id), (*defect).into(), reason.clone()));
            }
            Check::KeyUnfit(id, unfit) => {
                let (word, how) = match unfit {
                    Unfit::Expired => (Word::ExpiredKey, "has expired"),
                    Unfit::Revoked => (Word::RevokedKey, "is revoked"),
                };
                return Err(note(Some(id), word, format!("the key {how}, as it says itself")));
            }
            Check::Malformed(id, why) => {
                let message = format!("it is no signature of {}: {why}", signature.file);
                return Err(note(id.as_deref(), Word::BadSignature, message));
            }
            Check::TrustRootMissing(what) => {
                return Err(note(None, Word::TrustRootMissing, format!("{what} is not at hand")));
            }
            Check::Unchecked(why) => return Err(note(None, Word::CouldNotCheck, why.clone())),
            Check::UnknownKey(hint) => {
                let message = format!("the policy does not have the key {hint}");
                return Err(note(None, Word::UnknownKey, message));
            }
            Check::WrongFile(other) => {
                return Err(note(None, Word::WrongFile, format!("it is over {other}")));
            }
        };
        let holder = self.keyring.holder(id, signature, self.facts.version.as_ref(), self.now);
        let key = holder.map_err(|(word, message)| note(Some(id), word, message))?;
        if requirement.is_some_and(|rule| !rule.signers.identities.contains(&key.identity)) {
            let message = format!("{} is not among those who sign this", key.identity);
            return Err(note(Some(id), Word::WrongIdentity, message));
        }
        Ok((key.identity.clone(), key.name.clone()))
    }

    /// Statements that are not what the release says of them: that is no signature too many, but one that it lacks.
    fn statements(&mut self) {
        for statement in &self.facts.statements {
            let Err(defect) = self.judge(statement, None) else { continue };
            let open = defect.outcome == Word::CouldNotCheck;
            let decision = if open { Decision::Unknown } else { Decision::No };
            self.outcomes.push(Outcome { decision, ..defect });
        }
    }

    /// Signatures nobody asked for.
    fn rest(&mut self) {
        let requirements = &self.keyring.policy.requirements;
        let asked = |file: &str| {
            let kind = self.facts.files.get(file);
            kind.is_some_and(|kind| requirements.iter().any(|rule| rule.files.contains(kind)))
        };
        let mut outcomes = Vec::new();
        for signature in self.facts.signatures.iter().filter(|signature| !asked(&signature.file)) {
            let signed = |(_, key): (String, String)| Outcome {
                file: Some(signature.file.clone()),
                signature: Some(signature.place.clone()),
                key: Some(key.clone()),
                outcome: Word::Signed,
                decision: Decision::Note,
                message: format!("signed by {key}, and need not be"),
            };
            outcomes.push(self.judge(signature, None).map_or_else(|defect| defect, signed));
        }
        self.outcomes.extend(outcomes);
    }
}
