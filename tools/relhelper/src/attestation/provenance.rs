//! SLSA provenance v1, as those write it who built a release: the build definition of `provenance.json`, and a run of
//! their own.
//!
//! Spec: <https://slsa.dev/spec/v1.2/build-provenance>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::RunDetails;
use super::statement::StatementError;

/// The predicate.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// What was built: the same for all who build it.
    pub build_definition: Definition,
    /// Who built it, and when.
    pub run_details: RunDetails,
}

/// `buildDefinition`: equal ones describe one build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the specification says it")]
pub struct Definition {
    pub build_type: String,
    pub external_parameters: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub internal_parameters: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved_dependencies: Vec<Resource>,
}

/// A `ResourceDescriptor`: its name and digests are looked at, the rest is kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl Provenance {
    /// Reads the predicate of a statement.
    ///
    /// # Errors
    ///
    /// When a field that SLSA requires is missing, or one has another type.
    pub fn read(predicate: &Value) -> Result<Self, StatementError> {
        Self::deserialize(predicate)
            .map_err(|source| StatementError::Predicate { kind: "SLSA provenance v1", source })
    }
}

impl Definition {
    /// The digests of the dependency called `source`: what was built.
    #[must_use]
    pub fn source(&self) -> Option<&BTreeMap<String, String>> {
        let named = |one: &&Resource| one.name.as_deref() == Some("source");
        self.resolved_dependencies.iter().find(named).map(|one| &one.digest)
    }

    /// The first thing in which `self` is another build than `expected`, in words.
    #[must_use]
    pub fn differs_from(&self, expected: &Self) -> Option<&'static str> {
        let differences = [
            (self.build_type != expected.build_type, "another buildType"),
            (self.source() != expected.source(), "another source"),
            (self.external_parameters != expected.external_parameters, "other externalParameters"),
            (
                self.resolved_dependencies != expected.resolved_dependencies,
                "other resolvedDependencies",
            ),
            (self.internal_parameters != expected.internal_parameters, "other internalParameters"),
        ];
        differences.into_iter().find_map(|(differs, what)| differs.then_some(what))
    }
}
