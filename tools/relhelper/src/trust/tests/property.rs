//! What holds for every policy and every set of signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "mallory"];
const FILES: [&str; 4] =
    ["SHA256SUMS", "hello-1.2.3-source.tar.gz", "index.json", "release-manifest.json"];

fn any_check() -> impl Strategy<Value = Check> {
    let id = || proptest::sample::select(&NAMES[..]).prop_map(|name| format!("id-{name}"));
    prop_oneof![
        4 => id().prop_map(Check::Good),
        1 => proptest::option::of(id()).prop_map(Check::Bad),
        1 => proptest::option::of(id()).prop_map(|id| Check::Malformed(id, "x".to_owned())),
        1 => Just(Check::UnknownKey("7".to_owned())),
        1 => Just(Check::WrongFile("x".to_owned())),
        1 => Just(Check::Unchecked("x".to_owned())),
        1 => Just(Check::TrustRootMissing("x".to_owned())),
    ]
}

fn any_signature() -> impl Strategy<Value = Signature> {
    (proptest::sample::select(&FILES[..]), any_check(), proptest::option::of(0..3_i64)).prop_map(
        |(file, check, days)| {
            let claimed_time = days.map(|days| {
                Timestamp::from_second(now().as_second() + 86400 * (days - 1)).unwrap()
            });
            Signature { claimed_time, ..signature(file, check) }
        },
    )
}

fn any_key(name: &'static str) -> impl Strategy<Value = Key> {
    let time = || {
        proptest::option::weighted(
            0.2,
            (0..3_i64).prop_map(|days| {
                Timestamp::from_second(now().as_second() + 86400 * (days - 1)).unwrap()
            }),
        )
    };
    let earlier = proptest::sample::select(EarlierSignatures::ALL);
    (any::<bool>(), proptest::bool::weighted(0.9), time(), time(), time(), earlier).prop_map(
        move |(shared, known, not_before, not_after, revoked, earlier)| Key {
            name: name.to_owned(),
            identity: if shared { "shared" } else { name }.to_owned(),
            kind: KeyKind::Pem,
            id: known.then(|| format!("id-{name}")),
            material: None,
            not_before,
            not_after,
            revoked: revoked.map(|date| Revocation { date, reason: "r".to_owned(), earlier }),
        },
    )
}

