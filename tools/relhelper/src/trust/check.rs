//! From the shape of a policy file to a policy: every problem is found here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::Timestamp;
use toml::Spanned;
use toml::value::Datetime;

use super::fact::KeyId;
use super::policy::{Key, Policy, Quorum, Requirement, Revocation};
use super::raw::{RawKey, RawRequirement, RawRevocation};
use super::{EarlierSignatures, KeyKind, PolicyError, PolicyFile, Problem, ProblemKind};
use crate::facts::words::UnknownWord;

/// Reads a public key of this kind and gives what it is called, first the id that tells it from all others; or says in words
/// why it cannot.
pub type Identify<'a> = &'a dyn Fn(KeyKind, &[u8]) -> Result<Vec<KeyId>, String>;

impl PolicyFile {
    /// Checks what the file says. `files` are the [key files](Self::key_files) that could be read; a key whose file is not
    /// among them stays in the policy, and nothing that it signed is trusted.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn check(
        &self,
        files: &BTreeMap<String, Vec<u8>>,
        identify: Identify<'_>,
    ) -> Result<Policy, PolicyError> {
        let mut checker = Checker { file: self, problems: Vec::new() };
        let policy = checker.policy(files, identify);
        checker.problems.sort_by_key(|problem| problem.line);
        if checker.problems.is_empty() { Ok(policy) } else { Err(PolicyError(checker.problems)) }
    }
}

