//! What a signature file tells, under all keys that there are.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use jiff::Timestamp;

use super::fact::KeyId;
use super::{Check, KeyKind, Unfit};
use crate::signature::key::PublicKey;
use crate::signature::{Mechanism, Outcome, VerifyingKey};

/// Reads a public key that a policy says is of this kind. Its ids: first the one that tells it from all others, however it
/// is written, then what people call it.
///
/// # Errors
///
/// In words, when it is none, or of another kind.
pub fn read_key(wanted: KeyKind, material: &[u8]) -> Result<(Vec<KeyId>, VerifyingKey), String> {
    let text = std::str::from_utf8(material).map_err(|_| "it is no text".to_owned())?;
    let key = VerifyingKey::parse(text.trim_start()).map_err(|error| error.to_string())?;
    let found = kind(&key);
    if found != wanted {
        return Err(format!("it is a key of the kind `{found}`, and the policy says `{wanted}`"));
    }
    Ok((ids(&key), key))
}

/// How a key is written.
#[must_use]
pub fn kind(key: &VerifyingKey) -> KeyKind {
    match key {
        VerifyingKey::Certificate(_) => KeyKind::Certificate,
        VerifyingKey::Gpg(_) => KeyKind::OpenPgp,
        VerifyingKey::Minisign(_) => KeyKind::Minisign,
        VerifyingKey::Pem(_) => KeyKind::Pem,
        VerifyingKey::Ssh(_) => KeyKind::Ssh,
    }
}

/// What a key is called: first by its own bytes, then as its tools do.
#[must_use]
pub fn ids(key: &VerifyingKey) -> Vec<KeyId> {
    let own = match key {
        VerifyingKey::Certificate(identity) => identity.id(),
        VerifyingKey::Gpg(block) => crate::facts::Sha256::of(block.trim().as_bytes()).to_string(),
        VerifyingKey::Minisign(key) => minisign_id(key).unwrap_or_else(|| key.id()),
        VerifyingKey::Pem(key) | VerifyingKey::Ssh(key) => key.id().to_string(),
    };
    std::iter::once(own).chain(key.id()).collect()
}

/// The id that the same Ed25519 key has in PEM.
fn minisign_id(key: &crate::signature::minisign::PublicKey) -> Option<KeyId> {
    let file = key.to_file();
    let bytes = data_encoding::BASE64.decode(file.lines().nth(1)?.as_bytes()).ok()?;
    let key = PublicKey::from_ed25519(bytes.get(10..)?).ok()?;
    Some(key.id().to_string())
}

/// What the outcomes under each key that could have made a signature come to: good under one is good. `found` is empty when
/// no key is of the signature's kind.
#[must_use]
pub fn sum_up(mechanism: Mechanism, found: &[(KeyId, Outcome)]) -> Check {
    let pick = |choose: &dyn Fn(&KeyId, &Outcome) -> Option<Check>| {
        found.iter().find_map(|(key, outcome)| choose(key, outcome))
    };
    // A signature that says what it is about says so whatever key is asked; one that could not be checked under some key
    // might be of that key.
    pick(&|key, outcome| outcome.is_valid().then(|| Check::Good(key.clone())))
        .or_else(|| {
            pick(&|_, outcome| match outcome {
                Outcome::WrongFile { found } => Some(Check::WrongFile(found.clone())),
                _ => None,
            })
        })
        .or_else(|| {
            pick(&|key, outcome| match outcome {
                Outcome::ExpiredKey => Some(Check::KeyUnfit(key.clone(), Unfit::Expired)),
                Outcome::RevokedKey => Some(Check::KeyUnfit(key.clone(), Unfit::Revoked)),
                _ => None,
            })
        })
        .or_else(|| {
            // What came nearest to being good tells most.
            let defects = found.iter().filter_map(|(key, outcome)| match outcome {
                Outcome::Certificate { defect, reason } => Some((*defect, key, reason)),
                _ => None,
            });
            let (defect, key, reason) = defects.max_by_key(|(defect, _, _)| *defect)?;
            Some(Check::Certificate(key.clone(), defect, reason.clone()))
        })
        .or_else(|| {
            pick(&|_, outcome| match outcome {
                Outcome::CouldNotCheck { reason } => Some(Check::Unchecked(reason.clone())),
                _ => None,
            })
        })
        .or_else(|| {
            // Without a hint in the signature, every key says so, and none can be blamed.
            let told = |(_, outcome): &&(KeyId, Outcome)| {
                matches!(outcome, Outcome::BadSignature | Outcome::Malformed { .. })
            };
            let bad: Vec<_> = found.iter().filter(told).collect();
            let key = if let [(key, _)] = bad.as_slice() { Some(key.clone()) } else { None };
            match bad.iter().find(|(_, outcome)| *outcome == Outcome::BadSignature).or(bad.first())
            {
                Some((_, Outcome::Malformed { reason })) => {
                    Some(Check::Malformed(key, reason.clone()))
                }
                found => found.map(|_| Check::Bad(key)),
            }
        })
        .or_else(|| {
            pick(&|_, outcome| match outcome {
                Outcome::UnknownKey { found } => Some(Check::UnknownKey(found.clone())),
                _ => None,
            })
        })
        .unwrap_or_else(|| match mechanism {
            // No key can say anything of those that were made with a certificate, and which these are nobody looked at.
            Mechanism::Sigstore => {
                Check::TrustRootMissing("a key or root for sigstore bundles".to_owned())
            }
            _ => Check::UnknownKey(format!("of this {mechanism} signature")),
        })
}

