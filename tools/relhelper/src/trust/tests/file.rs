//! The policy file.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;

#[track_caller]
fn check_error(text: &str, expected: Expect) {
    expected.assert_eq(&parse(text).unwrap_err().to_string());
}

/// The policy with one text in it replaced.
#[track_caller]
fn with(old: &str, new: &str) -> String {
    assert!(POLICY.contains(old), "{old}");
    POLICY.replacen(old, new, 1)
}

#[test]
fn a_good_file_says_all_of_it() {
    let policy = policy();
    assert_eq!(policy.product.as_deref(), Some("hello"));
    assert_eq!(policy.minimum_version, Some("1.2.0".parse().unwrap()));
    assert_eq!(policy.expires, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(policy.requirements().len(), 3);
    assert_eq!(policy.requirements()[0].signers.threshold, 2);
    let ids: Vec<_> = policy.keys().iter().map(|key| key.id.as_deref().unwrap()).collect();
    assert_eq!(ids, ["id-alice", "id-bob", "id-carol"]);
}

#[test]
fn refuses_unknown_keys_in_every_table() {
    check_error(
        &with("product =", "prodcut = 1\nproduct ="),
        expect![
            "line 3: unknown field `prodcut`, expected one of `formatVersion`, `product`, `minimumVersion`, `expires`, `tolerate`, `key`, `require`, `recovery`, `builder`, `rebuilds`"
        ],
    );
    check_error(
        &with("name = \"bob\"", "name = \"bob\"\nfingerprnt = \"\""),
        expect![
            "line 14: unknown field `fingerprnt`, expected one of `name`, `identity`, `kind`, `publicKey`, `file`, `certificateIdentity`, `certificateOidcIssuer`, `trustedRoot`, `fingerprint`, `notBefore`, `notAfter`, `revoked`"
        ],
    );
    check_error(
        &with("threshold = 2", "treshold = 2"),
        expect![
            "line 25: unknown field `treshold`, expected one of `files`, `identities`, `threshold`"
        ],
    );
    let revoked =
        "revoked = { date = 2026-01-01T00:00:00Z, reason = \"r\", x = 1 }\nname = \"bob\"";
    check_error(
        &with("name = \"bob\"", revoked),
        expect![
            "line 13: unknown field `x`, expected one of `date`, `reason`, `earlierSignatures`"
        ],
    );
    let recovery = "[recovery]\nidentities = [\"alice\"]\nx = 1\n[[require]]";
    check_error(
        &with("[[require]]", recovery),
        expect!["line 24: unknown field `x`, expected `identities` or `threshold`"],
    );
}

#[test]
fn refuses_what_is_said_twice() {
    check_error(
        &with("product =", "product = \"hello\"\nproduct ="),
        expect!["line 4: duplicate key"],
    );
    check_error(
        &with("name = \"bob\"", "name = \"alice\""),
        expect![[r#"
        line 12: the name `alice` is given to two keys
          line 24: no key has the identity `bob`
          line 29: no key has the identity `bob`"#]],
    );
    check_error(
        &with("publicKey = \"bob\"", "publicKey = \"alice\\n\""),
        expect!["line 12: keys `alice` and `bob` are one key"],
    );
    check_error(
        &with("[\"checksums\"]", "[\"checksums\", \"checksums\"]"),
        expect!["line 23: `checksums` is in the list twice"],
    );
    check_error(
        &with("[\"carol\"]", "[\"carol\", \"carol\"]"),
        expect!["line 33: `carol` is in the list twice"],
    );
}

#[test]
fn refuses_what_makes_no_sense_and_lists_all_of_it() {
    check_error(
        &with("formatVersion = 1", "formatVersion = 2"),
        expect!["line 2: `formatVersion` is 2, expected 1"],
    );
    check_error(
        &with("threshold = 2", "threshold = 0"),
        expect!["line 25: the threshold is 0, expected 1 to 2, the number of identities"],
    );
    check_error(
        &with("threshold = 2", "threshold = 3"),
        expect!["line 25: the threshold is 3, expected 1 to 2, the number of identities"],
    );
    check_error(
        &with("threshold = 2", "threshold = -1"),
        expect!["line 25: invalid value: integer `-1`, expected u64"],
    );
    check_error(&with("[\"carol\"]", "[]"), expect!["line 33: `identities` is empty"]);
    check_error(&with("[\"index\"]", "[]"), expect!["line 32: `files` is empty"]);
    check_error(
        &with("[\"index\"]", "[\"indices\"]"),
        expect![
            "line 32: the kind of file is `indices`, expected one of `build-metadata`, `checksums`, `index`, `manifest`, `payload`, `provenance`, `sbom`"
        ],
    );
    check_error(
        &with("[\"carol\"]", "[\"Carol\"]"),
        expect!["line 33: no key has the identity `Carol`"],
    );
    check_error(
        &with("[\"checksums\"]", "[\"sbom\"]"),
        expect![
            "line 22: no `[[require]]` asks for signatures on checksums or manifest, so anybody could say which release this is"
        ],
    );
    check_error(&with("product = \"hello\"\n", ""), expect!["line 1: missing field `product`"]);
    check_error(&with("\"hello\"", "\" \""), expect!["line 3: `product` is empty"]);
    check_error(
        &with("\"1.2.0\"", "\"1.2\""),
        expect![
            "line 4: `minimumVersion` is `1.2`, expected a version of Semantic Versioning 2.0.0"
        ],
    );
    check_error(
        &with("2027-01-01T00:00:00Z", "2027-01-01"),
        expect![
            "line 5: `expires` is 2027-01-01, expected a date and time with an offset, as in 2026-01-01T00:00:00Z"
        ],
    );
    check_error(
        &with("2027-01-01T00:00:00Z", "\"2027-01-01T00:00:00Z\""),
        expect![[
            r#"line 5: invalid type: string "2027-01-01T00:00:00Z", expected a TOML datetime"#
        ]],
    );
    let both = with("\"pem\"", "\"pen\"").replace("\"minisign\"", "\"gpg\"");
    check_error(
        &both,
        expect![[r#"
            line 9: the kind of key is `pen`, expected one of `certificate`, `minisign`, `openpgp`, `pem`, `ssh`
              line 14: the kind of key is `gpg`, expected one of `certificate`, `minisign`, `openpgp`, `pem`, `ssh`"#]],
    );
    check_error(
        "formatVersion = 1\nproduct = \"hello\"",
        expect![
            "line 1: no `[[require]]` asks for signatures on checksums or manifest, so anybody could say which release this is"
        ],
    );
    check_error(
        "formatVersion = ",
        expect!["line 1: string values must be quoted, expected literal string"],
    );
    check_error("", expect!["line 1: missing field `formatVersion`"]);
}

#[test]
fn refuses_keys_that_are_none_or_others() {
    check_error(
        &with("publicKey = \"bob\"\n", ""),
        expect!["line 12: key `bob` has neither, expected one of `publicKey` and `file`"],
    );
    check_error(
        &with("publicKey = \"bob\"\n", "publicKey = \"b\"\nfile = \"there.pem\"\n"),
        expect!["line 12: key `bob` has both, expected one of `publicKey` and `file`"],
    );
    check_error(
        &with("publicKey = \"bob\"\n", "publicKey = \"broken\"\n"),
        expect!["line 12: key `bob`: it is no key"],
    );
    check_error(
        &with("publicKey = \"bob\"\n", "file = \"../there.pem\"\n"),
        expect![
            "line 15: key `bob`: `../there.pem` is not a plain file name: it has `/` at byte 2, expected one of `A-Za-z0-9+-._`"
        ],
    );
    check_error(
        &with("publicKey = \"bob\"\n", "publicKey = \"bob\"\nfingerprint = \"00\"\n"),
        expect!["line 16: the fingerprint of key `bob` is id-bob, and 00 is pinned"],
    );
    let never = "notBefore = 2026-01-01T00:00:00Z\nnotAfter = 2026-01-01T00:00:00Z\nname = \"bob\"";
    check_error(
        &with("name = \"bob\"", never),
        expect!["line 12: `notAfter` of key `bob` is not later than its `notBefore`"],
    );
}

#[test]
fn a_key_whose_file_is_missing_stays_without_trust() {
    let there = parse(&with("publicKey = \"bob\"", "file = \"there.pem\"")).unwrap();
    assert_eq!(there.keys()[1].id.as_deref(), Some("id-there"));
    let missing = parse(&with("publicKey = \"bob\"", "file = \"missing.pem\"")).unwrap();
    assert_eq!(missing.keys()[1].id, None);
}

#[test]
fn no_keys_are_no_policy() {
    assert!(Policy::of_keys(BTreeMap::new(), true).is_none());
}

#[test]
fn a_policy_that_names_a_product_is_for_that_one() {
    let alice = (KeyKind::Pem, "id-alice".to_owned(), None);
    let given = Policy::of_keys(BTreeMap::from([("k.pem".to_owned(), alice)]), false).unwrap();
    assert_eq!(given.clone().of_product(None).product, None);
    assert_eq!(given.of_product(Some("other")).product.as_deref(), Some("other"));
    assert_eq!(policy().of_product(Some("other")).product.as_deref(), Some("hello"));
}

#[test]
fn a_certificate_has_an_identity_and_an_issuer_and_no_key() {
    let key = |lines: &str| {
        format!(
            "formatVersion = 1\nproduct = \"hello\"\n\n[[key]]\nname = \"ci\"\n{lines}\n\n\
             [[require]]\nfiles = [\"checksums\"]\nidentities = [\"ci\"]\n"
        )
    };
    let read = |kind, text: &[u8]| judge::read_key(kind, text).map(|(ids, _)| ids);
    let check = |lines: &str| {
        let file = PolicyFile::parse(&key(lines)).unwrap();
        file.check(&BTreeMap::from([("root.json".to_owned(), b"{}".to_vec())]), &read)
    };
    let good = "kind = \"certificate\"\ncertificateIdentity = \"a@example.com\"\n\
                certificateOidcIssuer = \"https://issuer.example\"";
    let policy = check(good).unwrap();
    assert!(policy.keys()[0].id.is_some());
    // A root that is not at hand leaves the key in the policy, without an id: nothing is of it.
    let missing = check(&format!("{good}\ntrustedRoot = \"missing.json\"")).unwrap();
    assert_eq!((missing.keys()[0].id.as_ref(), missing.keys()[0].material.as_ref()), (None, None));
    let error = |lines: &str| check(lines).unwrap_err().to_string();
    expect!["line 4: key `ci`: it is no trusted root of sigstore: failed to parse JSON: missing field `mediaType` at line 1 column 2"]
        .assert_eq(&error(&format!("{good}\ntrustedRoot = \"root.json\"")));
    expect!["line 4: key `ci` is of the kind `certificate`, which has no `publicKey`"]
        .assert_eq(&error(&format!("{good}\npublicKey = \"x\"")));
    expect![[r#"
        line 4: key `ci` is of the kind `certificate`, which needs `certificateIdentity`
          line 4: key `ci` is of the kind `certificate`, which needs `certificateOidcIssuer`"#]]
    .assert_eq(&error("kind = \"certificate\""));
    expect!["line 4: key `ci` is of the kind `pem`, which has no `trustedRoot`"]
        .assert_eq(&error("kind = \"pem\"\nfile = \"a\"\ntrustedRoot = \"root.json\""));
    expect!["line 4: key `ci`: the identity `*` has a `*` elsewhere than at its end behind `@refs/tags/`"]
        .assert_eq(&error(&good.replace("a@example.com", "*")));
}

#[test]
fn only_a_policy_that_leaves_all_to_builders_needs_no_anchor() {
    let head = "formatVersion = 1\nproduct = \"hello\"\n";
    let builder = "[[builder]]\nid = \"https://a.example\"\n";
    let key = "[[key]]\nname = \"alice\"\nkind = \"pem\"\npublicKey = \"alice\"\n";
    let sbom = "[[require]]\nfiles = [\"sbom\"]\nidentities = [\"alice\"]\n";
    assert_eq!(parse(&format!("{head}{builder}")).unwrap().requirements(), []);
    for text in
        [head.to_owned(), format!("{head}{key}{sbom}"), format!("{head}{key}{sbom}{builder}")]
    {
        let error = parse(&text).unwrap_err();
        let kinds: Vec<_> = error.0.into_iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::NoAnchor], "{text}");
    }
}
