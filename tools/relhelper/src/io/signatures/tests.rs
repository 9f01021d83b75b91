use std::num::NonZeroUsize;
use std::sync::LazyLock;

use expect_test::expect;
use zeroize::Zeroizing;

use super::*;
use crate::attestation::dsse::{Envelope, IN_TOTO};
use crate::io::gather::samples::{Files, Memory, release, sign_off};
use crate::release::layout::{PROVENANCE, SHA256SUMS, SIGNATURES};
use crate::signature::Index;
use crate::signature::index::{Attestation, Key};
use crate::signature::key::SecretKey;
use crate::signature::signer::BuiltIn;
use crate::signature::{Mechanism, Signer};

/// A release whose `SHA256SUMS` and provenance are signed.
static RELEASE: LazyLock<Files> = LazyLock::new(|| {
    let mut files = release();
    for name in [SHA256SUMS, PROVENANCE] {
        let signature = signer().sign(name, &files[name]).unwrap();
        files.insert(format!("{name}{}", Mechanism::Ed25519.suffix()), signature);
    }
    files
});

fn signer() -> BuiltIn {
    BuiltIn::raw(secret(1))
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap()
}

/// Facts of the release after `change`, which nobody who verified it has seen.
fn gathered(change: impl FnOnce(&mut Files)) -> Facts {
    attempt(change).unwrap()
}

fn attempt(change: impl FnOnce(&mut Files)) -> Result<Facts, OriginError> {
    let sums = Sha256::of(&RELEASE[SHA256SUMS]);
    let mut files = RELEASE.clone();
    change(&mut files);
    let keys = [("id".to_owned(), signer().public_key().clone())];
    gather(&Memory { files, listed: true }, sums, &keys, NonZeroUsize::MIN)
}

fn checks(facts: &Facts) -> Vec<(&str, &Check)> {
    facts.signatures.iter().map(|found| (found.place.as_str(), &found.check)).collect()
}

#[test]
fn a_release_gives_its_files_and_signatures() {
    let facts = gathered(|_| {});
    assert_eq!(facts.product.as_deref(), Some("hello"));
    assert_eq!(facts.version, Some("1.2.3".parse().unwrap()));
    assert_eq!(facts.files[SHA256SUMS], FileKind::Checksums);
    assert!(facts.files.values().any(|kind| *kind == FileKind::Payload));
    let good = Check::Good("id".to_owned());
    assert_eq!(checks(&facts), [("SHA256SUMS.sig", &good), ("provenance.json.sig", &good)]);
}

#[test]
fn another_file_on_the_second_read_is_not_checked_and_not_believed() {
    // Signed by the right key, so only the digest can tell.
    let facts = gathered(|files| {
        let signature = signer().sign(PROVENANCE, b"{}").unwrap();
        files.insert(PROVENANCE.to_owned(), b"{}".to_vec());
        files.insert("provenance.json.sig".to_owned(), signature);
    });
    let [(_, Check::Good(_)), (_, Check::Unchecked(why))] = checks(&facts)[..] else {
        panic!("{facts:?}")
    };
    expect!["cannot read provenance.json in memory: its bytes are not those that were verified"]
        .assert_eq(why);
}

/// Which product and version it is, and what must be signed, come from these two.
#[test]
fn another_list_or_manifest_on_the_second_read_gives_no_facts() {
    let jello = |files: &mut Files| {
        let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
        files.insert(MANIFEST.to_owned(), manifest.replace("hello", "jello").into_bytes());
    };
    let error = |change: &dyn Fn(&mut Files)| reason(&attempt(change).unwrap_err());
    expect![
        "cannot read release-manifest.json in memory: its bytes are not those that were verified"
    ]
    .assert_eq(&error(&jello));
    // The list fits the manifest, and all that is signed is as it was.
    let listed = |files: &mut Files| {
        jello(files);
        sign_off(files);
    };
    expect!["cannot read SHA256SUMS in memory: its bytes are not those that were verified"]
        .assert_eq(&error(&listed));
    let signed = |files: &mut Files| {
        listed(files);
        let signature = signer().sign(SHA256SUMS, &files[SHA256SUMS]).unwrap();
        files.insert("SHA256SUMS.sig".to_owned(), signature);
    };
    expect!["cannot read SHA256SUMS in memory: its bytes are not those that were verified"]
        .assert_eq(&error(&signed));
}

