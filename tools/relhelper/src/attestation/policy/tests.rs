#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;
use crate::attestation::samples::{POLICY, key, policy, policy_text};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Policy, PolicyError<Problem>> {
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    Policy::parse(&policy_text(text), &BTreeMap::new(), now)
}

/// Replaces one part of the good policy, which must be there.
#[track_caller]
fn check_error(from: &str, to: &str, expected: Expect) {
    assert!(POLICY.contains(from), "{from}");
    expected.assert_eq(&parse(&POLICY.replacen(from, to, 1)).unwrap_err().to_string());
}

#[test]
fn reads_builders_and_defaults() {
    let policy = policy(POLICY);
    assert_eq!(policy.builders().len(), 2);
    assert_eq!(policy.threshold, 2);
    assert_eq!(policy.artifacts, Artifacts::All);
    assert_eq!(policy.build_type, crate::document::provenance::BUILD_TYPE);
    let alice = policy.builder("https://alice.example").unwrap();
    assert!(alice.holds_any(&[key(1).public().id()].into()));
    assert!(!alice.holds_any(&[key(2).public().id()].into()));
    assert!(alice.is_independent_of(policy.builder("https://bob.example").unwrap()));
    assert!(!alice.is_independent_of(alice));
}

#[test]
fn one_key_is_one_key() {
    check_error("\"BOB\"", "\"ALICE\"", expect!["keys `alice` and `bob` are one key"]);
    check_error(
        "name = \"bob\"",
        "name = \"alice\"",
        expect![[r#"
            the name `alice` is given to two keys
              the builder `https://bob.example` names the key `bob`, which is not there"#]],
    );
    check_error(
        "keys = [\"bob\"]",
        "keys = [\"bob\", \"alice\"]",
        expect![
            "the builders `https://alice.example` and `https://bob.example` share the key `alice`"
        ],
    );
    check_error(
        "https://bob",
        "https://alice",
        expect!["the builder `https://alice.example` is there twice"],
    );
}

#[test]
fn refuses_what_could_never_be_met_or_always() {
    check_error(
        "threshold = 2",
        "threshold = 0",
        expect!["`rebuilds.threshold` is 0, expected 1 to 2, the number of builders"],
    );
    check_error(
        "threshold = 2",
        "threshold = 3",
        expect!["`rebuilds.threshold` is 3, expected 1 to 2, the number of builders"],
    );
    check_error(
        "threshold = 2",
        "threshold = -1",
        expect!["line 28: invalid value: integer `-1`, expected u64"],
    );
    check_error(
        "[rebuilds]\nthreshold = 2",
        "",
        expect!["there is no `[rebuilds]`, which says how many builders it takes"],
    );
    check_error(
        "keys = [\"bob\"]",
        "keys = []",
        expect!["the builder `https://bob.example` names no keys"],
    );
    check_error(
        "keys = [\"bob\"]",
        "keys = [\"carol\"]",
        expect!["the builder `https://bob.example` names the key `carol`, which is not there"],
    );
    let none = &POLICY[..POLICY.find("[[builder]]").unwrap()];
    expect![[r#"
        there is no `[[builder]]`, so nobody could be counted
          `rebuilds.threshold` is 1, expected 1 to 0, the number of builders"#]]
    .assert_eq(&parse(&format!("{none}[rebuilds]\nthreshold = 1")).unwrap_err().to_string());
}

#[test]
fn refuses_what_it_cannot_read() {
    check_error(
        "formatVersion = 1",
        "formatVersion = 2",
        expect!["`formatVersion` is 2, expected 1"],
    );
    check_error(
        "operator = \"Bob\"",
        "operator = \"\"",
        expect![
            "`operator` of the builder `https://bob.example` is empty, or not one printable line"
        ],
    );
    check_error("machine = \"b\"\n", "", expect!["line 21: missing field `machine`"]);
    check_error(
        "machine = \"b\"",
        "machine = \"b\"\nsecond = 1",
        expect![
            "line 25: unknown field `second`, expected one of `id`, `operator`, `machine`, `keys`"
        ],
    );
    check_error(
        "id = \"https://bob.example\"",
        "id = \"bob\"",
        expect![[r#"
        a builder: `bob` is not a URI such as `https://example.org/rebuilder`
          `rebuilds.threshold` is 2, expected 1 to 1, the number of builders"#]],
    );
    check_error(
        "\"BOB\"",
        "\"x\"",
        expect!["key `bob`: it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM"],
    );
    check_error(
        "publicKey = \"BOB\"\n",
        "",
        expect!["key `bob` has neither, expected one of `publicKey` and `file`"],
    );
    check_error(
        "publicKey = \"BOB\"",
        "file = \"bob.pem\"",
        expect!["key `bob`: its file `bob.pem` is not there"],
    );
    check_error(
        "publicKey = \"BOB\"",
        "publicKey = \"BOB\"\nfingerprint = \"00\"",
        expect![
            "the fingerprint of key `bob` is 47dea58ea00fae9417ee19d76755bfef690899021132effb04fe1f9e4f0c8059, and 00 is pinned"
        ],
    );
    check_error(
        "kind = \"pem\"\npublicKey = \"BOB\"",
        "kind = \"minisign\"\npublicKey = \"BOB\"",
        expect!["key `bob` is of the kind `minisign`, and attestations are signed with `pem` keys"],
    );
    check_error(
        "threshold = 2",
        "threshold = 2\nrevision = \"main\"",
        expect![
            "`rebuilds.revision` is `main`, expected a commit: 40 or 64 lower-case hexadecimal digits"
        ],
    );
    check_error(
        "threshold = 2",
        "threshold = 2\nartifacts = \"some\"",
        expect!["line 29: unknown variant `some`, expected `all` or `each`"],
    );
    let long = format!("#{}", "x".repeat(1 << 20));
    expect!["it has 1048577 bytes, at most 1048576 are read"]
        .assert_eq(&parse(&long).unwrap_err().to_string());
}

#[test]
fn keys_count_as_long_as_they_are_trusted() {
    let bob_holds = |more: &str| {
        let text = POLICY.replace("publicKey = \"BOB\"", &format!("publicKey = \"BOB\"\n{more}"));
        let policy = parse(&text).unwrap();
        let bob = policy.builder("https://bob.example").unwrap();
        bob.holds_any(&[key(2).public().id()].into())
    };
    // It is 2023-11-14T22:13:20Z.
    assert!(bob_holds("notBefore = 2023-11-14T22:13:20Z"));
    assert!(!bob_holds("notBefore = 2023-11-14T22:13:21Z"));
    assert!(!bob_holds("notAfter = 2023-11-14T22:13:20Z"));
    assert!(bob_holds("notAfter = 2023-11-14T22:13:21Z"));
    assert!(!bob_holds("revoked = { date = 2030-01-01T00:00:00Z, reason = \"lost\" }"));
    check_error(
        "formatVersion = 1",
        "formatVersion = 1\nexpires = 2023-11-14T22:13:20Z",
        expect!["the policy is over since 2023-11-14T22:13:20Z"],
    );
    check_error(
        "formatVersion = 1",
        "formatVersion = 1\nexpires = 2023-11-14",
        expect![
            "`expires` of key `the policy` is 2023-11-14, expected a date and time with an offset, as in 2026-01-01T00:00:00Z"
        ],
    );
}

#[test]
fn what_the_policy_tolerates_is_tolerated() {
    let with = |more: &str| {
        let ended = "expires = 2000-01-01T00:00:00Z\ntolerate = ";
        let text =
            POLICY.replace("formatVersion = 1", &format!("formatVersion = 1\n{ended}{more}"));
        let over = "publicKey = \"BOB\"\nnotAfter = 2000-01-01T00:00:00Z";
        parse(&text.replace("publicKey = \"BOB\"", over)).map(|policy| policy.keys().len())
    };
    assert_eq!(with("[\"expired-policy\"]"), Ok(1));
    assert_eq!(with("[\"expired-policy\", \"expired-key\"]"), Ok(2));
    assert!(with("[\"expired-key\"]").is_err());
}

#[test]
fn takes_keys_from_files_beside_it() {
    let text = POLICY.replace("publicKey = \"BOB\"", "file = \"bob.pem\"");
    assert_eq!(key_files(&text).unwrap(), ["bob.pem".to_owned()].into());
    let pem = key(2).public().to_pem();
    let files = [("bob.pem".to_owned(), pem.into_bytes())].into();
    let now = Timestamp::from_second(0).unwrap();
    let policy = Policy::parse(&policy_text(&text), &files, now).unwrap();
    assert_eq!(policy.keys().len(), 2);
}

#[test]
fn whose_signatures_and_whose_builds_count_stand_in_one_file() {
    let more = "tolerate = []\nminimumVersion = \"1.0.0\"\n";
    let text = POLICY.replace("formatVersion = 1\n", &format!("formatVersion = 1\n{more}"));
    let rule = "[[require]]\nfiles = [\"checksums\"]\nidentities = [\"alice\"]\n";
    let text = policy_text(&format!("{text}{rule}[recovery]\nidentities = [\"bob\"]\n"));
    let now = Timestamp::from_second(0).unwrap();
    let policy = Policy::parse(&text, &BTreeMap::new(), now).unwrap();
    assert_eq!(
        (policy.product.as_str(), policy.minimum_version),
        ("hello", Some(Version::new(1, 0, 0)))
    );
    crate::trust::PolicyFile::parse(&text).unwrap();
}

#[test]
fn which_product_and_from_which_version_on() {
    check_error(
        "product = \"hello\"\n",
        "",
        expect!["there is no `product`, the name of the product that the policy is for"],
    );
    check_error(
        "product = \"hello\"\n",
        "product = \"hello\"\nminimumVersion = \"2\"\n",
        expect![
            "`minimumVersion` is `2`, which is no version: unexpected end of input while parsing major version number"
        ],
    );
}

#[test]
fn a_revoked_key_counts_no_more() {
    let policy = policy(POLICY).without(&[key(1).public().id().to_string()].into());
    let alice = policy.builder("https://alice.example").unwrap();
    assert!(!alice.holds_any(&[key(1).public().id()].into()));
    let bob = policy.builder("https://bob.example").unwrap();
    assert!(bob.holds_any(&[key(2).public().id()].into()));
}

#[test]
fn builders_or_a_threshold_make_it_a_policy_on_rebuilds() {
    let (builders, threshold) = POLICY.split_once("[rebuilds]").unwrap();
    assert!(wants_rebuilds(POLICY).unwrap());
    assert!(wants_rebuilds(builders).unwrap());
    assert!(wants_rebuilds(&format!("formatVersion = 1\n[rebuilds]{threshold}")).unwrap());
    assert!(!wants_rebuilds("formatVersion = 1\n").unwrap());
    assert!(wants_rebuilds("formatVersion = 2\n").is_err());
}

proptest! {
    #[test]
    fn never_panics(text in "(\\[\\[(key|builder)\\]\\]\n|\\[rebuilds\\]\n|[a-z]{1,8} = (\"[a-z]{0,4}\"|[0-9]{1,3}|\\[\\])\n){0,8}") {
        let _ = Policy::parse(&text, &BTreeMap::new(), Timestamp::UNIX_EPOCH);
    }
}

#[test]
fn a_commit_has_its_length_and_its_digits() {
    let with = |revision: &str| {
        parse(
            &POLICY.replace("threshold = 2", &format!("threshold = 2\nrevision = \"{revision}\"")),
        )
    };
    for good in ["0123456789abcdef".repeat(4), "f".repeat(40)] {
        assert_eq!(with(&good).unwrap().revision, Some(good));
    }
    for bad in ["f".repeat(39), "f".repeat(41), "g".repeat(40), "F".repeat(64)] {
        assert!(matches!(with(&bad).unwrap_err().0[..], [Problem::Revision { .. }]), "{bad}");
    }
}

#[test]
fn the_fingerprint_of_a_key_can_be_pinned() {
    let pinned = key(2).public().id().to_string();
    let with = |fingerprint: &str| {
        let line = format!("publicKey = \"BOB\"\nfingerprint = \"{fingerprint}\"");
        parse(&POLICY.replace("publicKey = \"BOB\"", &line))
    };
    assert!(with(&pinned).is_ok());
    let other = key(1).public().id().to_string();
    assert!(matches!(with(&other).unwrap_err().0[..], [Problem::Fingerprint { .. }]));
}

#[test]
fn a_policy_is_as_large_as_it_may_be() {
    let fill = |bytes: u64| {
        let fill = usize::try_from(bytes).unwrap() - POLICY.len() - 1;
        format!("{POLICY}#{}", " ".repeat(fill))
    };
    assert!(raw::parse(&fill(MAX_BYTES)).is_ok());
    let PolicyError(problems) = raw::parse(&fill(MAX_BYTES + 1)).err().unwrap();
    assert_eq!(problems, [Problem::Size { found: MAX_BYTES + 1 }]);
}
