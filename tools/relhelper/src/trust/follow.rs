//! Statements about keys held against a policy and what was seen before.
//!
//! A key of the policy is followed from statement to statement. Each has the next number, is signed by the key before and by
//! the one it names, and names a key and a version that were not there. What does not fit makes the key before it useless
//! until somebody looks: a statement that nobody can explain may come from a thief.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::fact::KeyId;
use super::judge::read_key;
use super::keyring::{Keyring, Member};
use super::policy::{Policy, Revocation};
use super::state::{SeenRevocation, State};
use super::statement::{Rotation, Signed, Statement, Statements};
use super::{EarlierSignatures, KeyKind};
use crate::signature::VerifyingKey;
use crate::signature::key::PublicKey;

/// What came of the statements.
#[derive(Debug)]
pub struct Followed<'a> {
    /// The keys to trust.
    pub ring: Keyring<'a>,
    /// The successors among them, by their ids.
    pub successors: Vec<(KeyId, PublicKey)>,
    /// What to remember.
    pub state: State,
}

/// The keys to trust, and what to remember of them. `state` is what was remembered before.
#[must_use]
pub fn follow<'a>(policy: &'a Policy, statements: &Statements, state: &State) -> Followed<'a> {
    let mut before = state.clone();
    loop {
        let known = before.revoked.len();
        let followed = follow_once(policy, statements, &before);
        if followed.state.revoked.len() == known {
            return followed;
        }
        // Who took the place of a key of the quorum is known only at the end, and what they revoked names no successors.
        before.revoked = followed.state.revoked;
    }
}

fn follow_once<'a>(policy: &'a Policy, statements: &Statements, state: &State) -> Followed<'a> {
    let mut following = Following {
        policy,
        product: state.product.clone(),
        statements,
        ring: Keyring::of(policy),
        successors: BTreeMap::new(),
        state: state.clone(),
    };
    let (indices, pinned): (Vec<_>, Vec<_>) =
        policy.keys.iter().enumerate().filter_map(pem).unzip();
    following.revoke(&pinned);
    for (index, key) in indices.into_iter().zip(&pinned) {
        following.chain(index, key.clone());
    }
    let successors = following.successors.values().cloned();
    following.revoke(&pinned.into_iter().chain(successors).collect::<Vec<_>>());
    let Following { ring, successors, state, .. } = following;
    Followed { ring, successors: successors.into_iter().collect(), state }
}

/// The key, read as it is read to check signatures.
fn pem((index, key): (usize, &super::Key)) -> Option<(usize, PublicKey)> {
    let material = key.material.as_deref().filter(|_| key.kind == KeyKind::Pem)?;
    match read_key(key.kind, material) {
        Ok((_, VerifyingKey::Pem(public))) => Some((index, public)),
        _ => None,
    }
}

struct Following<'a, 'b> {
    policy: &'a Policy,
    product: String,
    statements: &'b Statements,
    ring: Keyring<'a>,
    successors: BTreeMap<KeyId, PublicKey>,
    state: State,
}

impl Following<'_, '_> {
    /// Revocations that `keys` signed: of themselves, and as the recovery quorum; and all that were seen before.
    fn revoke(&mut self, keys: &[PublicKey]) {
        for Signed { statement, signers, .. } in self.statements.signed_by(keys) {
            let Ok(Statement::Revocation(revocation)) = statement else { continue };
            if signers.contains(&revocation.key) || self.is_recovery(&signers) {
                let seen = SeenRevocation { date: revocation.date, reason: revocation.reason };
                self.state.revoked.entry(revocation.key).or_insert(seen);
            }
        }
        for (id, seen) in &self.state.revoked {
            let Some(member) = self.ring.members.get_mut(id) else { continue };
            let SeenRevocation { date, reason } = seen.clone();
            let earlier = EarlierSignatures::Refuse;
            member.revoked.get_or_insert(Revocation { date, reason, earlier });
        }
    }

