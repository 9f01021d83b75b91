//! From the shape of a policy to a policy: every problem is found here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use semver::Version;
use toml::value::Datetime;

use super::raw::{RawBuilder, RawKey, RawPolicy, RawRebuilds};
use super::{Builder, Policy, PolicyError, Problem};
use crate::attestation::run::Identity;
use crate::document::provenance::BUILD_TYPE;
use crate::signature::key::PublicKey;

/// A key that builders name: `None` while it is not trusted.
type Keys = BTreeMap<String, Option<PublicKey>>;

pub(super) fn check(
    raw: RawPolicy,
    files: &BTreeMap<String, Vec<u8>>,
    now: Timestamp,
) -> Result<Policy, PolicyError<Problem>> {
    let mut checker = Checker { now, tolerate: raw.tolerate.clone(), problems: Vec::new() };
    checker.expiry(raw.expires.as_ref());
    let keys = checker.keys(&raw, files);
    let builders = checker.builders(&raw.builder, &keys);
    let policy = match raw.rebuilds {
        None => {
            checker.problems.push(Problem::RebuildsMissing);
            None
        }
        Some(rebuilds) => {
            let whose = (checker.product(raw.product), checker.version(raw.minimum_version));
            checker.rebuilds(rebuilds, whose, builders)
        }
    };
    match policy {
        Some(policy) if checker.problems.is_empty() => Ok(policy),
        _ => Err(PolicyError(checker.problems)),
    }
}

struct Checker {
    now: Timestamp,
    tolerate: Vec<String>,
    problems: Vec<Problem>,
}

impl Checker {
    fn expiry(&mut self, expires: Option<&Datetime>) {
        let Some(expires) = self.time("the policy", "expires", expires) else { return };
        if self.now >= expires && !self.tolerates("expired-policy") {
            self.problems.push(Problem::Expired { expired: expires.to_string() });
        }
    }

    fn product(&mut self, product: Option<String>) -> Option<String> {
        if product.is_none() {
            self.problems.push(Problem::ProductMissing);
        }
        product
    }

    fn version(&mut self, minimum: Option<String>) -> Option<Version> {
        let found = minimum?;
        let parsed = found.parse::<Version>().map_err(|error| error.to_string());
        parsed.map_err(|reason| self.problems.push(Problem::Version { found, reason })).ok()
    }

    fn tolerates(&self, what: &str) -> bool {
        self.tolerate.iter().any(|word| word == what)
    }

