//! Each defect has its own outcome.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;

const SOURCE: &str = "hello-1.2.3-source.tar.gz";

/// The release with the signature of its source archive replaced.
fn with(check: Check) -> Facts {
    let mut facts = facts();
    facts.signatures[2] = signature(SOURCE, check);
    facts
}

/// The policy with something done to Alice's key.
fn alice(change: impl FnOnce(&mut Key)) -> Policy {
    let mut policy = policy();
    change(&mut policy.keys[0]);
    policy
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_signed_release_passes() {
    check_outcomes(&policy(), &facts(), Answer::Yes, expect![[""]]);
}

#[test]
fn each_defect_of_a_signature_has_its_words() {
    use Check::{Bad, Malformed, TrustRootMissing, Unchecked, UnknownKey, WrongFile};
    let policy = policy();
    check_outcomes(
        &policy,
        &with(Bad(Some("id-bob".to_owned()))),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.sig: bad-signature: it is no signature of hello-1.2.3-source.tar.gz
    "#]],
    );
    check_outcomes(
        &policy,
        &with(Bad(None)),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.sig: bad-signature: it is no signature of hello-1.2.3-source.tar.gz
    "#]],
    );
    check_outcomes(
        &policy,
        &with(Malformed(None, "it begins with\n\u{1b}[2J".to_owned())),
        Answer::No,
        expect![[r#"
            no: hello-1.2.3-source.tar.gz.sig: bad-signature: it is no signature of hello-1.2.3-source.tar.gz: it begins with \u{1b}[2J
        "#]],
    );
    check_outcomes(
        &policy,
        &with(UnknownKey("77".to_owned())),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.sig: unknown-key: the policy does not have the key 77
    "#]],
    );
    check_outcomes(
        &policy,
        &with(Check::Good("id-mallory".to_owned())),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.id-mallory.sig: unknown-key: the policy does not have the key id-mallory
    "#]],
    );
    check_outcomes(
        &policy,
        &with(Check::Good("id-carol".to_owned())),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.id-carol.sig: wrong-identity: carol is not among those who sign this
    "#]],
    );
    check_outcomes(
        &policy,
        &with(WrongFile("index.json".to_owned())),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz.sig: wrong-file: it is over index.json
    "#]],
    );
    check_outcomes(
        &policy,
        &with(Unchecked("there is no gpg".to_owned())),
        Answer::Unknown,
        expect![[r#"
        unknown: hello-1.2.3-source.tar.gz.sig: could-not-check: there is no gpg
    "#]],
    );
    check_outcomes(
        &policy,
        &with(TrustRootMissing("Fulcio".to_owned())),
        Answer::Unknown,
        expect![[r#"
        unknown: hello-1.2.3-source.tar.gz.sig: trust-root-missing: Fulcio is not at hand
    "#]],
    );
    let mut none = facts();
    none.signatures.remove(2);
    check_outcomes(
        &policy,
        &none,
        Answer::No,
        expect![[r#"
        no: hello-1.2.3-source.tar.gz: no-signature: there is no signature, and there must be one
    "#]],
    );
}

#[test]
fn each_defect_of_a_key_has_its_words() {
    check_outcomes(
        &alice(|key| key.not_after = Some(now())),
        &facts(),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-alice.sig: expired-key: the key was valid until 2026-06-01T00:00:00Z
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        no: hello-1.2.3-source.tar.gz.id-alice.sig: expired-key: the key was valid until 2026-06-01T00:00:00Z
    "#]],
    );
    let later = time("2026-06-01T00:00:01Z");
    check_outcomes(
        &alice(|key| key.not_before = Some(later)),
        &facts(),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-alice.sig: not-yet-valid: the key is valid from 2026-06-01T00:00:01Z on
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        no: hello-1.2.3-source.tar.gz.id-alice.sig: not-yet-valid: the key is valid from 2026-06-01T00:00:01Z on
    "#]],
    );
    check_outcomes(&alice(|key| key.not_after = Some(later)), &facts(), Answer::Yes, expect![[""]]);
    check_outcomes(
        &alice(|key| key.not_before = Some(now())),
        &facts(),
        Answer::Yes,
        expect![[""]],
    );
    let missing = alice(|key| key.id = None);
    check_outcomes(
        &missing,
        &facts(),
        Answer::Unknown,
        expect![[r#"
        unknown: SHA256SUMS.id-alice.sig: unknown-key: the policy does not have the key id-alice
        unknown: SHA256SUMS: trust-root-missing: the key alice of the policy is not at hand
        unknown: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        unknown: hello-1.2.3-source.tar.gz.id-alice.sig: unknown-key: the policy does not have the key id-alice
        unknown: hello-1.2.3-source.tar.gz: trust-root-missing: the key alice of the policy is not at hand
    "#]],
    );
}

#[test]
fn what_a_revoked_key_signed_counts_only_if_the_policy_says_so_and_it_claims_to_be_older() {
    let revoked = |earlier| {
        let (date, reason) = (time("2026-03-01T00:00:00Z"), "a laptop was lost".to_owned());
        alice(|key| key.revoked = Some(Revocation { date, reason, earlier }))
    };
    let at = |time: &str| {
        let mut facts = facts();
        facts
            .signatures
            .iter_mut()
            .for_each(|signature| signature.claimed_time = Some(self::time(time)));
        facts
    };
    let (accept, refuse) = (EarlierSignatures::Accept, EarlierSignatures::Refuse);
    check_outcomes(
        &revoked(refuse),
        &at("2026-02-01T00:00:00Z"),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        no: hello-1.2.3-source.tar.gz.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
    "#]],
    );
    check_outcomes(
        &revoked(accept),
        &facts(),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        no: hello-1.2.3-source.tar.gz.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
    "#]],
    );
    check_outcomes(
        &revoked(accept),
        &at("2026-03-01T00:00:00Z"),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
        no: hello-1.2.3-source.tar.gz.id-alice.sig: revoked-key: revoked 2026-03-01T00:00:00Z: a laptop was lost
    "#]],
    );
    check_outcomes(&revoked(accept), &at("2026-02-28T23:59:59Z"), Answer::Yes, expect![[""]]);
}

#[test]
fn a_policy_has_an_end_a_product_and_a_minimum_version() {
    let mut policy = policy();
    policy.expires = Some(now());
    check_outcomes(
        &policy,
        &facts(),
        Answer::No,
        expect![[r#"
        no: expired-policy: the policy ended 2026-06-01T00:00:00Z
    "#]],
    );
    policy.tolerated = BTreeSet::from([Tolerated::ExpiredPolicy]);
    check_outcomes(
        &policy,
        &facts(),
        Answer::Yes,
        expect![[r#"
        note: expired-policy: the policy ended 2026-06-01T00:00:00Z
    "#]],
    );
    policy.tolerated = BTreeSet::from([Tolerated::ExpiredKey]);
    policy.keys[0].not_after = Some(now());
    policy.expires = None;
    check_outcomes(&policy, &facts(), Answer::Yes, expect![[""]]);

    let mut other = facts();
    other.product = Some("hallo".to_owned());
    check_outcomes(
        &policy,
        &other,
        Answer::No,
        expect![[r#"
        no: wrong-product: it is a release of hallo, the policy is for hello
    "#]],
    );
    let version = |text: &str| Facts { version: Some(text.parse().unwrap()), ..facts() };
    check_outcomes(
        &policy,
        &version("1.2.0-rc.1"),
        Answer::No,
        expect![[r#"
        no: version-too-old: it is version 1.2.0-rc.1, expected 1.2.0 or later
    "#]],
    );
    check_outcomes(&policy, &version("1.2.0+build"), Answer::Yes, expect![[""]]);
    let unknown = Facts { version: None, product: None, ..facts() };
    check_outcomes(
        &policy,
        &unknown,
        Answer::Unknown,
        expect![[r#"
        unknown: could-not-check: the product of the release is not known
        unknown: could-not-check: the version of the release is not known
    "#]],
    );
}

#[test]
fn thresholds_count_holders_and_no_key_twice() {
    let policy = policy();
    let mut twice = facts();
    twice.signatures[1] = good("SHA256SUMS", "alice");
    check_outcomes(
        &policy,
        &twice,
        Answer::No,
        expect![[r#"
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
    "#]],
    );

    let mut one_holder = policy.clone();
    one_holder.keys[1].identity = "alice".to_owned();
    check_outcomes(
        &one_holder,
        &facts(),
        Answer::No,
        expect![[r#"
        no: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
    "#]],
    );

    let mut open = facts();
    open.signatures[1] = signature("SHA256SUMS", Check::Unchecked("there is no gpg".to_owned()));
    check_outcomes(
        &policy,
        &open,
        Answer::Unknown,
        expect![[r#"
        unknown: SHA256SUMS.sig: could-not-check: there is no gpg
        unknown: SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed
    "#]],
    );
    open.signatures.remove(0);
    check_outcomes(
        &policy,
        &open,
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.sig: could-not-check: there is no gpg
        no: SHA256SUMS: threshold-not-met: 0 of 2 signers that it takes have signed
    "#]],
    );
}

#[test]
fn every_kind_that_must_be_signed_must_be_there() {
    let mut facts = facts();
    facts.files.remove("index.json");
    check_outcomes(
        &policy(),
        &facts,
        Answer::No,
        expect![[r#"
        no: missing-file: the release has no index file, and one must be signed
        note: index.json.id-carol.sig: signed: signed by carol, and need not be
    "#]],
    );
    check_outcomes(
        &policy(),
        &Facts::default(),
        Answer::No,
        expect![[r#"
        unknown: could-not-check: the product of the release is not known
        unknown: could-not-check: the version of the release is not known
        no: missing-file: the release has no checksums file, and one must be signed
        no: missing-file: the release has no payload file, and one must be signed
        no: missing-file: the release has no index file, and one must be signed
    "#]],
    );
}

#[test]
fn signatures_beside_enough_good_ones_are_told_and_decide_nothing() {
    let mut facts = facts();
    facts.signatures.push(signature(SOURCE, Check::Bad(None)));
    facts.signatures.push(good("hello-1.2.3.cdx.json", "alice"));
    facts.signatures.push(signature("hello-1.2.3.cdx.json", Check::Bad(None)));
    facts.signatures.push(signature("stranger", Check::UnknownKey("77".to_owned())));
    check_outcomes(
        &policy(),
        &facts,
        Answer::Yes,
        expect![[r#"
        note: hello-1.2.3-source.tar.gz.sig: bad-signature: it is no signature of hello-1.2.3-source.tar.gz
        note: hello-1.2.3.cdx.json.id-alice.sig: signed: signed by alice, and need not be
        note: hello-1.2.3.cdx.json.sig: bad-signature: it is no signature of hello-1.2.3.cdx.json
        note: stranger.sig: unknown-key: the policy does not have the key 77
    "#]],
    );
}

#[test]
fn an_artifact_is_a_payload_whatever_its_name() {
    use FileKind::{BuildMetadata, Checksums, Index, Manifest, Provenance};
    let artifacts = BTreeSet::from(["hello.cdx.json".to_owned()]);
    assert_eq!(FileKind::of("hello.cdx.json", &artifacts), Some(FileKind::Payload));
    assert_eq!(FileKind::of("other.spdx.json", &artifacts), Some(FileKind::Sbom));
    assert_eq!(FileKind::of("README.md", &artifacts), None);
    let singles =
        ["BUILD_META.txt", "SHA256SUMS", "index.json", "release-manifest.json", "provenance.json"];
    let kinds = singles.map(|name| FileKind::of(name, &artifacts).unwrap());
    assert_eq!(kinds, [BuildMetadata, Checksums, Index, Manifest, Provenance]);
    assert_eq!(kinds.map(FileKind::says_which_release), [false, true, false, true, false]);
}

#[test]
fn a_statement_that_a_key_has_not_signed_is_a_no_whatever_else_is_signed() {
    let statement = |check| Facts {
        statements: vec![Signature {
            place: "hello-1.2.3.intoto.jsonl".to_owned(),
            ..signature("provenance.json", check)
        }],
        ..facts()
    };
    check_outcomes(
        &policy(),
        &statement(Check::Bad(Some("id-carol".to_owned()))),
        Answer::No,
        expect![[r#"
        no: hello-1.2.3.intoto.jsonl: bad-signature: it is no signature of provenance.json
    "#]],
    );
    check_outcomes(
        &policy(),
        &statement(Check::Unchecked("the disk is broken".to_owned())),
        Answer::Unknown,
        expect![[r#"
        unknown: hello-1.2.3.intoto.jsonl: could-not-check: the disk is broken
    "#]],
    );
}

#[test]
fn keys_alone_ask_for_the_checksums_and_with_more_for_each_payload() {
    let alice = (KeyKind::Pem, "id-alice".to_owned(), None);
    let key = || BTreeMap::from([("k.pem".to_owned(), alice.clone())]);
    let mut facts = facts();
    let checksums = Policy::of_keys(key(), false).unwrap();
    let payloads = Policy::of_keys(key(), true).unwrap();
    check_outcomes(
        &payloads,
        &facts,
        Answer::Yes,
        expect![[r#"
        note: SHA256SUMS.id-bob.sig: unknown-key: the policy does not have the key id-bob
        note: index.json.id-carol.sig: unknown-key: the policy does not have the key id-carol
    "#]],
    );
    facts.signatures.remove(2);
    check_outcomes(
        &checksums,
        &facts,
        Answer::Yes,
        expect![[r#"
        note: SHA256SUMS.id-bob.sig: unknown-key: the policy does not have the key id-bob
        note: index.json.id-carol.sig: unknown-key: the policy does not have the key id-carol
    "#]],
    );
    check_outcomes(
        &payloads,
        &facts,
        Answer::No,
        expect![[r#"
        note: SHA256SUMS.id-bob.sig: unknown-key: the policy does not have the key id-bob
        no: hello-1.2.3-source.tar.gz: no-signature: there is no signature, and there must be one
        note: index.json.id-carol.sig: unknown-key: the policy does not have the key id-carol
    "#]],
    );
    facts.signatures.remove(0);
    check_outcomes(
        &checksums,
        &facts,
        Answer::No,
        expect![[r#"
        no: SHA256SUMS.id-bob.sig: unknown-key: the policy does not have the key id-bob
        note: index.json.id-carol.sig: unknown-key: the policy does not have the key id-carol
    "#]],
    );
}

#[test]
fn each_defect_of_a_certificate_has_its_word() {
    use crate::signature::CertificateDefect::{Expired, Identity, Issuer, NotInLog, Untrusted};
    for (defect, word) in [
        (Expired, "expired-certificate"),
        (Identity, "wrong-identity"),
        (Issuer, "wrong-issuer"),
        (NotInLog, "not-in-log"),
        (Untrusted, "untrusted-certificate"),
    ] {
        let check = Check::Certificate("id-bob".to_owned(), defect, "so it is".to_owned());
        let report = evaluate(&Keyring::of(&policy()), &with(check), now());
        let found: Vec<_> =
            report.outcomes.iter().filter(|outcome| outcome.decision == Decision::No).collect();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].outcome.as_str(), found[0].key.as_deref()), (word, Some("bob")));
        assert_eq!(report.answer(), Answer::No);
    }
}

#[test]
fn signatures_nobody_looked_at_are_told_and_answer_nothing() {
    let report = not_checked(&[("SHA256SUMS".to_owned(), "SHA256SUMS.sig".to_owned())]);
    let lines: Vec<_> = report.outcomes.iter().map(ToString::to_string).collect();
    expect![[r#"["SHA256SUMS.sig: not-checked: neither a key nor a policy was given"]"#]]
        .assert_eq(&format!("{lines:?}"));
    assert_eq!((report.outcomes[0].decision, report.answer()), (Decision::Note, Answer::Unknown));
    assert_eq!(report.policy, None);
}

#[test]
fn a_release_that_cannot_be_read_is_told_with_the_reason() {
    let report = unreadable("trust.toml", "SHA256SUMS is missing");
    let lines: Vec<_> = report.outcomes.iter().map(ToString::to_string).collect();
    expect![[r#"["could-not-check: SHA256SUMS is missing"]"#]].assert_eq(&format!("{lines:?}"));
    assert_eq!(
        (report.outcomes[0].decision, report.answer()),
        (Decision::Unknown, Answer::Unknown)
    );
    assert_eq!(report.policy.as_deref(), Some("trust.toml"));
}

#[test]
fn a_report_keeps_its_outcomes_under_a_name_and_with_defects_of_statements() {
    let mut facts = facts();
    facts.signatures.clear();
    let bare = evaluate(&Keyring::of(&policy()), &facts, now());
    let defects = [(7, "it is no JSON".to_owned())];
    let report = bare.clone().with_defects(&defects).by("trust.toml".to_owned());
    assert_eq!(report.policy.as_deref(), Some("trust.toml"));
    let (last, outcomes) = report.outcomes.split_last().unwrap();
    assert_eq!(outcomes, bare.outcomes);
    expect!["note: key-statements.jsonl: statement-refused: line 7: it is no JSON"]
        .assert_eq(&format!("{}: {last}", last.decision));
    assert_eq!(report.answer(), Answer::No);
}

#[test]
fn what_could_be_good_leaves_a_threshold_open_only_if_there_is_enough_of_it() {
    let mut facts = facts();
    let unchecked = |place: &str| Signature {
        place: place.to_owned(),
        ..signature("SHA256SUMS", Check::Unchecked("no gpg".to_owned()))
    };
    facts.signatures.retain(|signature| signature.file != "SHA256SUMS");
    for (count, answer) in [(0, Answer::No), (1, Answer::No), (2, Answer::Unknown)] {
        let mut facts = facts.clone();
        facts.signatures.extend(["a", "b"].into_iter().take(count).map(unchecked));
        let report = evaluate(&Keyring::of(&policy()), &facts, now());
        assert_eq!(report.answer(), answer, "{count}");
    }
}