    /// Whether enough of those whom the policy names for this have signed, each with its key or with the one that took its
    /// place. Keys that the policy revoked do not count; those revoked by
    /// statements do, or a thief of one of them could take the quorum's word back.
    fn is_recovery(&self, signers: &BTreeSet<KeyId>) -> bool {
        let Some(quorum) = &self.policy.recovery else { return false };
        let members = signers.iter().filter_map(|id| self.ring.members.get(id));
        let keys = members.map(|member| &self.policy.keys[member.key]);
        let holders: BTreeSet<_> =
            keys.filter(|key| key.revoked.is_none()).map(|key| &key.identity).collect();
        holders.into_iter().filter(|holder| quorum.identities.contains(*holder)).count()
            >= quorum.threshold
    }

    /// Follows one key of the policy to the last of its successors.
    fn chain(&mut self, index: usize, pinned: PublicKey) {
        let first = pinned.id().to_string();
        let seen = self.state.followed.get(&first).cloned().unwrap_or_default();
        let mut followed = Vec::new();
        let mut current = pinned;
        loop {
            let id = current.id().to_string();
            let next = self.successor(&current, followed.len(), seen.get(followed.len()));
            match next {
                Ok(None) => break,
                Err(why) => {
                    if let Some(member) = self.ring.members.get_mut(&id) {
                        member.refused = Some(why);
                    }
                    break;
                }
                Ok(Some((rotation, key))) => {
                    let from = Some(rotation.from_version);
                    if let Some(member) = self.ring.members.get_mut(&id) {
                        member.until.clone_from(&from);
                    }
                    let new = key.id().to_string();
                    let (until, revoked, refused) = (None, None, None);
                    let member = Member { key: index, from, until, revoked, refused };
                    self.ring.members.insert(new.clone(), member);
                    // Whoever is revoked names no successors, so that is looked for before the next step.
                    self.revoke(std::slice::from_ref(&key));
                    self.successors.insert(new.clone(), key.clone());
                    followed.push(new);
                    current = key;
                }
            }
        }
        // What was seen is never forgotten, even if it is withheld now.
        if followed.len() > seen.len() {
            self.state.followed.insert(first, followed);
        }
    }

    /// The key that takes the place of `current`, the one with this many keys before it; `seen` if that is known already.
    fn successor(
        &self,
        current: &PublicKey,
        before: usize,
        seen: Option<&KeyId>,
    ) -> Result<Option<(Rotation, PublicKey)>, String> {
        let id = current.id().to_string();
        let mut found = Vec::new();
        for signed in self.statements.signed_by(std::slice::from_ref(current)) {
            let rotation = match &signed.statement {
                Ok(Statement::Rotation(rotation)) => rotation,
                Ok(Statement::Revocation(_)) => continue,
                // It may revoke the key, in a newer format.
                Err(why) => return Err(format!("a statement of this key cannot be read: {why}")),
            };
            if rotation.key != id || rotation.product != self.product {
                continue;
            }
            let key = PublicKey::from_pem(&rotation.new_key)
                .map_err(|error| format!("statement {} names no key: {error}", rotation.number))?;
            found.push((rotation.clone(), signed.is_signed_by(&key), key));
        }
        if let Some(seen) = seen {
            // The first successor that was seen stays: who steals the key later cannot name another one.
            found.retain(|(_, _, key)| key.id().to_string() == *seen);
            if found.is_empty() {
                return Err(format!(
                    "the statement that names {seen} was seen before, and is missing"
                ));
            }
        }
        let revoked = self.ring.members.get(&id).is_some_and(|member| member.revoked.is_some());
        if found.is_empty() || (revoked && seen.is_none()) {
            return Ok(None);
        }
        let mut found = found.into_iter();
        let (Some((rotation, accepted, key)), None) = (found.next(), found.next()) else {
            return Err("two statements of this key name a successor".to_owned());
        };
        let number = rotation.number;
        if usize::try_from(number) != Ok(before + 1) {
            return Err(format!("the statement has number {number}, expected {}", before + 1));
        }
        if !accepted {
            return Err(format!("the key that statement {number} names has not signed it"));
        }
        if self.ring.members.contains_key(&key.id().to_string()) {
            return Err(format!("statement {number} names a key that is there already"));
        }
        let from = self.ring.members.get(&id).and_then(|member| member.from.as_ref());
        if from.is_some_and(|from| rotation.from_version <= *from) {
            return Err(format!("statement {number} begins before the one in front of it"));
        }
        Ok(Some((rotation, key)))
    }
}