pub(super) struct Checker<'a> {
    pub(super) file: &'a PolicyFile,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    pub(super) fn add(&mut self, line: usize, kind: impl Into<ProblemKind>) {
        self.problems.push(Problem { line, kind: kind.into() });
    }

    /// The policy; it counts only if no problem was added.
    fn policy(&mut self, files: &BTreeMap<String, Vec<u8>>, identify: Identify<'_>) -> Policy {
        let raw = &self.file.raw;
        let keys: Vec<_> = raw.key.iter().map(|key| self.key(key, files, identify)).collect();
        self.distinct(&keys);
        let identities = keys.iter().map(|key| key.identity.clone()).collect();
        let requirements: Vec<_> =
            raw.require.iter().map(|rule| self.requirement(rule.get_ref(), &identities)).collect();
        let mut kinds = requirements.iter().flat_map(|rule| &rule.files);
        let anchored = kinds.any(|kind| kind.says_which_release());
        if self.file.is_about_signatures() && !anchored {
            let line = raw.require.first().map_or(1, |rule| self.file.line(rule));
            self.add(line, ProblemKind::NoAnchor);
        }
        let recovery = raw.recovery.as_ref().map(|recovery| {
            let raw = recovery.get_ref();
            self.quorum(&raw.identities, raw.threshold.as_ref(), &identities)
        });
        let minimum_version = raw.minimum_version.as_ref().and_then(|text| {
            let found = text.get_ref();
            let parsed = found.parse().ok();
            if parsed.is_none() {
                let kind = ProblemKind::Version { field: "minimumVersion", found: found.clone() };
                self.add(self.file.line(text), kind);
            }
            parsed
        });
        Policy {
            product: Some(self.text("product", &raw.product)),
            minimum_version,
            expires: self.time("expires", raw.expires.as_ref()),
            tolerated: self.words(&raw.tolerate),
            keys,
            requirements,
            recovery,
        }
    }

    fn key(
        &mut self,
        spanned: &Spanned<RawKey>,
        files: &BTreeMap<String, Vec<u8>>,
        identify: Identify<'_>,
    ) -> Key {
        let raw = spanned.get_ref();
        let line = self.file.line(spanned);
        let name = self.text("name", &raw.name);
        let holder = self.text("identity", raw.identity.as_ref().unwrap_or(&raw.name));
        let kind = self.word::<KeyKind>(&raw.kind);
        let material = self.material(&name, kind, spanned, files);
        let ids = kind.zip(material.as_ref()).and_then(|(kind, material)| {
            let ids = identify(kind, material);
            ids.map_err(|reason| {
                self.add(line, ProblemKind::KeyMaterial { key: name.clone(), reason });
            })
            .ok()
        });
        if let (Some(pinned), Some(found)) = (&raw.fingerprint, &ids)
            && !found.contains(pinned.get_ref())
        {
            let (found, pinned_id) = (found.join(" or "), pinned.get_ref().clone());
            let kind = ProblemKind::Fingerprint { key: name.clone(), found, pinned: pinned_id };
            self.add(self.file.line(pinned), kind);
        }
        let id = ids.and_then(|ids| ids.into_iter().next());
        let not_before = self.time("notBefore", raw.not_before.as_ref());
        let not_after = self.time("notAfter", raw.not_after.as_ref());
        if not_before.zip(not_after).is_some_and(|(from, to)| from >= to) {
            self.add(line, ProblemKind::NeverValid { key: name.clone() });
        }
        let revoked = raw.revoked.as_ref().map(|raw| self.revocation(raw.get_ref()));
        // Without a known kind there is a problem, and this key is never looked at.
        let kind = kind.unwrap_or(KeyKind::Pem);
        Key { name, identity: holder, kind, id, material, not_before, not_after, revoked }
    }

    fn revocation(&mut self, raw: &RawRevocation) -> Revocation {
        let earlier = raw.earlier_signatures.as_ref().and_then(|word| self.word(word));
        Revocation {
            date: self.time("date", Some(&raw.date)).unwrap_or(Timestamp::MIN),
            reason: self.text("reason", &raw.reason),
            earlier: earlier.unwrap_or(EarlierSignatures::Refuse),
        }
    }

    fn requirement(&mut self, raw: &RawRequirement, identities: &BTreeSet<String>) -> Requirement {
        if raw.files.get_ref().is_empty() {
            self.add(self.file.line(&raw.files), ProblemKind::Empty { field: "files" });
        }
        let files = self.words(raw.files.get_ref());
        Requirement {
            files,
            signers: self.quorum(&raw.identities, raw.threshold.as_ref(), identities),
        }
    }

    fn quorum(
        &mut self,
        raw: &Spanned<Vec<Spanned<String>>>,
        threshold: Option<&Spanned<u64>>,
        known: &BTreeSet<String>,
    ) -> Quorum {
        let mut identities = BTreeSet::new();
        for identity in raw.get_ref() {
            let line = self.file.line(identity);
            let identity = identity.get_ref().clone();
            if !known.contains(&identity) {
                self.add(line, ProblemKind::UnknownIdentity { identity: identity.clone() });
            }
            if !identities.insert(identity.clone()) {
                self.add(line, ProblemKind::Twice { what: identity });
            }
        }
        if identities.is_empty() {
            self.add(self.file.line(raw), ProblemKind::Empty { field: "identities" });
        }
        let found = threshold.map_or(1, |threshold| *threshold.get_ref());
        let most = identities.len();
        let fits = usize::try_from(found).ok().filter(|found| (1..=most).contains(found));
        if let (None, Some(threshold)) = (fits, threshold) {
            self.add(self.file.line(threshold), ProblemKind::Threshold { found, most });
        }
        Quorum { identities, threshold: fits.unwrap_or(usize::MAX) }
    }

    /// No two keys with one name, and no key under two names.
    fn distinct(&mut self, keys: &[Key]) {
        let mut names = BTreeSet::new();
        let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, raw) in keys.iter().zip(&self.file.raw.key) {
            let line = self.file.line(raw);
            if !names.insert(&key.name) {
                self.add(line, ProblemKind::NameTwice { name: key.name.clone() });
            }
            let Some(id) = &key.id else { continue };
            if let Some(first) = ids.insert(id, &key.name) {
                let (first, second) = (first.to_owned(), key.name.clone());
                self.add(line, ProblemKind::OneKeyTwice { first, second });
            }
        }
    }

    fn text(&mut self, field: &'static str, text: &Spanned<String>) -> String {
        let line = self.file.line(text);
        let text = text.get_ref();
        if text.trim().is_empty() {
            self.add(line, ProblemKind::Empty { field });
        }
        if text.chars().any(char::is_control) {
            self.add(line, ProblemKind::NotOneLine { field });
        }
        text.clone()
    }

    fn time(&mut self, field: &'static str, time: Option<&Spanned<Datetime>>) -> Option<Timestamp> {
        let spanned = time?;
        let found = spanned.get_ref().to_string();
        let parsed = found.parse().ok();
        if parsed.is_none() {
            self.add(self.file.line(spanned), ProblemKind::NotATime { field, found });
        }
        parsed
    }

    fn word<T: FromStr<Err = UnknownWord>>(&mut self, word: &Spanned<String>) -> Option<T> {
        let parsed = word.get_ref().parse();
        parsed.map_err(|error: UnknownWord| self.add(self.file.line(word), error)).ok()
    }

    fn words<T: FromStr<Err = UnknownWord> + Ord>(
        &mut self,
        words: &[Spanned<String>],
    ) -> BTreeSet<T> {
        let mut set = BTreeSet::new();
        for word in words {
            if let Some(parsed) = self.word(word)
                && !set.insert(parsed)
            {
                self.add(self.file.line(word), ProblemKind::Twice { what: word.get_ref().clone() });
            }
        }
        set
    }
}
