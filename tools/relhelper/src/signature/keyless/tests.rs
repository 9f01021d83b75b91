//! The bundles of `tests/fixtures/keyless`, good ones and each kind of defect.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};

use super::*;
use crate::signature::CertificateDefect::{self, Expired, Identity, Issuer, NotInLog, Untrusted};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/keyless/", $name)).as_slice()
    };
}

const FILE: &[u8] = fixture!("file");
const GOOD: &[u8] = fixture!("good.sigstore.json");
const ROOT: &[u8] = fixture!("trusted-root.json");
const IDENTITY: &str =
    "https://github.com/example/hello/.github/workflows/release.yml@refs/tags/v1.0.0";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

fn expected(identity: &str, issuer: &str, root: &[u8]) -> CertificateIdentity {
    CertificateIdentity::new(identity, issuer, std::str::from_utf8(root).unwrap()).unwrap()
}

fn verify(bundle: &[u8]) -> Outcome {
    expected(IDENTITY, ISSUER, ROOT).verify(FILE, bundle)
}

/// [`GOOD`] after `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Outcome {
    let mut bundle: Value = serde_json::from_slice(GOOD).unwrap();
    change(&mut bundle);
    verify(bundle.to_string().as_bytes())
}

#[track_caller]
fn refused(outcome: Outcome, expected: CertificateDefect) -> String {
    match outcome {
        Outcome::Certificate { defect, reason } if defect == expected => reason,
        other => panic!("{other:?}, expected {expected:?}"),
    }
}

/// Bytes in Base64 with one bit changed.
fn flip(value: &mut Value, byte: usize) {
    let encoding = BASE64;
    let mut bytes = encoding.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let byte = byte % bytes.len();
    bytes[byte] ^= 1;
    *value = json!(encoding.encode(&bytes));
}

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

fn entry(bundle: &mut Value) -> &mut Value {
    bundle.pointer_mut(ENTRY).unwrap()
}

#[test]
fn accepts_what_the_authorities_of_the_root_vouch_for() {
    assert_eq!(verify(GOOD), Outcome::Valid);
    let tags = IDENTITY.replace("v1.0.0", "*");
    assert_eq!(expected(&tags, ISSUER, ROOT).verify(FILE, GOOD), Outcome::Valid);
    // The same in the form of version 0.3, where the certificate stands alone.
    let outcome = changed(|bundle| {
        bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.3+json");
        let chain = "/verificationMaterial/x509CertificateChain/certificates/0";
        let certificate = bundle.pointer(chain).unwrap().clone();
        let material = bundle["verificationMaterial"].as_object_mut().unwrap();
        material.remove("x509CertificateChain");
        material.insert("certificate".to_owned(), certificate);
    });
    assert_eq!(outcome, Outcome::Valid);
}

/// Who signed the file of the public instance.
fn public_identity() -> CertificateIdentity {
    let identity =
        "https://github.com/trailofbits/rfc8785.py/.github/workflows/release.yml@refs/tags/v0.1.2";
    let issuer = "https://token.actions.githubusercontent.com";
    CertificateIdentity::new(identity, issuer, public_root()).unwrap()
}

#[test]
fn accepts_a_bundle_of_the_public_instance_by_the_root_in_the_program() {
    let (file, bundle) = (fixture!("public.whl"), fixture!("public.sigstore.json"));
    let expected = public_identity();
    assert_eq!(expected.verify(file, bundle), Outcome::Valid);
    assert!(matches!(expected.verify(FILE, bundle), Outcome::WrongFile { .. }));
    refused(expected.verify(FILE, GOOD), Untrusted);
}

#[test]
fn each_kind_of_defect_has_its_own_outcome() {
    let reason = refused(verify(fixture!("other-identity.sigstore.json")), Identity);
    assert!(reason.contains("github.com/example/mallory/"), "{reason}");
    let reason = refused(verify(fixture!("other-issuer.sigstore.json")), Issuer);
    assert!(reason.contains("https://issuer.example vouches"), "{reason}");
    refused(verify(fixture!("other.sigstore.json")), Untrusted);
    let other_root = expected(IDENTITY, ISSUER, fixture!("other-root.json"));
    refused(other_root.verify(FILE, GOOD), Untrusted);
    let expired = expected(IDENTITY, ISSUER, fixture!("expired-root.json"));
    let reason = refused(expired.verify(FILE, fixture!("expired.sigstore.json")), Expired);
    assert!(reason.contains("was valid from"), "{reason}");
    let unlogged = expected(IDENTITY, ISSUER, fixture!("unlogged-root.json"));
    let reason = refused(unlogged.verify(FILE, fixture!("unlogged.sigstore.json")), Untrusted);
    assert!(reason.contains("certificate timestamp"), "{reason}");
    let other_file = verify(fixture!("other-file.sigstore.json"));
    assert!(matches!(other_file, Outcome::WrongFile { .. }), "{other_file:?}");
    assert!(matches!(
        expected(IDENTITY, ISSUER, ROOT).verify(b"other", GOOD),
        Outcome::WrongFile { .. }
    ));
    let statement = verify(fixture!("statement.sigstore.json"));
    assert!(matches!(statement, Outcome::Malformed { .. }), "{statement:?}");
}