/// The time that a signature of minisign says it was made at, in seconds, signed with it.
#[must_use]
pub fn claimed_time(mechanism: Mechanism, signature: &[u8]) -> Option<Timestamp> {
    if mechanism != Mechanism::Minisign {
        return None;
    }
    let text = std::str::from_utf8(signature).ok()?;
    let comment = text.lines().nth(2)?.strip_prefix("trusted comment: ")?;
    let seconds = comment.split('\t').find_map(|field| field.strip_prefix("timestamp:"))?;
    Timestamp::from_second(seconds.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::CertificateDefect::{Identity, Issuer, Untrusted};

    #[test]
    fn of_several_identities_the_nearest_one_is_told() {
        let refused = |defect| Outcome::Certificate { defect, reason: String::new() };
        let one = |key: &str, outcome| (key.to_owned(), outcome);
        let key = one("key", Outcome::CouldNotCheck { reason: "no key".to_owned() });
        let found = [
            key,
            one("a", refused(Untrusted)),
            one("b", refused(Identity)),
            one("c", refused(Issuer)),
        ];
        let check = Check::Certificate("b".to_owned(), Identity, String::new());
        assert_eq!(sum_up(Mechanism::Sigstore, &found), check);
        let valid = [found[1].clone(), one("d", Outcome::Valid), found[2].clone()];
        assert_eq!(sum_up(Mechanism::Sigstore, &valid), Check::Good("d".to_owned()));
    }

    #[test]
    fn what_is_no_signature_is_told_with_its_reason() {
        let bad = |key: &str| (key.to_owned(), Outcome::BadSignature);
        let malformed = |key: &str, reason: &str| {
            (key.to_owned(), Outcome::Malformed { reason: reason.to_owned() })
        };
        let sum_up = |found: &[_]| sum_up(Mechanism::Ed25519, found);
        let why = || "why".to_owned();
        assert_eq!(sum_up(&[malformed("a", "why")]), Check::Malformed(Some("a".to_owned()), why()));
        let both = [malformed("a", "why"), malformed("b", "why not")];
        assert_eq!(sum_up(&both), Check::Malformed(None, why()));
        // Some key could read it.
        assert_eq!(sum_up(&[malformed("a", "why"), bad("b")]), Check::Bad(None));
        assert_eq!(sum_up(&[bad("b")]), Check::Bad(Some("b".to_owned())));
    }

    #[test]
    fn a_key_that_speaks_against_itself_is_told_before_what_other_keys_say() {
        let bad = ("other".to_owned(), Outcome::BadSignature);
        for (outcome, unfit) in
            [(Outcome::ExpiredKey, Unfit::Expired), (Outcome::RevokedKey, Unfit::Revoked)]
        {
            let found = [bad.clone(), ("key".to_owned(), outcome)];
            let check = Check::KeyUnfit("key".to_owned(), unfit);
            assert_eq!(sum_up(Mechanism::Gpg, &found), check);
        }
    }
}
