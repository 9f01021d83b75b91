#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;
use crate::attestation::jsonl;
use crate::attestation::outcome::Rebuilds;
use crate::attestation::run::Identity;
use crate::attestation::samples::{
    POLICY, difference, difference_statement, envelope, id, key, policy, provenance, published,
    signed, statement,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

fn counted(policy_text: &str, lines: &[String]) -> Count {
    count(&jsonl::read(lines.join("\n").as_bytes()).unwrap(), &policy(policy_text), &published())
}

/// What became of one line, beside a good one of Alice; the answer must be `No`.
#[track_caller]
fn check(line: String, expected: Expect) {
    let count = counted(POLICY, &[provenance(1), line]);
    expected.assert_eq(&count.lines[1].outcome.to_string());
    assert_eq!(count.answer, Enough::No);
    assert!(!count.independent);
}

/// As `check`, for Bob's statement with a change, signed by Bob.
#[track_caller]
fn check_changed(change: impl FnOnce(&mut Value), expected: Expect) {
    let mut value = statement(2);
    change(&mut value);
    check(signed(&value, 2), expected);
}

#[test]
fn two_builders_that_agree_are_two() {
    let count = counted(POLICY, &[provenance(1), provenance(2)]);
    assert_eq!(count.answer, Enough::Yes);
    assert!(count.independent);
    for artifact in &count.artifacts {
        assert_eq!(artifact.reproduced_by.len(), 2);
    }
    expect!["https://alice.example reproduced 4 artifacts"]
        .assert_eq(&count.lines[0].outcome.to_string());
}

#[test]
fn nobody_is_counted_twice() {
    check(
        provenance(1),
        expect!["does not count: it says the same as line 1, which is counted already"],
    );
    // Written again: other bytes of the envelope, the same signature.
    let again = provenance(1).replace(':', ": ");
    check(again, expect!["does not count: it says the same as line 1, which is counted already"]);
    // Another run of the same builder.
    let mut value = statement(1);
    value["predicate"]["runDetails"]["metadata"]["invocationId"] = json!("urn:uuid:1");
    check(signed(&value, 1), expect!["https://alice.example reproduced 4 artifacts"]);
    // One builder with two keys.
    let two_keys = POLICY.replace("[\"alice\"]", "[\"alice\", \"bob\"]").replace("[\"bob\"]", "[\"eve\"]").replace(
        "[[builder]]\nid = \"https://b",
        "[[key]]\nname = \"eve\"\nkind = \"pem\"\npublicKey = \"EVE\"\n\n[[builder]]\nid = \"https://b",
    );
    let count = counted(&two_keys, &[provenance(1), signed(&value, 2)]);
    assert!(matches!(count.lines[1].outcome, Outcome::Counted { .. }));
    assert_eq!(count.answer, Enough::No);
}

#[test]
fn a_signature_counts_for_its_own_builder_alone() {
    check(provenance(3), expect!["does not count: no key of the policy has signed it"]);
    check(
        signed(&statement(2), 1),
        expect![
            "does not count: it names the builder `https://bob.example`, and is signed by no key of that builder"
        ],
    );
    check(
        signed(&statement(3), 2),
        expect![
            "does not count: the builder is `https://eve.example`, which the policy does not name"
        ],
    );
    // Both keys on one statement vouch for the one builder it names.
    let both = envelope(statement(1).to_string().as_bytes(), &[&key(1), &key(2)]).to_line();
    let count = counted(POLICY, &[both]);
    assert_eq!(count.answer, Enough::No);
}

#[test]
fn another_build_does_not_count() {
    let definition = |it: &mut Value| it["predicate"]["buildDefinition"].take();
    check_changed(
        |it| it["predicate"]["buildDefinition"]["buildType"] = json!("urn:x"),
        expect![
            "does not count: its buildType is `urn:x`, the policy wants `urn:relhelper:build-type:release:1`"
        ],
    );
    check_changed(
        |it| {
            it["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] =
                json!("f".repeat(40));
        },
        expect!["does not count: it is of another source than the release"],
    );
    check_changed(
        |it| {
            it["predicate"]["buildDefinition"]["resolvedDependencies"][1]["digest"]["sha256"] =
                json!("f".repeat(64));
        },
        expect!["does not count: it is of other resolvedDependencies than the release"],
    );
    check_changed(
        |it| it["predicate"]["buildDefinition"]["externalParameters"]["more"] = json!(1),
        expect!["does not count: it is of other externalParameters than the release"],
    );
    check_changed(
        |it| it["predicate"]["buildDefinition"]["internalParameters"]["sourceDate"] = json!(1),
        expect!["does not count: it is of other internalParameters than the release"],
    );
    check_changed(
        |it| _ = definition(it),
        expect![
            "does not count: it makes no sense: the predicate is not what SLSA provenance v1 should be: invalid type: null, expected struct Definition"
        ],
    );
}

#[test]
fn other_subjects_do_not_count() {
    check_changed(
        |it| it["subject"][0]["name"] = json!("other"),
        expect!["does not count: `other` is no artifact of the release"],
    );
    check_changed(
        |it| it["subject"][0]["digest"]["sha256"] = json!("0".repeat(64)),
        expect![
            "does not count: it says that `hello-1.2.3-source.tar.gz` was reproduced, with other bytes than those published: 0000000000000000000000000000000000000000000000000000000000000000"
        ],
    );
    check_changed(
        |it| it["subject"].as_array_mut().unwrap().truncate(1),
        expect![
            "does not count: it is about 1 of 4 artifacts, and the policy wants all of them in one statement"
        ],
    );
    // Where each is counted on its own, a subset is one.
    let each = POLICY.replace("threshold = 2", "threshold = 2\nartifacts = \"each\"");
    let mut value = statement(2);
    value["subject"].as_array_mut().unwrap().truncate(1);
    let count = counted(&each, &[provenance(1), signed(&value, 2)]);
    let numbers: Vec<_> = count.artifacts.iter().map(|it| it.reproduced_by.len()).collect();
    assert_eq!(numbers, [2, 1, 1, 1]);
    assert_eq!(count.answer, Enough::No);
}

#[test]
fn what_is_not_understood_does_not_count() {
    check_changed(
        |it| it["predicateType"] = json!("https://slsa.dev/provenance/v0.2"),
        expect![
            "does not count: its predicate is of the type `https://slsa.dev/provenance/v0.2`, which says nothing about a build"
        ],
    );
    check_changed(
        |it| it["_type"] = json!("x"),
        expect![
            "does not count: it makes no sense: `_type` is `x`, expected `https://in-toto.io/Statement/v1`"
        ],
    );
    check_changed(
        |it| it["predicateType"] = json!(summary::PREDICATE_TYPE),
        expect!["is not about a build: https://slsa.dev/verification_summary/v1"],
    );
    let payload = statement(2).to_string().into_bytes();
    let other = Envelope::sign("application/json", payload, &[&key(2)]).unwrap();
    check(
        other.to_line(),
        expect![
            "does not count: its payload is of the type `application/json`, expected `application/vnd.in-toto+json`"
        ],
    );
}

#[test]
fn a_line_that_cannot_be_read_leaves_the_answer_open() {
    let count = counted(POLICY, &[provenance(1), "{".to_owned()]);
    assert_eq!(count.answer, Enough::Unknown);
    let count = counted(POLICY, &[provenance(1), "{".to_owned(), provenance(2)]);
    assert_eq!(count.answer, Enough::Yes);
    assert_eq!(counted(POLICY, &[]).answer, Enough::No);
}

#[test]
fn a_builder_that_got_other_bytes_is_a_conflict_and_does_not_count() {
    let three = POLICY.replace("threshold = 2", "threshold = 1");
    let count = counted(&three, &[provenance(1), difference(2)]);
    assert_eq!(count.answer, Enough::Yes);
    let conflict = &count.artifacts[0].conflicts[0];
    assert_eq!((conflict.builder.as_str(), conflict.line), (id(2), 2));
    assert_eq!(conflict.rebuilt, Sha256::of(b"other"));
    // Who says both confirms nothing, in whatever order.
    for lines in [[provenance(1), difference(1)], [difference(1), provenance(1)]] {
        assert_eq!(counted(&three, &lines).answer, Enough::No);
    }
    let refused = |change: fn(&mut Value)| {
        let mut value = difference_statement(2);
        change(&mut value);
        counted(POLICY, &[signed(&value, 2)]).lines[0].outcome.to_string()
    };
    expect![
        "does not count: it makes no sense: it does not say what `hello-1.2.3-source.tar.gz` became"
    ]
    .assert_eq(&refused(|it| {
        it["predicate"]["differences"][0]["rebuilt"]["sha256"] =
            it["subject"][0]["digest"]["sha256"].clone();
    }));
    expect![
        "does not count: it makes no sense: it does not say what `hello-1.2.3-source.tar.gz` became"
    ]
    .assert_eq(&refused(|it| it["predicate"]["differences"][0]["name"] = json!("x")));
    expect!["does not count: it says that `hello-1.2.3-source.tar.gz` was reproduced, with other bytes than those published: 0000000000000000000000000000000000000000000000000000000000000000"]
        .assert_eq(&refused(|it| it["subject"][0]["digest"]["sha256"] = json!("0".repeat(64))));
}

#[test]
fn the_policy_can_want_a_commit_and_parameters() {
    let with = |more: &str| POLICY.replace("threshold = 2", &format!("threshold = 1\n{more}"));
    let outcome = |more: &str| counted(&with(more), &[provenance(1)]).lines[0].outcome.to_string();
    let right = "0123456789abcdef0123456789abcdef01234567";
    let fine = "https://alice.example reproduced 4 artifacts";
    assert_eq!(outcome(&format!("revision = \"{right}\"")), fine);
    expect!["does not count: it was built from 0123456789abcdef0123456789abcdef01234567, the policy wants the commit ffffffffffffffffffffffffffffffffffffffff"]
        .assert_eq(&outcome(&format!("revision = \"{}\"", "f".repeat(40))));
    let targets = "externalParameters.targets = [\"x86_64-pc-windows-gnullvm\", \"x86_64-unknown-linux-musl\"]";
    assert_eq!(outcome(targets), fine);
    expect!["does not count: its parameter `targets` is not the one that the policy wants"]
        .assert_eq(&outcome("externalParameters.targets = []"));
}

proptest! {
    #[test]
    fn the_order_of_the_lines_does_not_matter(lines in Just(vec![
        provenance(1), provenance(2), provenance(3), difference(2), provenance(1), signed(&statement(2), 1),
    ]).prop_shuffle()) {
        let one = POLICY.replace("threshold = 2", "threshold = 1");
        let count = counted(&one, &lines);
        prop_assert_eq!(count.answer, Enough::Yes);
        let first = &count.artifacts[0];
        prop_assert_eq!(first.reproduced_by.iter().map(Identity::as_str).collect::<Vec<_>>(), [id(1)]);
        prop_assert_eq!(first.conflicts.len(), 1);
    }
}

#[test]
fn a_count_is_told_in_words() {
    let count = counted(POLICY, &[provenance(1), difference(2)]);
    expect![[r#"
        line 1: https://alice.example reproduced 4 artifacts
        line 2: https://bob.example got other bytes for 1 artifacts
        hello-1.2.3-source.tar.gz: 1 of 2 builders, too few
          conflict: https://bob.example got d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip: 1 of 2 builders, too few
        hello-1.2.3-x86_64-unknown-linux-musl: 1 of 2 builders, too few
        hello-1.2.3-x86_64-unknown-linux-musl.tar.gz: 1 of 2 builders, too few
        not enough builders agree
    "#]].assert_eq(&count.to_string());
    let count = counted(POLICY, &[provenance(1), provenance(2)]);
    expect![[r#"
        line 1: https://alice.example reproduced 4 artifacts
        line 2: https://bob.example reproduced 4 artifacts
        hello-1.2.3-source.tar.gz: 2 of 2 builders
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip: 2 of 2 builders
        hello-1.2.3-x86_64-unknown-linux-musl: 2 of 2 builders
        hello-1.2.3-x86_64-unknown-linux-musl.tar.gz: 2 of 2 builders
        enough builders agree, two of them independent
    "#]]
    .assert_eq(&count.to_string());
    let not_counted =
        Rebuilds::NotCounted { answer: Enough::Unknown, reason: "no file".to_owned() };
    expect![[r#"
        the builders could not be counted: no file
    "#]]
    .assert_eq(&not_counted.to_string());
    assert_eq!(Rebuilds::Counted(count.clone()).to_string(), count.to_string());
}