fn any_requirement() -> impl Strategy<Value = Requirement> {
    let kinds = [FileKind::Checksums, FileKind::Payload, FileKind::Index, FileKind::Manifest];
    let files = proptest::sample::subsequence(kinds.to_vec(), 1..=4);
    let identities =
        proptest::sample::subsequence(vec!["alice", "bob", "carol", "dave", "shared"], 1..=5);
    (files, identities, 1..=3_usize).prop_map(|(files, identities, threshold)| Requirement {
        files: files.into_iter().collect(),
        signers: Quorum {
            identities: identities.into_iter().map(str::to_owned).collect(),
            threshold,
        },
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let keys = (any_key("alice"), any_key("bob"), any_key("carol"), any_key("dave"));
    let tolerated = proptest::sample::subsequence(Tolerated::ALL.to_vec(), 0..=2);
    (
        keys,
        proptest::collection::vec(any_requirement(), 1..3),
        tolerated,
        proptest::bool::weighted(0.1),
    )
        .prop_map(|((a, b, c, d), requirements, tolerated, expired)| Policy {
            product: Some("hello".to_owned()),
            minimum_version: None,
            expires: expired.then(now),
            tolerated: tolerated.into_iter().collect(),
            keys: vec![a, b, c, d],
            requirements,
            recovery: None,
        })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let files = proptest::sample::subsequence(FILES.to_vec(), 3..=4);
    (files, proptest::collection::vec(any_signature(), 0..24)).prop_map(|(files, signatures)| {
        let artifacts = BTreeSet::from([FILES[1].to_owned()]);
        let file = |name: &str| Some((name.to_owned(), FileKind::of(name, &artifacts)?));
        Facts { files: files.into_iter().filter_map(file).collect(), signatures, ..facts() }
    })
}

fn answer(policy: &Policy, facts: &Facts) -> Answer {
    evaluate(&Keyring::of(policy), facts, now()).answer()
}

/// The same rule, written again in the plainest way: every file of every rule has enough holders of good keys.
fn is_satisfied(policy: &Policy, facts: &Facts) -> bool {
    let expired = policy.expires.is_some() && !policy.tolerated.contains(&Tolerated::ExpiredPolicy);
    let holder = |signature: &Signature| {
        let Check::Good(id) = &signature.check else { return None };
        let key = policy.keys.iter().find(|key| key.id.as_ref() == Some(id))?;
        let begun = key.not_before.is_none_or(|from| from <= now());
        let tolerated = policy.tolerated.contains(&Tolerated::ExpiredKey);
        let lasts = tolerated || key.not_after.is_none_or(|end| now() < end);
        let revoked = key.revoked.as_ref().is_some_and(|revoked| {
            revoked.earlier == EarlierSignatures::Refuse
                || signature.claimed_time.is_none_or(|time| time >= revoked.date)
        });
        (begun && lasts && !revoked).then(|| key.identity.clone())
    };
    !expired
        && policy.requirements.iter().all(|rule| {
            rule.files.iter().all(|kind| {
                let mut files = facts.files.iter().filter(|(_, found)| *found == kind).peekable();
                files.peek().is_some()
                    && files.all(|(name, _)| {
                        let over =
                            facts.signatures.iter().filter(|signature| signature.file == *name);
                        let holders: BTreeSet<_> = over.filter_map(holder).collect();
                        holders.intersection(&rule.signers.identities).count()
                            >= rule.signers.threshold
                    })
            })
        })
}

proptest! {
    #[test]
    fn yes_is_said_exactly_when_the_rules_are_satisfied(policy in any_policy(), facts in any_facts()) {
        prop_assert_eq!(answer(&policy, &facts) == Answer::Yes, is_satisfied(&policy, &facts));
    }

    #[test]
    fn without_a_good_signature_the_answer_is_never_yes(policy in any_policy(), mut facts in any_facts()) {
        facts.signatures.retain(|signature| !matches!(signature.check, Check::Good(_)));
        prop_assert_ne!(answer(&policy, &facts), Answer::Yes);
    }

    #[test]
    fn a_signature_less_never_makes_a_yes(policy in any_policy(), facts in any_facts(), index in any::<proptest::sample::Index>()) {
        prop_assume!(!facts.signatures.is_empty());
        let mut fewer = facts.clone();
        fewer.signatures.remove(index.index(facts.signatures.len()));
        prop_assert!(answer(&policy, &facts) == Answer::Yes || answer(&policy, &fewer) != Answer::Yes);
    }

    #[test]
    fn a_signature_that_is_not_good_never_makes_nor_breaks_a_yes(policy in any_policy(), facts in any_facts(), added in any_signature()) {
        prop_assume!(!matches!(added.check, Check::Good(_)));
        let mut more = facts.clone();
        more.signatures.push(added);
        prop_assert_eq!(answer(&policy, &facts) == Answer::Yes, answer(&policy, &more) == Answer::Yes);
    }

    #[test]
    fn the_same_signatures_again_change_nothing(policy in any_policy(), facts in any_facts()) {
        let mut twice = facts.clone();
        twice.signatures.extend(facts.signatures.iter().cloned());
        prop_assert_eq!(answer(&policy, &facts) == Answer::Yes, answer(&policy, &twice) == Answer::Yes);
    }

    #[test]
    fn any_text_as_a_policy_is_refused_with_a_reason_or_has_a_rule(text in ".{0,200}") {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.0.is_empty());
        }
    }
}
