//! The shape of the part of `trust.toml` that is about builders.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::value::{Datetime, Table};

use super::{Artifacts, MAX_BYTES, PolicyError, Problem};

/// All sections of the file. Those that say whose signatures a release needs are read elsewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RawPolicy {
    pub format_version: u64,
    pub product: Option<String>,
    pub minimum_version: Option<String>,
    pub expires: Option<Datetime>,
    #[serde(default)]
    pub tolerate: Vec<String>,
    #[serde(default)]
    pub key: Vec<RawKey>,
    #[serde(default)]
    pub builder: Vec<RawBuilder>,
    pub rebuilds: Option<RawRebuilds>,
    #[serde(rename = "require")]
    _require: Option<toml::Value>,
    #[serde(rename = "recovery")]
    _recovery: Option<toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RawKey {
    pub name: String,
    pub kind: String,
    pub public_key: Option<String>,
    pub file: Option<String>,
    pub fingerprint: Option<String>,
    pub not_before: Option<Datetime>,
    pub not_after: Option<Datetime>,
    pub revoked: Option<Table>,
    #[serde(rename = "identity")]
    _identity: Option<String>,
    // Certificates sign files, not statements of builders.
    #[serde(rename = "certificateIdentity")]
    _certificate_identity: Option<String>,
    #[serde(rename = "certificateOidcIssuer")]
    _certificate_oidc_issuer: Option<String>,
    #[serde(rename = "trustedRoot")]
    _trusted_root: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RawBuilder {
    pub id: String,
    pub operator: String,
    pub machine: String,
    pub keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RawRebuilds {
    pub threshold: u64,
    #[serde(default)]
    pub artifacts: Artifacts,
    pub build_type: Option<String>,
    pub revision: Option<String>,
    #[serde(default)]
    pub external_parameters: BTreeMap<String, toml::Value>,
}

impl RawPolicy {
    /// The keys that a builder names.
    pub fn keys_of_builders(&self) -> impl Iterator<Item = &RawKey> {
        let named = |key: &&RawKey| self.builder.iter().any(|one| one.keys.contains(&key.name));
        self.key.iter().filter(named)
    }
}

/// Reads the file.
pub fn parse(text: &str) -> Result<RawPolicy, PolicyError<Problem>> {
    let wrong = |problem| Err(PolicyError(vec![problem]));
    let found = text.len() as u64;
    if found > MAX_BYTES {
        return wrong(Problem::Size { found });
    }
    match toml::from_str::<RawPolicy>(text) {
        Ok(raw) if raw.format_version == 1 => Ok(raw),
        Ok(raw) => wrong(Problem::FormatVersion { found: raw.format_version }),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            wrong(Problem::Syntax { line, reason: error.message().replace('\n', ", ") })
        }
    }
}