#[test]
fn the_certificate_must_be_of_exactly_this_identity_and_issuer() {
    for identity in
        [&IDENTITY[..IDENTITY.len() - 1], "release.yml", "https://github.com/example/hello"]
    {
        refused(expected(identity, ISSUER, ROOT).verify(FILE, GOOD), Identity);
    }
    for issuer in [&ISSUER[..ISSUER.len() - 1], "https://token.actions.githubusercontent.com/"] {
        refused(expected(IDENTITY, issuer, ROOT).verify(FILE, GOOD), Issuer);
    }
}

#[test]
fn without_a_proven_entry_in_a_log_nothing_is_believed() {
    let strip = |field: &'static str| {
        changed(move |bundle| {
            entry(bundle).as_object_mut().unwrap().remove(field);
        })
    };
    let outcome = changed(|bundle| bundle["verificationMaterial"]["tlogEntries"] = json!([]));
    refused(outcome, NotInLog);
    refused(strip("inclusionPromise"), NotInLog);
    refused(strip("inclusionProof"), NotInLog);
    refused(
        changed(|bundle| flip(&mut entry(bundle)["inclusionPromise"]["signedEntryTimestamp"], 20)),
        NotInLog,
    );
    refused(changed(|bundle| flip(&mut entry(bundle)["inclusionProof"]["rootHash"], 3)), NotInLog);
    refused(changed(|bundle| flip(&mut entry(bundle)["canonicalizedBody"], 30)), NotInLog);
    refused(changed(|bundle| entry(bundle)["integratedTime"] = json!("1700000000")), NotInLog);
    refused(changed(|bundle| flip(&mut entry(bundle)["logId"]["keyId"], 0)), Untrusted);
    let outcome = changed(|bundle| {
        let checkpoint = &mut entry(bundle)["inclusionProof"]["checkpoint"]["envelope"];
        let text = checkpoint.as_str().unwrap().replacen("\n1\n", "\n2\n", 1);
        *checkpoint = json!(text);
    });
    refused(outcome, NotInLog);
    // Bundles of version 0.1 need a promise alone, and nothing signed says of which version one is.
    let version_1 = |bundle: &mut Value| {
        bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    };
    assert_eq!(changed(version_1), Outcome::Valid);
    let outcome = changed(|bundle| {
        version_1(bundle);
        entry(bundle).as_object_mut().unwrap().remove("inclusionProof");
    });
    assert_eq!(
        refused(outcome, NotInLog),
        "it has no proof that its entry is in the tree of the log"
    );
    // Those of later versions need a proof in one entry of all.
    let outcome = changed(|bundle| {
        let mut other = entry(bundle).clone();
        other.as_object_mut().unwrap().remove("inclusionProof");
        let entries = &mut bundle["verificationMaterial"]["tlogEntries"];
        entries.as_array_mut().unwrap().push(other);
    });
    refused(outcome, NotInLog);
    // A whole and true entry, of another signature.
    let other: Value = serde_json::from_slice(fixture!("other-issuer.sigstore.json")).unwrap();
    let outcome = changed(|bundle| *entry(bundle) = other.pointer(ENTRY).unwrap().clone());
    refused(outcome, NotInLog);
}

#[test]
fn a_signature_is_of_the_key_in_the_certificate_over_these_bytes() {
    let signature = |bundle: &mut Value| flip(&mut bundle["messageSignature"]["signature"], 12);
    assert_eq!(changed(signature), Outcome::BadSignature);
    let other: Value = serde_json::from_slice(fixture!("other-identity.sigstore.json")).unwrap();
    let outcome = changed(|bundle| bundle["messageSignature"] = other["messageSignature"].clone());
    assert_eq!(outcome, Outcome::BadSignature);
    let outcome = changed(|bundle| {
        flip(&mut bundle["messageSignature"]["messageDigest"]["digest"], 12);
    });
    assert!(matches!(outcome, Outcome::WrongFile { .. }), "{outcome:?}");
    let outcome = changed(|bundle| bundle["messageSignature"]["messageDigest"] = Value::Null);
    assert!(matches!(outcome, Outcome::Malformed { .. }), "{outcome:?}");
}

#[test]
fn a_file_that_is_what_a_statement_signs_is_not_signed() {
    let outcome = expected(IDENTITY, ISSUER, ROOT).verify(b"DSSEv1 1 a 0 ", GOOD);
    let Outcome::Malformed { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.starts_with("the file begins with `DSSEv1 `"), "{reason}");
}

