//! A run of a build: who, with what, when.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::provenance::BUILDER_ID;

/// Who builds or verifies: a URI that stands for one builder or verifier and for no other.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Identity(String);

impl Identity {
    /// Longest identity, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that names nobody.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum IdentityError {
    #[error(
        "`{BUILDER_ID}` is any machine; an identity stands for one, for example `https://example.org/rebuilder`"
    )]
    Any,
    #[error("`{}` is not a URI such as `https://example.org/rebuilder`", .input.escape_debug())]
    NotAUri { input: String },
}

impl FromStr for Identity {
    type Err = IdentityError;

    /// Parses a URI as RFC 3986 has it: a scheme, `:`, and more, without spaces.
    ///
    /// # Errors
    ///
    /// When it is none, or that of the builder that stands for all machines.
    fn from_str(s: &str) -> Result<Self, IdentityError> {
        if s == BUILDER_ID {
            return Err(IdentityError::Any);
        }
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        let is_rest = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic());
        match s.split_once(':') {
            Some((scheme, rest))
                if s.len() <= Self::MAX_BYTES && is_scheme(scheme) && is_rest(rest) =>
            {
                Ok(Self(s.to_owned()))
            }
            _ => Err(IdentityError::NotAUri { input: s.to_owned() }),
        }
    }
}

/// `runDetails` of SLSA provenance v1: what differs from run to run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDetails {
    /// Who built.
    pub builder: BuilderDetails,
    /// When, and which run it was.
    #[serde(default)]
    pub metadata: RunMetadata,
    /// What else came out of the run: the report of a rebuild.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub byproducts: Vec<Value>,
}

/// `runDetails.builder`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BuilderDetails {
    /// Its identity.
    pub id: String,
    /// Program → version: Nix and relhelper.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// `runDetails.metadata`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct RunMetadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_on: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_uri_of_one() {
        for good in ["https://example.org/rebuilder", "urn:example:1", "mailto:a@example.org"] {
            assert_eq!(good.parse::<Identity>().unwrap().as_str(), good);
        }
        for bad in ["", "alice", ":x", "https:", "1a:b", "https://a b", "https://a\nb", "ä:b"] {
            let input = bad.to_owned();
            assert_eq!(bad.parse::<Identity>(), Err(IdentityError::NotAUri { input }));
        }
        assert_eq!(BUILDER_ID.parse::<Identity>(), Err(IdentityError::Any));
        let long = format!("urn:{}", "x".repeat(2045));
        assert!(long.parse::<Identity>().is_err() && long[..2048].parse::<Identity>().is_ok());
    }
}
