//! The predicate of a builder that got other bytes than those published. `docs/formats/rebuild-difference.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::provenance::Provenance;
use super::statement::StatementError;
use crate::facts::Sha256;

/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "urn:relhelper:predicate:rebuild-difference:0.1";

/// The predicate: that of provenance, and what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Predicate<'a> {
    /// What was built, and by whom.
    #[serde(flatten)]
    pub provenance: &'a Provenance,
    /// One for each subject, in their order.
    pub differences: &'a [Difference],
}

/// An artifact that came out differently.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The subject.
    pub name: String,
    /// Whether everything but a signature of the operating system's kind is equal.
    pub verdict: DifferenceVerdict,
    /// What came out.
    pub rebuilt: Rebuilt,
    /// Why they differ, in words; for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

/// How an artifact differs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DifferenceVerdict {
    MatchButForSignature,
    Mismatch,
}

/// The bytes that came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Rebuilt {
    /// Their digest.
    pub sha256: Sha256,
}

#[derive(Deserialize)]
struct RawPredicate {
    differences: Vec<RawDifference>,
}

#[derive(Deserialize)]
struct RawDifference {
    name: String,
    #[serde(rename = "verdict")]
    _verdict: DifferenceVerdict,
    rebuilt: RawRebuilt,
}

#[derive(Deserialize)]
struct RawRebuilt {
    sha256: String,
}

impl Difference {
    /// What a predicate says came out: name → digest.
    ///
    /// # Errors
    ///
    /// When it is not of this form, or has a name twice.
    pub fn read_all(predicate: &Value) -> Result<BTreeMap<String, Sha256>, StatementError> {
        let raw = RawPredicate::deserialize(predicate)
            .map_err(|source| StatementError::Predicate { kind: "a rebuild difference", source })?;
        let mut found = BTreeMap::new();
        for RawDifference { name, rebuilt, .. } in raw.differences {
            let digest = rebuilt.sha256.parse();
            let digest = digest.map_err(|()| StatementError::Digest { name: name.clone() })?;
            if found.insert(name.clone(), digest).is_some() {
                return Err(StatementError::SubjectTwice { name });
            }
        }
        Ok(found)
    }
}
