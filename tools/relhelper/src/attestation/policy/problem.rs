//! What can be wrong with the builders of a policy; all of it is listed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::attestation::run::IdentityError;

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Problem {
    #[error("there is no `[[builder]]`, so nobody could be counted")]
    BuilderMissing,
    #[error("the builder `{id}` is there twice")]
    BuilderTwice { id: String },
    #[error("`{field}` of the builder `{id}` is empty, or not one printable line")]
    Empty { id: String, field: &'static str },
    #[error("the policy is over since {expired}")]
    Expired { expired: String },
    #[error("the fingerprint of key `{key}` is {found}, and {pinned} is pinned")]
    Fingerprint { key: String, found: String, pinned: String },
    #[error("`formatVersion` is {found}, expected 1")]
    FormatVersion { found: u64 },
    #[error("a builder: {0}")]
    Identity(#[from] IdentityError),
    #[error("key `{key}` is of the kind `{kind}`, and attestations are signed with `pem` keys")]
    KeyKind { key: String, kind: String },
    #[error("key `{key}`: {reason}")]
    KeyMaterial { key: String, reason: String },
    #[error("the builder `{id}` names no keys")]
    KeyMissing { id: String },
    #[error("key `{key}` has {found}, expected one of `publicKey` and `file`")]
    KeyPlace { key: String, found: &'static str },
    #[error("the name `{name}` is given to two keys")]
    NameTwice { name: String },
    #[error(
        "`{field}` of key `{key}` is {found}, expected a date and time with an offset, as in 2026-01-01T00:00:00Z"
    )]
    NotATime { key: String, field: &'static str, found: String },
    #[error("keys `{first}` and `{second}` are one key")]
    OneKeyTwice { first: String, second: String },
    #[error("there is no `product`, the name of the product that the policy is for")]
    ProductMissing,
    #[error("there is no `[rebuilds]`, which says how many builders it takes")]
    RebuildsMissing,
    #[error(
        "`rebuilds.revision` is `{found}`, expected a commit: 40 or 64 lower-case hexadecimal digits"
    )]
    Revision { found: String },
    #[error("the builders `{first}` and `{second}` share the key `{key}`")]
    SharedKey { key: String, first: String, second: String },
    #[error("it has {found} bytes, at most {} are read", super::MAX_BYTES)]
    Size { found: u64 },
    #[error("line {line}: {reason}")]
    Syntax { line: usize, reason: String },
    #[error("`rebuilds.threshold` is {found}, expected 1 to {most}, the number of builders")]
    Threshold { found: u64, most: usize },
    #[error("`minimumVersion` is `{found}`, which is no version: {reason}")]
    Version { found: String, reason: String },
    #[error("the builder `{id}` names the key `{key}`, which is not there")]
    UnknownKey { id: String, key: String },
}
