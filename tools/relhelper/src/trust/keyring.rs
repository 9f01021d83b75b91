//! The keys of a policy, by what signatures name them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;

use super::fact::KeyId;
use super::policy::{Key, Policy, Revocation, Tolerated};
use super::{EarlierSignatures, Signature, Word};

/// A key that signatures can be of: one of the policy, or one that took the place of such a key.
#[derive(Clone, Debug)]
pub struct Member {
    /// Index of the key in the policy.
    pub key: usize,
    /// The first version that it signs, where it took another one's place.
    pub from: Option<Version>,
    /// The first version that it does not sign any more, where another one took its place.
    pub until: Option<Version>,
    /// That it is not trusted any more.
    pub revoked: Option<Revocation>,
    /// Why nothing that it signed can be trusted: statements about it contradict each other.
    pub refused: Option<String>,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct Keyring<'a> {
    pub(super) policy: &'a Policy,
    pub(super) members: BTreeMap<KeyId, Member>,
}

impl<'a> Keyring<'a> {
    /// The keys as they stand in the policy.
    #[must_use]
    pub fn of(policy: &'a Policy) -> Self {
        let member = |(index, key): (usize, &Key)| {
            let (from, until, refused) = (None, None, None);
            let revoked = key.revoked.clone();
            Some((key.id.clone()?, Member { key: index, from, until, revoked, refused }))
        };
        Self { policy, members: policy.keys.iter().enumerate().filter_map(member).collect() }
    }

    /// The policy's key behind `id`.
    pub(super) fn key(&self, id: &str) -> Option<&'a Key> {
        self.policy.keys.get(self.members.get(id)?.key)
    }

    /// The holder of the key `id` if its good `signature` over a release of this version counts now; else why not.
    pub(super) fn holder(
        &self,
        id: &str,
        signature: &Signature,
        version: Option<&Version>,
        now: Timestamp,
    ) -> Result<&'a Key, (Word, String)> {
        let (Some(member), Some(key)) = (self.members.get(id), self.key(id)) else {
            return Err((Word::UnknownKey, format!("the policy does not have the key {id}")));
        };
        if let Some(why) = &member.refused {
            return Err((Word::StatementRefused, why.clone()));
        }
        if let Some(Revocation { date, reason, earlier }) = &member.revoked {
            let before = signature.claimed_time.is_some_and(|time| time < *date);
            if *earlier == EarlierSignatures::Refuse || !before {
                return Err((Word::RevokedKey, format!("revoked {date}: {reason}")));
            }
        }
        let begun = |from: &Version| version.is_some_and(|version| version >= from);
        if let Some(from) = member.from.as_ref().filter(|from| !begun(from)) {
            return Err((Word::NotYetValid, format!("this key signs from version {from} on")));
        }
        let over = |until: &Version| version.is_none_or(|version| version >= until);
        if let Some(until) = member.until.as_ref().filter(|until| over(until)) {
            return Err((
                Word::SupersededKey,
                format!("another key signs from version {until} on"),
            ));
        }
        if let Some(from) = key.not_before.filter(|from| now < *from) {
            return Err((Word::NotYetValid, format!("the key is valid from {from} on")));
        }
        let tolerated = self.policy.tolerated.contains(&Tolerated::ExpiredKey);
        if let Some(end) = key.not_after.filter(|end| now >= *end && !tolerated) {
            return Err((Word::ExpiredKey, format!("the key was valid until {end}")));
        }
        Ok(key)
    }
}
