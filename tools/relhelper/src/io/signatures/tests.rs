use std::num::NonZeroUsize;
use std::sync::LazyLock;

use expect_test::expect;
use zeroize::Zeroizing;

use super::*;
use crate::io::gather::samples::{Files, Memory, release};
use crate::release::layout::PROVENANCE;
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
    BuiltIn::raw(SecretKey::from_ed25519_seed(&Zeroizing::new([1; 32])).unwrap())
}

/// Facts of the release after `change`, which nobody who verified it has seen.
fn gathered(change: impl FnOnce(&mut Files)) -> Facts {
    let sums = Sha256::of(&RELEASE[SHA256SUMS]);
    let mut files = RELEASE.clone();
    change(&mut files);
    let keys = [("id".to_owned(), signer().public_key().clone())];
    gather(&Memory { files, listed: true }, sums, &keys, NonZeroUsize::MIN).unwrap()
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
        let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
        files.insert(MANIFEST.to_owned(), manifest.replace("hello", "jello").into_bytes());
        let signature = signer().sign(PROVENANCE, b"{}").unwrap();
        files.insert(PROVENANCE.to_owned(), b"{}".to_vec());
        files.insert("provenance.json.sig".to_owned(), signature);
    });
    assert_eq!((facts.product.as_deref(), facts.version.as_ref()), (None, None));
    let [(_, Check::Good(_)), (_, Check::Unchecked(why))] = checks(&facts)[..] else {
        panic!("{facts:?}")
    };
    expect!["the bytes of provenance.json are not those that were verified"].assert_eq(why);

    let facts = gathered(|files| {
        let sums = files.get_mut(SHA256SUMS).unwrap();
        let end = sums.len() - 1;
        sums.truncate(end);
        let signature = signer().sign(SHA256SUMS, sums).unwrap();
        files.insert("SHA256SUMS.sig".to_owned(), signature);
    });
    let [(_, Check::Unchecked(why)), _] = checks(&facts)[..] else { panic!("{facts:?}") };
    expect!["the bytes of SHA256SUMS are not those that were verified"].assert_eq(why);
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
