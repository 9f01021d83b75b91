//! Successors and revocations of keys, and what is remembered of them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::*;
use crate::attestation::dsse::Envelope;
use crate::signature::key::SecretKey;
use crate::trust::judge::read_key;
use crate::trust::statement::{PAYLOAD_TYPE, RevocationStatement, Rotation, Statement, Statements};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap()
}

fn id(seed: u8) -> KeyId {
    key(seed).public().id().to_string()
}

/// Key 1 signs; keys 8 and 9 together can revoke it.
fn policy() -> Policy {
    policy_with("")
}

/// The same, with `space` in front of each key.
fn policy_with(space: &str) -> Policy {
    let entry = |name: &str, seed: u8| {
        format!(
            "[[key]]\nname = \"{name}\"\nkind = \"pem\"\npublicKey = '''{space}{}'''\n",
            key(seed).public().to_pem()
        )
    };
    let text = format!(
        "formatVersion = 1\nproduct = \"hello\"\n{}{}{}[[require]]\nfiles = [\"checksums\"]\nidentities = [\"first\"]\n\
         [recovery]\nidentities = [\"left\", \"right\"]\nthreshold = 2\n",
        entry("first", 1),
        entry("left", 8),
        entry("right", 9)
    );
    let identify = |kind, text: &[u8]| read_key(kind, text).map(|(ids, _)| ids);
    PolicyFile::parse(&text).unwrap().check(&BTreeMap::new(), &identify).unwrap()
}

fn rotation(number: u64, old: u8, new: u8, from: &str) -> Rotation {
    Rotation {
        format_version: 1,
        product: "hello".to_owned(),
        number,
        key: id(old),
        new_key: key(new).public().to_pem(),
        from_version: from.parse().unwrap(),
    }
}

/// A statement as both of its keys sign it.
fn rotate(number: u64, old: u8, new: u8, from: &str) -> String {
    line(&Statement::Rotation(rotation(number, old, new, from)), &[old, new])
}

fn revoke(revoked: u8, signers: &[u8]) -> String {
    let (date, reason) = ("2026-03-01T00:00:00Z".parse().unwrap(), "lost".to_owned());
    let statement = RevocationStatement { format_version: 1, key: id(revoked), date, reason };
    line(&Statement::Revocation(statement), signers)
}

fn line(statement: &Statement, signers: &[u8]) -> String {
    let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
    statement.sign(&keys.iter().collect::<Vec<_>>()).unwrap().to_line()
}

fn statements(lines: &[&str]) -> Statements {
    let mut statements = Statements::default();
    statements.add(lines.join("\n").as_bytes());
    assert_eq!(statements.defects, []);
    statements
}

/// The words for releases that keys 1 to 4 have signed, each at versions 1, 2 and 3.
#[track_caller]
fn check(lines: &[&str], state: &State, expected: Expect) -> State {
    let policy = policy();
    let followed = follow(&policy, &statements(lines), state);
    let mut found = Vec::new();
    for seed in 1..=4 {
        let words = ["1.0.0", "2.0.0", "3.0.0"].map(|version| {
            let facts = Facts {
                version: Some(version.parse().unwrap()),
                files: BTreeMap::from([("SHA256SUMS".to_owned(), FileKind::Checksums)]),
                signatures: vec![signature("SHA256SUMS", Check::Good(id(seed)))],
                ..facts()
            };
            let report = evaluate(&followed.ring, &facts, now());
            let words = report.outcomes.iter().map(|outcome| match outcome.outcome {
                Word::StatementRefused => {
                    format!("{} ({})", outcome.outcome, outcome.message.replace(&id(2), "2"))
                }
                word => word.to_string(),
            });
            words.collect::<Vec<_>>().join(", ")
        });
        found.push(format!("{seed}: {}\n", words.join(" | ")));
    }
    expected.assert_eq(&found.concat());
    followed.state
}

fn nothing_seen() -> State {
    State::new("hello")
}