    fn time(
        &mut self,
        key: &str,
        field: &'static str,
        value: Option<&Datetime>,
    ) -> Option<Timestamp> {
        let value = value?.to_string();
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.problems.push(Problem::NotATime { key: key.to_owned(), field, found: value });
        }
        parsed
    }

    fn keys(&mut self, raw: &RawPolicy, files: &BTreeMap<String, Vec<u8>>) -> Keys {
        let mut names = BTreeSet::new();
        for key in &raw.key {
            if !names.insert(&key.name) {
                self.problems.push(Problem::NameTwice { name: key.name.clone() });
            }
        }
        let mut keys = Keys::new();
        let mut seen = BTreeMap::new();
        for raw in raw.keys_of_builders() {
            let read = read_key(raw, files).map_err(|problem| self.problems.push(problem));
            let Ok(key) = read else { continue };
            if let Some(first) = seen.insert(key.id(), raw.name.clone()) {
                let second = raw.name.clone();
                self.problems.push(Problem::OneKeyTwice { first, second });
            }
            let trusted = self.is_trusted(raw);
            keys.insert(raw.name.clone(), trusted.then_some(key));
        }
        keys
    }

    /// Whether the key is trusted now. What was signed when it was trusted does not count later: the time of a statement
    /// is only what its signer says.
    fn is_trusted(&mut self, raw: &RawKey) -> bool {
        let not_before = self.time(&raw.name, "notBefore", raw.not_before.as_ref());
        let not_after = self.time(&raw.name, "notAfter", raw.not_after.as_ref());
        raw.revoked.is_none()
            && not_before.is_none_or(|time| time <= self.now)
            && (not_after.is_none_or(|time| self.now < time) || self.tolerates("expired-key"))
    }

    fn builders(&mut self, raw: &[RawBuilder], keys: &Keys) -> Vec<Builder> {
        if raw.is_empty() {
            self.problems.push(Problem::BuilderMissing);
        }
        let mut ids = BTreeSet::new();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for builder in raw {
            let id = &builder.id;
            if !ids.insert(id) {
                self.problems.push(Problem::BuilderTwice { id: id.clone() });
            }
            if builder.keys.is_empty() {
                self.problems.push(Problem::KeyMissing { id: id.clone() });
            }
            for key in &builder.keys {
                if let Some(first) = owners.insert(key, id) {
                    let (first, second) = (first.to_owned(), id.clone());
                    self.problems.push(Problem::SharedKey { key: key.clone(), first, second });
                }
            }
        }
        raw.iter().filter_map(|builder| self.builder(builder, keys)).collect()
    }

    fn builder(&mut self, raw: &RawBuilder, keys: &Keys) -> Option<Builder> {
        for (field, text) in [("operator", &raw.operator), ("machine", &raw.machine)] {
            if text.trim() != text || text.is_empty() || text.chars().any(char::is_control) {
                self.problems.push(Problem::Empty { id: raw.id.clone(), field });
            }
        }
        let mut own = Vec::new();
        for key in &raw.keys {
            match keys.get(key) {
                Some(trusted) => own.extend(trusted.clone()),
                // A key that could not be read was told of already.
                None if self.problems.iter().any(|problem| tells_of(problem, key)) => {}
                None => {
                    let (id, key) = (raw.id.clone(), key.clone());
                    self.problems.push(Problem::UnknownKey { id, key });
                }
            }
        }
        let id =
            raw.id.parse::<Identity>().map_err(|error| self.problems.push(error.into())).ok()?;
        let (operator, machine) = (raw.operator.clone(), raw.machine.clone());
        Some(Builder { id, operator, machine, keys: own })
    }

    fn rebuilds(
        &mut self,
        raw: RawRebuilds,
        (product, minimum_version): (Option<String>, Option<Version>),
        builders: Vec<Builder>,
    ) -> Option<Policy> {
        let most = builders.len();
        let threshold = usize::try_from(raw.threshold).ok().filter(|n| (1..=most).contains(n));
        if threshold.is_none() {
            self.problems.push(Problem::Threshold { found: raw.threshold, most });
        }
        let is_commit = |text: &str| {
            [40, 64].contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        if let Some(found) = raw.revision.as_ref().filter(|text| !is_commit(text)) {
            self.problems.push(Problem::Revision { found: found.clone() });
        }
        let json = |(name, value)| Some((name, serde_json::to_value(value).ok()?));
        Some(Policy {
            product: product?,
            minimum_version,
            threshold: threshold?,
            artifacts: raw.artifacts,
            build_type: raw.build_type.unwrap_or_else(|| BUILD_TYPE.to_owned()),
            revision: raw.revision,
            external_parameters: raw
                .external_parameters
                .into_iter()
                .map(json)
                .collect::<Option<_>>()?,
            builders,
        })
    }
}

fn tells_of(problem: &Problem, name: &str) -> bool {
    match problem {
        Problem::Fingerprint { key, .. }
        | Problem::KeyKind { key, .. }
        | Problem::KeyMaterial { key, .. }
        | Problem::KeyPlace { key, .. } => key == name,
        _ => false,
    }
}

fn read_key(raw: &RawKey, files: &BTreeMap<String, Vec<u8>>) -> Result<PublicKey, Problem> {
    let name = || raw.name.clone();
    if raw.kind != "pem" {
        return Err(Problem::KeyKind { key: name(), kind: raw.kind.clone() });
    }
    let material = |reason: String| Problem::KeyMaterial { key: name(), reason };
    let pem = match (&raw.public_key, &raw.file) {
        (Some(pem), None) => pem.as_str(),
        (None, Some(file)) => {
            let bytes = files.get(file);
            let bytes = bytes.ok_or_else(|| material(format!("its file `{file}` is not there")))?;
            str::from_utf8(bytes).map_err(|_| material(format!("`{file}` is not text")))?
        }
        (None, None) => return Err(Problem::KeyPlace { key: name(), found: "neither" }),
        (Some(_), Some(_)) => return Err(Problem::KeyPlace { key: name(), found: "both" }),
    };
    let key = PublicKey::from_pem(pem).map_err(|error| material(error.to_string()))?;
    let found = key.id().to_string();
    match raw.fingerprint.as_deref() {
        Some(pinned) if pinned != found => {
            Err(Problem::Fingerprint { key: name(), found, pinned: pinned.to_owned() })
        }
        _ => Ok(key),
    }
}
