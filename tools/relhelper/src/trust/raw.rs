//! The shape of `trust.toml`. See `docs/formats/trust.md`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::value::Datetime;

use super::{PolicyError, Problem, ProblemKind};

/// A policy file whose shape is right; what it says is not checked yet.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    pub(super) raw: RawPolicy,
    line_starts: Vec<usize>,
}

impl PolicyFile {
    /// Longest policy file that is read, in bytes.
    pub const MAX_BYTES: u64 = 1 << 20;

    /// Parses the text of a policy file. Unknown and repeated keys are refused.
    ///
    /// # Errors
    ///
    /// When it is not TOML, or not of this shape.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let line_starts: Vec<usize> =
            text.match_indices('\n').map(|(position, _)| position + 1).collect();
        let place = |offset| line_of(&line_starts, offset);
        let wrong = |offset, kind| PolicyError(vec![Problem { line: place(offset), kind }]);
        let raw: RawPolicy = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            wrong(offset, ProblemKind::Syntax(error.message().replace('\n', ", ")))
        })?;
        let version = raw.format_version.get_ref();
        if *version != 1 {
            let kind = ProblemKind::FormatVersion { found: *version };
            return Err(wrong(raw.format_version.span().start, kind));
        }
        Ok(Self { raw, line_starts })
    }

    /// Whether it says anything of signatures on files. One that only names builders does not: then these decide alone.
    #[must_use]
    pub fn is_about_signatures(&self) -> bool {
        !self.raw.require.is_empty() || self.raw.builder.is_empty()
    }

    /// The files beside the policy that its keys and trusted roots are in.
    pub fn key_files(&self) -> impl Iterator<Item = &str> {
        self.raw
            .key
            .iter()
            .flat_map(|key| [&key.get_ref().file, &key.get_ref().trusted_root])
            .flatten()
            .map(|file| file.get_ref().as_str())
    }

    /// The line, counted from 1, of something in the file.
    pub(super) fn line<T>(&self, spanned: &Spanned<T>) -> usize {
        line_of(&self.line_starts, spanned.span().start)
    }
}

fn line_of(line_starts: &[usize], offset: usize) -> usize {
    line_starts.partition_point(|start| *start <= offset) + 1
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawPolicy {
    pub format_version: Spanned<u64>,
    pub product: Spanned<String>,
    pub minimum_version: Option<Spanned<String>>,
    pub expires: Option<Spanned<Datetime>>,
    #[serde(default)]
    pub tolerate: Vec<Spanned<String>>,
    #[serde(default)]
    pub key: Vec<Spanned<RawKey>>,
    #[serde(default)]
    pub require: Vec<Spanned<RawRequirement>>,
    pub recovery: Option<Spanned<RawRecovery>>,
    // Whose builds count is read by `attestation::policy`.
    #[serde(default)]
    pub builder: Vec<IgnoredAny>,
    #[serde(default, rename = "rebuilds")]
    _rebuilds: Option<IgnoredAny>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawKey {
    pub name: Spanned<String>,
    pub identity: Option<Spanned<String>>,
    pub kind: Spanned<String>,
    pub public_key: Option<Spanned<String>>,
    pub file: Option<Spanned<String>>,
    pub certificate_identity: Option<Spanned<String>>,
    pub certificate_oidc_issuer: Option<Spanned<String>>,
    pub trusted_root: Option<Spanned<String>>,
    pub fingerprint: Option<Spanned<String>>,
    pub not_before: Option<Spanned<Datetime>>,
    pub not_after: Option<Spanned<Datetime>>,
    pub revoked: Option<Spanned<RawRevocation>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRevocation {
    pub date: Spanned<Datetime>,
    pub reason: Spanned<String>,
    pub earlier_signatures: Option<Spanned<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRequirement {
    pub files: Spanned<Vec<Spanned<String>>>,
    pub identities: Spanned<Vec<Spanned<String>>>,
    pub threshold: Option<Spanned<u64>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRecovery {
    pub identities: Spanned<Vec<Spanned<String>>>,
    pub threshold: Option<Spanned<u64>>,
}