#[test]
fn a_key_is_followed_to_its_successors_from_their_versions_on() {
    let (one, two) = (rotate(1, 1, 2, "2.0.0"), rotate(2, 2, 3, "3.0.0"));
    check(
        &[],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&one],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: not-yet-valid | signed | signed
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    let state = check(
        &[&two, &one, &one],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: not-yet-valid | signed | superseded-key
        3: not-yet-valid | not-yet-valid | signed
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    assert_eq!(state.followed, BTreeMap::from([(id(1), vec![id(2), id(3)])]));
    let policy = policy();
    let followed = follow(&policy, &statements(&[&one, &two]), &nothing_seen());
    let successors: BTreeSet<_> = followed.successors.into_iter().map(|(id, _)| id).collect();
    assert_eq!(
        successors,
        BTreeSet::from([id(2), id(3)]),
        "the keys of the policy are at hand already"
    );
    // The second alone leads nowhere.
    check(
        &[&two],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn statements_of_others_are_nothing() {
    let stranger = line(&Statement::Rotation(rotation(1, 1, 2, "2.0.0")), &[2, 5]);
    check(
        &[&stranger],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    let other = Rotation { product: "other".to_owned(), ..rotation(1, 1, 2, "2.0.0") };
    check(
        &[&line(&Statement::Rotation(other), &[1, 2])],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    let payload = serde_json::to_vec(&Statement::Rotation(rotation(1, 1, 2, "2.0.0"))).unwrap();
    let typed = |name: &str, payload: &[u8]| {
        Envelope::sign(name, payload.to_vec(), &[&key(1), &key(2)]).unwrap().to_line()
    };
    check(
        &[&typed("application/vnd.in-toto+json", &payload)],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn what_does_not_fit_stops_the_key_it_is_about() {
    let one = rotate(1, 1, 2, "2.0.0");
    let alone = line(&Statement::Rotation(rotation(1, 1, 2, "2.0.0")), &[1]);
    check(
        &[&alone],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (the key that statement 1 names has not signed it) | statement-refused (the key that statement 1 names has not signed it) | statement-refused (the key that statement 1 names has not signed it)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&rotate(2, 1, 2, "2.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (the statement has number 2, expected 1) | statement-refused (the statement has number 2, expected 1) | statement-refused (the statement has number 2, expected 1)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&rotate(0, 1, 2, "2.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (the statement has number 0, expected 1) | statement-refused (the statement has number 0, expected 1) | statement-refused (the statement has number 0, expected 1)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    // A fork.
    check(
        &[&one, &rotate(1, 1, 3, "2.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (two statements of this key name a successor) | statement-refused (two statements of this key name a successor) | statement-refused (two statements of this key name a successor)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&one, &rotate(1, 1, 2, "1.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (two statements of this key name a successor) | statement-refused (two statements of this key name a successor) | statement-refused (two statements of this key name a successor)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn no_key_has_two_places() {
    let one = rotate(1, 1, 2, "2.0.0");
    // Cycles, and keys that have another place.
    check(
        &[&one, &rotate(2, 2, 1, "3.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: statement-refused (statement 2 names a key that is there already) | statement-refused (statement 2 names a key that is there already) | statement-refused (statement 2 names a key that is there already)
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&rotate(1, 1, 1, "3.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (statement 1 names a key that is there already) | statement-refused (statement 1 names a key that is there already) | statement-refused (statement 1 names a key that is there already)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&rotate(1, 1, 8, "3.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (statement 1 names a key that is there already) | statement-refused (statement 1 names a key that is there already) | statement-refused (statement 1 names a key that is there already)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&one, &rotate(2, 2, 3, "2.0.0")],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: statement-refused (statement 2 begins before the one in front of it) | statement-refused (statement 2 begins before the one in front of it) | statement-refused (statement 2 begins before the one in front of it)
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    let broken = Rotation { new_key: "x".to_owned(), ..rotation(1, 1, 2, "2.0.0") };
    check(
        &[&line(&Statement::Rotation(broken), &[1, 2])],
        &nothing_seen(),
        expect![[r#"
        1: statement-refused (statement 1 names no key: it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM) | statement-refused (statement 1 names no key: it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM) | statement-refused (statement 1 names no key: it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn what_was_seen_is_not_forgotten() {
    let (one, two) = (rotate(1, 1, 2, "2.0.0"), rotate(2, 2, 3, "3.0.0"));
    let seen = follow(&policy(), &statements(&[&one, &two]), &nothing_seen()).state;
    // Withheld: all of them, the last one.
    check(
        &[],
        &seen,
        expect![[r#"
        1: statement-refused (the statement that names 2 was seen before, and is missing) | statement-refused (the statement that names 2 was seen before, and is missing) | statement-refused (the statement that names 2 was seen before, and is missing)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    let state = check(
        &[&one],
        &seen,
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: statement-refused (the statement that names 8cef065b7af83669150b7d32704d3d3e75c3e9aee0d4f6740544c68e81b377aa was seen before, and is missing) | statement-refused (the statement that names 8cef065b7af83669150b7d32704d3d3e75c3e9aee0d4f6740544c68e81b377aa was seen before, and is missing) | statement-refused (the statement that names 8cef065b7af83669150b7d32704d3d3e75c3e9aee0d4f6740544c68e81b377aa was seen before, and is missing)
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    assert_eq!(state, seen);
    // A thief of key 1 names another successor later; of those who saw the first, none follows.
    let fork = rotate(1, 1, 4, "2.0.0");
    let state = check(
        &[&fork, &one, &two],
        &seen,
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: not-yet-valid | signed | superseded-key
        3: not-yet-valid | not-yet-valid | signed
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    assert_eq!(state, seen);
    check(
        &[&fork],
        &seen,
        expect![[r#"
        1: statement-refused (the statement that names 2 was seen before, and is missing) | statement-refused (the statement that names 2 was seen before, and is missing) | statement-refused (the statement that names 2 was seen before, and is missing)
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn a_key_revokes_itself_and_the_recovery_quorum_any() {
    check(
        &[&revoke(1, &[1])],
        &nothing_seen(),
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&revoke(1, &[8, 9])],
        &nothing_seen(),
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&revoke(1, &[8])],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&revoke(1, &[9, 2])],
        &nothing_seen(),
        expect![[r#"
        1: signed | signed | signed
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    // A revoked key names nobody.
    let one = rotate(1, 1, 2, "2.0.0");
    check(
        &[&one, &revoke(1, &[8, 9])],
        &nothing_seen(),
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    // One that was seen before it was revoked did.
    let seen = follow(&policy(), &statements(&[&one]), &nothing_seen()).state;
    let seen = check(
        &[&one, &revoke(1, &[8, 9])],
        &seen,
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: not-yet-valid | signed | signed
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    // And it stays revoked when that is withheld.
    check(
        &[&one],
        &seen,
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: not-yet-valid | signed | signed
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    // A successor can be revoked as well.
    check(
        &[&one, &revoke(2, &[2])],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: revoked-key | revoked-key | revoked-key
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
    check(
        &[&one, &revoke(2, &[1])],
        &nothing_seen(),
        expect![[r#"
        1: signed | superseded-key | superseded-key
        2: not-yet-valid | signed | signed
        3: unknown-key | unknown-key | unknown-key
        4: unknown-key | unknown-key | unknown-key
    "#]],
    );
}

#[test]
fn a_successor_that_is_revoked_names_no_successors() {
    let (one, two) = (rotate(1, 1, 2, "2.0.0"), rotate(2, 2, 3, "3.0.0"));
    // By itself, by the quorum, and by what was seen before; whatever comes first in the file.
    let seen = follow(&policy(), &statements(&[&one, &revoke(2, &[2])]), &nothing_seen()).state;
    for (lines, state) in [
        (vec![&*one, &*two, &*revoke(2, &[2])], nothing_seen()),
        (vec![&*revoke(2, &[8, 9]), &*one, &*two], nothing_seen()),
        (vec![&*one, &*two], seen),
    ] {
        let state = check(
            &lines,
            &state,
            expect![[r#"
            1: signed | superseded-key | superseded-key
            2: revoked-key | revoked-key | revoked-key
            3: unknown-key | unknown-key | unknown-key
            4: unknown-key | unknown-key | unknown-key
        "#]],
        );
        assert_eq!(state.followed, BTreeMap::from([(id(1), vec![id(2)])]));
    }
}

#[test]
fn a_successor_takes_the_place_of_its_key_in_the_quorum() {
    let (rotation, quorum) = (rotate(1, 8, 4, "2.0.0"), revoke(1, &[4, 9]));
    for lines in [[&rotation, &quorum], [&quorum, &rotation]] {
        let state =
            follow(&policy(), &statements(&lines.map(String::as_str)), &nothing_seen()).state;
        assert_eq!(state.revoked.keys().collect::<Vec<_>>(), [&id(1)]);
    }
    // One holder with two keys is one holder.
    let (both, own) = (revoke(1, &[4, 8]), rotate(1, 1, 2, "2.0.0"));
    let state = follow(&policy(), &statements(&[&rotation, &both]), &nothing_seen()).state;
    assert_eq!(state.revoked.len(), 0);
    // What the quorum revoked that way names no successor.
    check(
        &[&rotation, &quorum, &own],
        &nothing_seen(),
        expect![[r#"
        1: revoked-key | revoked-key | revoked-key
        2: unknown-key | unknown-key | unknown-key
        3: unknown-key | unknown-key | unknown-key
        4: not-yet-valid | wrong-identity | wrong-identity
    "#]],
    );
}

#[test]
fn a_key_with_space_in_front_is_followed_too() {
    for space in ["", " ", "\t\n "] {
        let policy = policy_with(space);
        let followed = follow(&policy, &statements(&[&revoke(1, &[1])]), &nothing_seen());
        assert_eq!(followed.state.revoked.keys().collect::<Vec<_>>(), [&id(1)], "{space:?}");
        assert!(followed.ring.members[&id(1)].revoked.is_some());
    }
}

#[test]
fn a_revoked_key_of_the_quorum_does_not_count() {
    let mut policy = policy();
    let (date, reason) = (now(), "lost".to_owned());
    policy.keys[1].revoked = Some(Revocation { date, reason, earlier: EarlierSignatures::Refuse });
    let followed = follow(&policy, &statements(&[&revoke(1, &[8, 9])]), &nothing_seen());
    assert_eq!(followed.state.revoked, BTreeMap::new());
}

#[test]
fn a_key_of_the_quorum_cannot_undo_what_the_quorum_said_by_revoking_itself() {
    let policy = policy();
    let (itself, quorum) = (revoke(8, &[8]), revoke(1, &[8, 9]));
    for lines in [[&itself, &quorum], [&quorum, &itself]] {
        let followed = follow(&policy, &statements(&lines.map(String::as_str)), &nothing_seen());
        let revoked: Vec<_> = followed.state.revoked.into_keys().collect();
        assert_eq!(BTreeSet::from_iter(revoked), BTreeSet::from([id(1), id(8)]));
    }
}

#[test]
fn broken_lines_are_told_and_limits_hold() {
    let mut statements = Statements::default();
    let good = revoke(1, &[1]);
    statements.add(format!("\n{good}\nnonsense\n{}\n", "x".repeat(70_000)).as_bytes());
    let lines: Vec<_> = statements.defects.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4]);
    let mut many = Statements::default();
    many.add(format!("{good}\n").repeat(300).as_bytes());
    assert_eq!(many.defects.len(), 300 - 256);
}

#[test]
fn a_state_is_of_one_product_and_only_grows() {
    let mut state = nothing_seen();
    let version = |text: &str| text.parse::<semver::Version>().unwrap();
    state.passed(Some(&version("2.0.0")), now());
    state.passed(Some(&version("1.0.0")), Timestamp::UNIX_EPOCH);
    assert_eq!(state.highest_version, Some(version("2.0.0")));
    assert_eq!(state.latest_time, Some(now()));
    assert_eq!(state.time(Timestamp::UNIX_EPOCH), now());
    let bytes = serde_json::to_vec(&state).unwrap();
    assert_eq!(State::parse(&bytes, "hello").unwrap(), state);
    let error = |bytes: &[u8], product| State::parse(bytes, product).unwrap_err().to_string();
    expect!["it is about hello, and the policy about other"].assert_eq(&error(&bytes, "other"));
    expect!["it is not the state of a verifier"].assert_eq(&error(b"", "hello"));
    let later =
        String::from_utf8(bytes).unwrap().replace("\"formatVersion\":1", "\"formatVersion\":2");
    expect!["its `formatVersion` is 2, expected 1"].assert_eq(&error(later.as_bytes(), "hello"));

    let raised = policy().not_before(Some(&version("2.0.0")));
    assert_eq!(raised.minimum_version, Some(version("2.0.0")));
    assert_eq!(raised.not_before(Some(&version("1.0.0"))).minimum_version, Some(version("2.0.0")));
}

#[test]
fn statements_that_nobody_would_follow_are_not_made() {
    let next = |lines: &[&str], old: u8, new: u8| {
        statements(lines).next(&key(old).public(), &key(new).public(), "hello")
    };
    let (one, two) = (rotate(1, 1, 2, "2.0.0"), rotate(2, 2, 3, "3.0.0"));
    assert_eq!(next(&[], 1, 2), Ok(1));
    assert_eq!(next(&[&one], 2, 3), Ok(2));
    assert_eq!(next(&[&one, &two], 3, 4), Ok(3));
    let error = |lines: &[&str], old, new| {
        next(lines, old, new).unwrap_err().replace(&id(1), "1").replace(&id(2), "2")
    };
    expect!["it is its own successor"].assert_eq(&error(&[], 1, 1));
    expect!["it did so already, with statement 1"].assert_eq(&error(&[&one], 1, 3));
    expect!["the new key is in statement 1 already"].assert_eq(&error(&[&one, &two], 3, 1));
    expect!["the new key is in statement 1 already"].assert_eq(&error(&[&one], 4, 2));
    expect!["1 is revoked"].assert_eq(&error(&[&revoke(1, &[1])], 1, 2));
    expect!["2 is revoked"].assert_eq(&error(&[&revoke(2, &[2])], 1, 2));
    // What these keys say of others, or of other products, is no hindrance.
    let elsewhere = Rotation { product: "other".to_owned(), ..rotation(1, 1, 3, "2.0.0") };
    let elsewhere = line(&Statement::Rotation(elsewhere), &[1, 3]);
    assert_eq!(next(&[&revoke(3, &[1]), &elsewhere], 1, 2), Ok(1));
}

#[test]
fn a_statement_of_a_later_format_stops_the_key_that_signed_it() {
    // Unknown fields, unknown words, another version: it may be a revocation.
    let payload = |change: &dyn Fn(&mut Value)| {
        let mut value = json!(Statement::Rotation(rotation(1, 1, 2, "2.0.0")));
        change(&mut value);
        let bytes = value.to_string().into_bytes();
        Envelope::sign(PAYLOAD_TYPE, bytes, &[&key(1), &key(2)]).unwrap().to_line()
    };
    let refused = |line: &str| {
        let policy = policy();
        let followed = follow(&policy, &statements(&[line]), &nothing_seen());
        followed.ring.members[&id(1)].refused.is_some()
    };
    assert!(refused(&payload(&|value| value["until"] = json!("4.0.0"))));
    assert!(refused(&payload(&|value| value["statement"] = json!("suspension"))));
    assert!(refused(&payload(&|value| value["formatVersion"] = json!(2))));
    assert!(!refused(&payload(&|value| value["product"] = json!("other"))));
}

#[test]
fn only_a_key_itself_revokes_itself() {
    let lines = [revoke(1, &[1]), revoke(2, &[1]), rotate(1, 3, 4, "2.0.0")];
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let keys = [1, 2, 3].map(|seed| key(seed).public());
    assert_eq!(statements(&lines).revoked_by_themselves(&keys), BTreeSet::from([id(1)]));
    assert_eq!(statements(&lines).revoked_by_themselves(&keys[1..]), BTreeSet::new());
}

#[test]
fn a_statement_has_as_many_bytes_as_the_limit_says() {
    let good = revoke(1, &[1]);
    let padded = |length: usize| {
        let (head, rest) = good.split_at(1);
        format!("{head}{}{rest}", " ".repeat(length - good.len()))
    };
    for (length, defects) in [(64 << 10, 0), ((64 << 10) + 1, 1), ((64 << 10) + 2, 1)] {
        let mut statements = Statements::default();
        statements.add(padded(length).as_bytes());
        assert_eq!(statements.defects.len(), defects, "{length} bytes");
    }
}

#[test]
fn a_line_with_fewer_signatures_hides_no_line_with_all_of_them() {
    let policy = policy();
    // Of a revocation by the quorum, before or behind it, and in two halves.
    let (all, left, right) = (revoke(1, &[8, 9]), revoke(1, &[8]), revoke(1, &[9]));
    for lines in [[&left, &all], [&all, &left], [&left, &right]] {
        let lines = lines.map(String::as_str);
        let followed = follow(&policy, &statements(&lines), &nothing_seen());
        assert!(followed.state.revoked.contains_key(&id(1)), "{lines:?}");
    }
    let followed = follow(&policy, &statements(&[&left, &left]), &nothing_seen());
    assert_eq!(followed.state.revoked, BTreeMap::new());

    // Of a rotation.
    let statement = Statement::Rotation(rotation(1, 1, 2, "2.0.0"));
    let (all, old, new) =
        (line(&statement, &[1, 2]), line(&statement, &[1]), line(&statement, &[2]));
    for lines in [[&old, &all], [&new, &all], [&old, &new]] {
        let lines = lines.map(String::as_str);
        let followed = follow(&policy, &statements(&lines), &nothing_seen());
        assert_eq!(followed.state.followed[&id(1)], [id(2)], "{lines:?}");
    }
    let followed = follow(&policy, &statements(&[&old, &old]), &nothing_seen());
    assert_eq!(followed.state.followed, BTreeMap::new());
}