#[test]
fn what_cannot_be_read_is_not_checked_for_a_reason() {
    let facts = gathered(|files| {
        let size = usize::try_from(MAX_SIGNATURE_BYTES).unwrap() + 1;
        files.insert("provenance.json.sig".to_owned(), vec![b'x'; size]);
        files.remove(PROVENANCE);
        files.insert("provenance.json.minisig".to_owned(), b"x".to_vec());
    });
    let why: Vec<_> = checks(&facts)
        .into_iter()
        .filter_map(|(place, check)| match check {
            Check::Unchecked(why) => Some(format!("{place}: {why}\n")),
            _ => None,
        })
        .collect();
    expect![[r#"
        provenance.json.sig: cannot read provenance.json.sig in memory: it has more than 262144 bytes
        provenance.json.minisig: there is no provenance.json in memory
    "#]].assert_eq(&why.concat());
}

const LINES: &str = "hello-1.2.3.intoto.jsonl";

/// The statement about `payload` by the key of this seed, beside the release and in its list as one of the key `named`.
fn list(files: &mut Files, payload: &[u8], seed: u8, named: u8) {
    let line = Envelope::sign(IN_TOTO, payload.to_vec(), &[&secret(seed)]).unwrap().to_line();
    let (mechanism, key_id) = (Mechanism::Ed25519, secret(named).public().id().to_string());
    let mut index = Index::default();
    let public_key = "release-signing-public-key.pem".parse().unwrap();
    let key = Key { mechanism, key_id: key_id.clone(), public_key, files: [].into() };
    index.add_key(key).unwrap();
    let (file, sha256) = (PROVENANCE.parse().unwrap(), Sha256::of(payload));
    let (attestations, line_digest) = (LINES.parse().unwrap(), Sha256::of(line.as_bytes()));
    let new = Attestation { file, mechanism, key_id, sha256, attestations, line: line_digest };
    index.add_attestation(new).unwrap();
    files.insert(SIGNATURES.to_owned(), index.to_bytes());
    files.insert(LINES.to_owned(), format!("{line}\n").into_bytes());
}

#[test]
fn a_listed_statement_is_one_of_the_key_that_is_named_over_the_verified_file() {
    let provenance = &RELEASE[PROVENANCE];
    let told = |change: &dyn Fn(&mut Files)| gathered(|files| change(files)).statements;
    let bad = [Signature {
        file: PROVENANCE.to_owned(),
        place: LINES.to_owned(),
        check: Check::Bad(Some("id".to_owned())),
        claimed_time: None,
    }];
    assert_eq!(told(&|_| {}), []);
    assert_eq!(told(&|files| list(files, provenance, 1, 1)), []);
    // Of another key, or over something else.
    assert_eq!(told(&|files| list(files, provenance, 2, 1)), bad);
    assert_eq!(told(&|files| list(files, b"{}", 1, 1)), bad);
    // Nobody here knows that key.
    assert_eq!(told(&|files| list(files, provenance, 1, 2)), []);
    // Lines that nobody lists say nothing.
    let more = |files: &mut Files| {
        list(files, provenance, 2, 1);
        let forged = files[LINES].clone();
        list(files, provenance, 1, 1);
        files.get_mut(LINES).unwrap().extend(forged);
    };
    assert_eq!(told(&more), []);
    let gone = |files: &mut Files| {
        list(files, provenance, 1, 1);
        files.remove(LINES);
    };
    assert_eq!(told(&gone), bad);
    // What nobody could look at.
    let large = |files: &mut Files| {
        list(files, provenance, 1, 1);
        files.insert(SIGNATURES.to_owned(), vec![b' '; (16 << 20) + 1]);
    };
    let found = told(&large);
    let [Signature { check: Check::Unchecked(why), .. }] = &found[..] else { panic!() };
    expect!["cannot read signatures.json in memory: it has more than 16777216 bytes"]
        .assert_eq(why);
}
