//! Which builders count, and how many it takes: `[[builder]]` and `[rebuilds]` of `trust.toml`.
//! `docs/formats/attestations.md`, "Policy"
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use semver::Version;
use serde::Deserialize;
use serde_json::Value;

use super::run::Identity;
use crate::signature::key::{KeyId, PublicKey};

mod check;
mod problem;
mod raw;

pub use problem::Problem;

pub use crate::trust::PolicyError;

/// Longest policy that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// A policy in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The product it is for.
    pub product: String,
    /// Releases before it are refused, by the precedence of `SemVer`.
    pub minimum_version: Option<Version>,
    /// Builders that agree, at least 1 and at most all.
    pub threshold: usize,
    /// What must be agreed on.
    pub artifacts: Artifacts,
    /// The only `buildType` that counts.
    pub build_type: String,
    /// The commit that must have been built, if it says one.
    pub revision: Option<String>,
    /// `externalParameters` that must be there with these values.
    pub external_parameters: BTreeMap<String, Value>,
    builders: Vec<Builder>,
}

/// Somebody who builds.
#[derive(Clone, Debug)]
pub struct Builder {
    /// `builder.id` of its statements.
    pub id: Identity,
    /// Who runs it.
    pub operator: String,
    /// What it runs on.
    pub machine: String,
    /// Keys whose signatures are its own, as long as they are trusted.
    keys: Vec<PublicKey>,
}

/// What a statement must be about to count.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Artifacts {
    /// Every artifact of the release, in one statement.
    #[default]
    All,
    /// Any of them: each is counted on its own.
    Each,
}

impl Policy {
    /// Reads a policy. `files` are those that [`key_files`] named; `now` decides which keys are trusted.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn parse(
        text: &str,
        files: &BTreeMap<String, Vec<u8>>,
        now: Timestamp,
    ) -> Result<Self, PolicyError<Problem>> {
        let raw = raw::parse(text)?;
        check::check(raw, files, now)
    }

    /// The same without the keys that have these ids: what they signed counts for nothing.
    #[must_use]
    pub fn without(mut self, revoked: &BTreeSet<String>) -> Self {
        for builder in &mut self.builders {
            builder.keys.retain(|key| !revoked.contains(&key.id().to_string()));
        }
        self
    }

    /// Those who count.
    #[must_use]
    pub fn builders(&self) -> &[Builder] {
        &self.builders
    }

    /// The builder with this identity.
    #[must_use]
    pub fn builder(&self, id: &str) -> Option<&Builder> {
        self.builders.iter().find(|builder| builder.id.as_str() == id)
    }

    /// The keys of all builders.
    #[must_use]
    pub fn keys(&self) -> Vec<PublicKey> {
        self.builders.iter().flat_map(|builder| builder.keys.iter().cloned()).collect()
    }
}

impl Builder {
    /// Whether one of `keys` is its own.
    #[must_use]
    pub fn holds_any(&self, keys: &BTreeSet<KeyId>) -> bool {
        self.keys.iter().any(|key| keys.contains(&key.id()))
    }

    /// Whether nobody runs both this builder and `other`, and they run on two machines.
    #[must_use]
    pub fn is_independent_of(&self, other: &Self) -> bool {
        self.operator != other.operator && self.machine != other.machine
    }
}

/// Whether the policy wants builders to be counted.
///
/// # Errors
///
/// When the policy is not TOML, or not of this shape.
pub fn wants_rebuilds(text: &str) -> Result<bool, PolicyError<Problem>> {
    let raw = raw::parse(text)?;
    Ok(raw.rebuilds.is_some() || !raw.builder.is_empty())
}

/// The files beside the policy that the keys of builders are in.
///
/// # Errors
///
/// When the policy is not TOML, or not of this shape.
pub fn key_files(text: &str) -> Result<BTreeSet<String>, PolicyError<Problem>> {
    let raw = raw::parse(text)?;
    Ok(raw.keys_of_builders().filter_map(|key| key.file.clone()).collect())
}

#[cfg(test)]
mod tests;
