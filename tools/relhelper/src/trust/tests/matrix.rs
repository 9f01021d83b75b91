//! Every mechanism × every kind of defect → exactly this outcome, with real keys and real signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use zeroize::Zeroizing;

use super::*;
use crate::signature::key::SecretKey;
use crate::signature::signer::BuiltIn;
use crate::signature::{Mechanism, Signer, VerifyingKey, minisign};
use crate::trust::judge::{claimed_time, ids, read_key, sum_up};

const FILE: &str = "SHA256SUMS";
const CONTENT: &[u8] = b"the digests of everything";

fn ed25519(seed: u8) -> SecretKey {
    SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap()
}

fn pem(text: &str) -> SecretKey {
    SecretKey::from_pem(text).unwrap()
}

fn minisign() -> BuiltIn {
    let (secret, _) = minisign::generate(None).unwrap();
    BuiltIn::minisign(minisign::SecretKey::parse(&secret, None).unwrap()).unwrap()
}

/// For each mechanism a signer of the policy, and a stranger.
fn signers() -> [(BuiltIn, BuiltIn); 6] {
    let key = |name: &str| match name {
        "p256" => pem(include_str!("../../../tests/fixtures/keys/p256.pem")),
        "p384" => pem(include_str!("../../../tests/fixtures/keys/p384.pem")),
        _ => pem(include_str!("../../../tests/fixtures/keys/rsa.pem")),
    };
    [
        (BuiltIn::raw(key("p256")), BuiltIn::raw(key("p384"))),
        (BuiltIn::raw(ed25519(1)), BuiltIn::raw(ed25519(2))),
        (minisign(), minisign()),
        (BuiltIn::raw(key("rsa")), BuiltIn::raw(ed25519(3))),
        (BuiltIn::bundle(ed25519(4)), BuiltIn::bundle(ed25519(5))),
        (BuiltIn::ssh(ed25519(6)), BuiltIn::ssh(ed25519(7))),
    ]
}

/// The policy that Alice's key must have signed `SHA256SUMS`.
fn policy(key: &VerifyingKey) -> Policy {
    let id = ids(key).remove(0);
    let named = BTreeMap::from([("alice".to_owned(), (KeyKind::Pem, id, None))]);
    Policy::of_keys(named, false).unwrap()
}

fn one(signature: Option<Signature>) -> Facts {
    let files = BTreeMap::from([(FILE.to_owned(), FileKind::Checksums)]);
    let (product, version) = (Some("hello".to_owned()), Some("1.2.3".parse().unwrap()));
    let (signatures, statements) = (signature.into_iter().collect(), Vec::new());
    Facts { product, version, files, signatures, statements }
}

/// The first outcome, and the answer, of `SHA256SUMS` with `content` and this signature file.
fn outcome(
    policy: &Policy,
    mechanism: Mechanism,
    keys: &[&VerifyingKey],
    content: &[u8],
    bytes: &[u8],
) -> String {
    let able = keys.iter().filter(|key| key.mechanisms().contains(&mechanism));
    let found: Vec<_> =
        able.map(|key| (ids(key).remove(0), key.check(mechanism, FILE, content, bytes))).collect();
    let (file, place) = (FILE.to_owned(), format!("{FILE}{}", mechanism.suffix()));
    let check = sum_up(mechanism, &found);
    word(
        policy,
        &one(Some(Signature { file, place, check, claimed_time: claimed_time(mechanism, bytes) })),
    )
}

fn word(policy: &Policy, facts: &Facts) -> String {
    let report = evaluate(&Keyring::of(policy), facts, now());
    format!("{} {}", report.outcomes[0].outcome, report.answer())
}

