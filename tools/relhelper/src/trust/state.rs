//! What a verifier remembers, so that nobody can show it an older world than it has seen. `docs/formats/key-statements.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::fact::KeyId;

/// What was seen of one product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct State {
    /// Version of the format: 1.
    pub format_version: u32,
    /// The product.
    pub product: String,
    /// The highest version that passed.
    pub highest_version: Option<Version>,
    /// The latest time at which something passed. A clock that is behind it is wrong.
    pub latest_time: Option<Timestamp>,
    /// The keys that took the place of each key of the policy, first to last.
    pub followed: BTreeMap<KeyId, Vec<KeyId>>,
    /// Keys that were revoked by a statement. They stay so.
    pub revoked: BTreeMap<KeyId, SeenRevocation>,
}

/// A revocation that was seen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SeenRevocation {
    /// From when on.
    pub date: Timestamp,
    /// In words.
    pub reason: String,
}

impl State {
    /// Longest file that is read, in bytes.
    pub const MAX_BYTES: u64 = 1 << 20;

    /// Of somebody who has seen nothing.
    #[must_use]
    pub fn new(product: &str) -> Self {
        Self {
            format_version: 1,
            product: product.to_owned(),
            highest_version: None,
            latest_time: None,
            followed: BTreeMap::new(),
            revoked: BTreeMap::new(),
        }
    }

    /// Reads what an earlier run wrote for this product.
    ///
    /// # Errors
    ///
    /// When it is something else. It never counts as nothing seen.
    pub fn parse(bytes: &[u8], product: &str) -> Result<Self, StateError> {
        let state: Self = serde_json::from_slice(bytes)?;
        if state.format_version != 1 {
            return Err(StateError::FormatVersion { found: state.format_version });
        }
        if state.product != product {
            let (found, expected) = (state.product, product.to_owned());
            return Err(StateError::Product { found, expected });
        }
        Ok(state)
    }

    /// The time to judge by: a clock that was set back does not bring anything back.
    #[must_use]
    pub fn time(&self, clock: Timestamp) -> Timestamp {
        self.latest_time.map_or(clock, |latest| latest.max(clock))
    }

    /// Takes note of a release that passed.
    pub fn passed(&mut self, version: Option<&Version>, now: Timestamp) {
        self.latest_time = Some(self.time(now));
        let higher = |version: &&Version| {
            self.highest_version
                .as_ref()
                .is_none_or(|highest| version.cmp_precedence(highest).is_gt())
        };
        if let Some(version) = version.filter(higher) {
            self.highest_version = Some(version.clone());
        }
    }
}

/// A file that is not the state of this product.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum StateError {
    #[error("its `formatVersion` is {found}, expected 1")]
    FormatVersion { found: u32 },
    #[error("it is about {found}, and the policy about {expected}")]
    Product { found: String, expected: String },
    #[error("it is not the state of a verifier")]
    Shape(#[from] serde_json::Error),
}