#[test]
fn no_flipped_bit_of_a_bundle_is_accepted() {
    // Every part in Base64, at several places each.
    let parts = [
        "/messageSignature/messageDigest/digest",
        "/messageSignature/signature",
        "/verificationMaterial/tlogEntries/0/canonicalizedBody",
        "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp",
        "/verificationMaterial/tlogEntries/0/inclusionProof/rootHash",
        "/verificationMaterial/tlogEntries/0/logId/keyId",
        "/verificationMaterial/x509CertificateChain/certificates/0/rawBytes",
    ];
    for part in parts {
        for byte in (0..1000).step_by(37) {
            let outcome = changed(|bundle| flip(bundle.pointer_mut(part).unwrap(), byte));
            assert!(!outcome.is_valid(), "{part} {byte}");
        }
    }
}

#[test]
fn what_is_no_bundle_with_a_certificate_is_told() {
    for text in ["", "{}", "[]", "null", "{\"mediaType\":1}"] {
        let outcome = verify(text.as_bytes());
        assert!(matches!(outcome, Outcome::Malformed { .. }), "{text}: {outcome:?}");
    }
    assert!(matches!(verify(b"\xff"), Outcome::Malformed { .. }));
    let outcome = changed(|bundle| {
        bundle["verificationMaterial"].as_object_mut().unwrap().remove("x509CertificateChain");
        bundle["verificationMaterial"]["publicKey"] = json!({"hint": "abc"});
    });
    let found = "abc (a key, no certificate)".to_owned();
    assert_eq!(outcome, Outcome::UnknownKey { found });
}

#[test]
fn only_whole_trusted_roots_are_taken() {
    let new = |root: &str| CertificateIdentity::new(IDENTITY, ISSUER, root);
    let mut root: Value = serde_json::from_slice(ROOT).unwrap();
    assert!(new(&root.to_string()).is_ok());
    for (field, what) in [
        ("certificateAuthorities", "certificate authority"),
        ("ctlogs", "certificate log"),
        ("tlogs", "signature log"),
    ] {
        let kept = root[field].take();
        root[field] = json!([]);
        assert_eq!(new(&root.to_string()), Err(IdentityError::Lacks(what)));
        root[field] = kept;
    }
    root["mediaType"] = json!("application/json");
    assert!(matches!(new(&root.to_string()), Err(IdentityError::Root(_))));
    assert!(matches!(new("{}"), Err(IdentityError::Root(_))));
    assert_eq!(
        CertificateIdentity::new(IDENTITY, " ", public_root()),
        Err(IdentityError::Empty("issuer"))
    );
}

#[test]
fn an_identity_is_its_text() {
    let identity = expected(IDENTITY, ISSUER, ROOT);
    assert_eq!(CertificateIdentity::parse(&identity.to_text()), Ok(identity.clone()));
    let other_root = expected(IDENTITY, ISSUER, fixture!("other-root.json"));
    assert_ne!(identity.id(), other_root.id());
    assert!(matches!(CertificateIdentity::parse("{}"), Err(IdentityError::Text(_))));
}

/// From a bundle back to what the log answered, and to what it was asked.
#[test]
fn a_bundle_holds_what_the_log_answered() {
    let (file, good) = (fixture!("public.whl"), fixture!("public.sigstore.json"));
    let good: Value = serde_json::from_slice(good).unwrap();
    let bytes = |value: &Value| BASE64.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let hex = |value: &Value| HEXLOWER.encode(&bytes(value));
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    let chain = &good["verificationMaterial"]["x509CertificateChain"]["certificates"];
    let certificate = bytes(&chain[0]["rawBytes"]);
    let signature = bytes(&good["messageSignature"]["signature"]);
    let entry = good.pointer(ENTRY).unwrap();
    let proof = &entry["inclusionProof"];
    let answer = json!({ "24296fb2": {
        "body": entry["canonicalizedBody"],
        "integratedTime": number(&entry["integratedTime"]),
        "logID": hex(&entry["logId"]["keyId"]),
        "logIndex": number(&entry["logIndex"]),
        "verification": {
            "inclusionProof": {
                "checkpoint": proof["checkpoint"]["envelope"],
                "hashes": proof["hashes"].as_array().unwrap().iter().map(hex).collect::<Vec<_>>(),
                "logIndex": number(&proof["logIndex"]),
                "rootHash": hex(&proof["rootHash"]),
                "treeSize": number(&proof["treeSize"]),
            },
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        },
    } });
    let made = request::bundle(file, &signature, &certificate, answer.to_string().as_bytes());
    let made = made.unwrap();
    assert_eq!(public_identity().verify(file, &made), Outcome::Valid);
    let made: Value = serde_json::from_slice(&made).unwrap();
    assert_eq!(made.pointer(ENTRY), Some(entry));
    assert_eq!(made["messageSignature"], good["messageSignature"]);

    let asked = request::log_request(file, &signature, &certificate);
    let asked: Value = serde_json::from_slice(&asked).unwrap();
    let kept: Value = serde_json::from_slice(&bytes(&entry["canonicalizedBody"])).unwrap();
    assert_eq!(asked, kept);
}
