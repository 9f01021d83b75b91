//! A policy in which nothing is wrong.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use semver::Version;

use super::fact::KeyId;
use super::{FileKind, KeyKind};
use crate::facts::words::words;

/// Who must have signed what. Made by [`super::PolicyFile::check`] or [`Policy::of_keys`] alone, so that none is empty but
/// those that ask for builders instead.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The product it is for; a policy made of bare keys is for any, until [`Policy::of_product`] says for which.
    pub product: Option<String>,
    /// Releases before this version are refused.
    pub minimum_version: Option<Version>,
    /// When the policy itself ends.
    pub expires: Option<Timestamp>,
    /// What does not count against a release.
    pub tolerated: BTreeSet<Tolerated>,
    pub(super) keys: Vec<Key>,
    pub(super) requirements: Vec<Requirement>,
    /// Who, besides a key itself, can revoke it.
    pub recovery: Option<Quorum>,
}

impl Policy {
    /// The keys it trusts.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What must be signed.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Refuses versions before `seen` too, if one was seen.
    #[must_use]
    pub fn not_before(mut self, seen: Option<&Version>) -> Self {
        let higher = |seen: &&Version| {
            self.minimum_version.as_ref().is_none_or(|minimum| seen.cmp_precedence(minimum).is_gt())
        };
        if let Some(seen) = seen.filter(higher) {
            self.minimum_version = Some(seen.clone());
        }
        self
    }

    /// The same for releases of `product`, if it does not say already which ones it is for.
    #[must_use]
    pub fn of_product(mut self, product: Option<&str>) -> Self {
        self.product = self.product.or_else(|| product.map(str::to_owned));
        self
    }

    /// The policy of somebody who has keys and no policy file: any one of the keys must have signed `SHA256SUMS`, which has the
    /// digests of everything else, and with `each_payload` every payload as well. `None` without keys.
    #[must_use]
    pub fn of_keys(keys: BTreeMap<KeyName, GivenKey>, each_payload: bool) -> Option<Self> {
        if keys.is_empty() {
            return None;
        }
        let any = Quorum { identities: keys.keys().cloned().collect(), threshold: 1 };
        let mut files = BTreeSet::from([FileKind::Checksums]);
        files.extend(each_payload.then_some(FileKind::Payload));
        let key = |(name, (kind, id, material)): (String, GivenKey)| Key {
            identity: name.clone(),
            name,
            kind,
            id: Some(id),
            material,
            not_before: None,
            not_after: None,
            revoked: None,
        };
        Some(Self {
            product: None,
            minimum_version: None,
            expires: None,
            tolerated: BTreeSet::new(),
            keys: keys.into_iter().map(key).collect(),
            requirements: vec![Requirement { files, signers: any }],
            recovery: None,
        })
    }
}

/// What a policy calls a key.
pub type KeyName = String;

/// A key without a policy file: how it is written, its id, and the key itself, without which no statements about it are followed.
pub type GivenKey = (KeyKind, KeyId, Option<Vec<u8>>);

/// A key of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// What the policy calls it.
    pub name: KeyName,
    /// Who holds it. Several keys can be of one holder; they count as one signer.
    pub identity: String,
    /// How it is written.
    pub kind: KeyKind,
    /// Its digest or fingerprint; unknown when its file is missing.
    pub id: Option<KeyId>,
    /// The public key as it was written.
    pub material: Option<Vec<u8>>,
    /// From when on it is trusted.
    pub not_before: Option<Timestamp>,
    /// Until when it is trusted.
    pub not_after: Option<Timestamp>,
    /// That it is not trusted any more.
    pub revoked: Option<Revocation>,
}

/// Why a key is not trusted any more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// From when on.
    pub date: Timestamp,
    /// In words.
    pub reason: String,
    /// What becomes of signatures from before that.
    pub earlier: EarlierSignatures,
}

words! {
    /// What becomes of signatures that claim to be older than the revocation of their key.
    EarlierSignatures, "`earlierSignatures`", {
        /// They are trusted. Who has stolen the key can claim any time.
        Accept = "accept",
        /// They are not trusted.
        Refuse = "refuse",
    }
}

words! {
    /// What a policy can let pass.
    Tolerated, "what is tolerated", {
        /// Signatures of keys whose time is over.
        ExpiredKey = "expired-key",
        /// That its own time is over.
        ExpiredPolicy = "expired-policy",
    }
}

/// Enough of some identities.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quorum {
    /// Who counts.
    pub identities: BTreeSet<String>,
    /// How many of them it takes; 1 at least.
    pub threshold: usize,
}

/// That files of some kinds must be signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// Every file of these kinds, and at least one of each kind.
    pub files: BTreeSet<FileKind>,
    /// Whose signatures each of them needs.
    pub signers: Quorum,
}