/// Every outcome for one mechanism.
fn outcomes(signer: &BuiltIn, stranger: &BuiltIn) -> String {
    let mechanism = signer.mechanism();
    let key = signer.public_key();
    let trusted = policy(key);
    let good = signer.sign(FILE, CONTENT).unwrap();
    let judge = |policy: &Policy, content: &[u8], bytes: &[u8]| {
        outcome(policy, mechanism, &[key], content, bytes)
    };
    let with = |change: &dyn Fn(&mut Key)| {
        let mut policy = trusted.clone();
        change(&mut policy.keys[0]);
        judge(&policy, CONTENT, &good)
    };
    let mut elsewhere = trusted.clone();
    elsewhere.requirements[0].signers.identities = BTreeSet::from(["bob".to_owned()]);
    let revoked =
        Revocation { date: now(), reason: "lost".to_owned(), earlier: EarlierSignatures::Refuse };

    // No bit of a signature can be another one, but in the comments and white space around it. What it says may change.
    let mut words = BTreeSet::new();
    for bit in 0..good.len() * 8 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        words.insert(judge(&trusted, CONTENT, &flipped));
    }
    let flipped: Vec<_> = words.into_iter().collect();
    let mut content = CONTENT.to_vec();
    content[3] ^= 4;
    let mut expired = trusted.clone();
    expired.expires = Some(now());
    let mut old = trusted.clone();
    old.minimum_version = Some("1.2.4".parse().unwrap());
    let other = stranger.sign(FILE, CONTENT).unwrap();
    let both = [key, stranger.public_key()];

    [
        format!("{mechanism}"),
        format!("good: {}", judge(&trusted, CONTENT, &good)),
        format!("no signature: {}", word(&trusted, &one(None))),
        format!("one bit of the file: {}", judge(&trusted, &content, &good)),
        format!("any one bit of the signature: {}", flipped.join(", ")),
        format!("cut short: {}", judge(&trusted, CONTENT, &good[..good.len() / 2])),
        format!("empty: {}", judge(&trusted, CONTENT, b"")),
        format!("a stranger's: {}", judge(&trusted, CONTENT, &other)),
        format!(
            "of a key without trust: {}",
            outcome(&trusted, stranger.mechanism(), &both, CONTENT, &other)
        ),
        format!(
            "over another file: {}",
            judge(&trusted, CONTENT, &signer.sign("index.json", b"x").unwrap())
        ),
        format!("no key of its kind: {}", outcome(&trusted, mechanism, &[], CONTENT, &good)),
        format!("identity: {}", judge(&elsewhere, CONTENT, &good)),
        format!("revoked: {}", with(&|key| key.revoked = Some(revoked.clone()))),
        format!("expired: {}", with(&|key| key.not_after = Some(now()))),
        format!(
            "not yet: {}",
            with(&|key| key.not_before = Some("2100-01-01T00:00:00Z".parse().unwrap()))
        ),
        format!("policy expired: {}", judge(&expired, CONTENT, &good)),
        format!("version: {}", judge(&old, CONTENT, &good)),
        String::new(),
    ]
    .join("\n")
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn every_mechanism_and_every_defect_has_its_outcome() {
    let all: Vec<_> =
        signers().iter().map(|(signer, stranger)| outcomes(signer, stranger)).collect();
    expect![[r#"
        ecdsa
        good: signed yes
        no signature: no-signature no
        one bit of the file: bad-signature no
        any one bit of the signature: bad-signature no
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: bad-signature no
        of a key without trust: unknown-key no
        over another file: bad-signature no
        no key of its kind: unknown-key no
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no

        ed25519
        good: signed yes
        no signature: no-signature no
        one bit of the file: bad-signature no
        any one bit of the signature: bad-signature no
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: bad-signature no
        of a key without trust: unknown-key no
        over another file: bad-signature no
        no key of its kind: unknown-key no
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no

        minisign
        good: signed yes
        no signature: no-signature no
        one bit of the file: bad-signature no
        any one bit of the signature: bad-signature no, signed yes, unknown-key no
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: unknown-key no
        of a key without trust: unknown-key no
        over another file: bad-signature no
        no key of its kind: unknown-key no
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no

        rsa
        good: signed yes
        no signature: no-signature no
        one bit of the file: bad-signature no
        any one bit of the signature: bad-signature no
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: bad-signature no
        of a key without trust: unknown-key no
        over another file: bad-signature no
        no key of its kind: unknown-key no
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no

        sigstore
        good: signed yes
        no signature: no-signature no
        one bit of the file: wrong-file no
        any one bit of the signature: bad-signature no, signed yes
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: unknown-key no
        of a key without trust: unknown-key no
        over another file: wrong-file no
        no key of its kind: trust-root-missing could not tell
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no

        ssh
        good: signed yes
        no signature: no-signature no
        one bit of the file: bad-signature no
        any one bit of the signature: bad-signature no, unknown-key no
        cut short: bad-signature no
        empty: bad-signature no
        a stranger's: unknown-key no
        of a key without trust: unknown-key no
        over another file: bad-signature no
        no key of its kind: unknown-key no
        identity: wrong-identity no
        revoked: revoked-key no
        expired: expired-key no
        not yet: not-yet-valid no
        policy expired: expired-policy no
        version: version-too-old no
    "#]]
    .assert_eq(&all.join("\n"));
}

#[test]
fn what_only_gpg_can_tell_is_never_told_without_it() {
    let block = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n";
    let key = VerifyingKey::parse(block).unwrap();
    let found = outcome(&policy(&key), Mechanism::Gpg, &[&key], CONTENT, b"anything");
    assert_eq!(found, "could-not-check could not tell");
}

#[test]
fn a_bundle_with_a_certificate_is_not_judged_by_keys() {
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial":{"certificate":{"rawBytes":"AA=="}},
        "messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"AA=="},"signature":"AA=="}}"#;
    let signer = BuiltIn::bundle(ed25519(4));
    let key = signer.public_key();
    let judge = |keys: &[&VerifyingKey]| {
        outcome(&policy(key), Mechanism::Sigstore, keys, CONTENT, bundle.as_bytes())
    };
    assert_eq!(judge(&[key]), "could-not-check could not tell");
    assert_eq!(judge(&[]), "trust-root-missing could not tell");
}

#[test]
fn one_key_has_one_id_however_it_is_written() {
    let raw = BuiltIn::raw(ed25519(1));
    let ssh = BuiltIn::ssh(ed25519(1));
    let id = &ids(raw.public_key())[0];
    assert_eq!(&ids(ssh.public_key())[0], id);
    assert!(ids(ssh.public_key())[1].starts_with("SHA256:"));

    let signer = minisign();
    let bytes = data_encoding::BASE64
        .decode(signer.public_file().unwrap().lines().nth(1).unwrap().as_bytes())
        .unwrap();
    let same = crate::signature::key::PublicKey::from_ed25519(&bytes[10..]).unwrap();
    assert_eq!(ids(signer.public_key()), [same.id().to_string(), signer.key_id()]);
    let other = minisign();
    assert_ne!(ids(other.public_key())[0], ids(signer.public_key())[0]);

    // So a policy sees through it.
    let (pem, line) = (raw.public_file().unwrap(), ssh.public_file().unwrap());
    let text = POLICY.replace(
        "kind = \"minisign\"\npublicKey = \"bob\"",
        &format!("kind = \"ssh\"\npublicKey = '''{line}'''"),
    );
    let text = text.replace("publicKey = \"alice\"", &format!("publicKey = '''{pem}'''"));
    let identify = |kind, text: &[u8]| match text {
        b"carol" => Ok(vec!["carol".to_owned()]),
        text => read_key(kind, text).map(|(ids, _)| ids),
    };
    let error = PolicyFile::parse(&text).unwrap().check(&BTreeMap::new(), &identify).unwrap_err();
    assert!(
        matches!(error.0.as_slice(), [Problem { kind: ProblemKind::OneKeyTwice { .. }, .. }]),
        "{error}"
    );
    let wrong = read_key(KeyKind::Minisign, pem.as_bytes()).unwrap_err();
    expect!["it is a key of the kind `pem`, and the policy says `minisign`"].assert_eq(&wrong);
}

#[test]
fn minisign_says_when_it_was_made() {
    let at = |comment: &str| {
        let text = format!("untrusted comment: x\nAA==\ntrusted comment: {comment}\nAA==\n");
        claimed_time(Mechanism::Minisign, text.as_bytes()).map(Timestamp::as_second)
    };
    assert_eq!(at("timestamp:1700000000\tfile:a"), Some(1_700_000_000));
    assert_eq!(at("file:a\ttimestamp:17"), Some(17));
    assert_eq!(at("file:a"), None);
    assert_eq!(at("timestamp:99999999999999999999"), None);
    assert_eq!(at("timestamp:-99999999999999999"), None);
    assert_eq!(claimed_time(Mechanism::Ssh, b"a\nb\ntrusted comment: timestamp:17\nc\n"), None);
}
