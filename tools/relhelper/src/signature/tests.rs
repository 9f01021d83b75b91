//! Every mechanism against every defect, with the exact outcome; and files that real tools made.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use expect_test::expect;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::key::{PublicKey, SecretKey};
use super::signer::BuiltIn;
use super::*;
use crate::attestation::dsse;
use crate::trust::statement::PAYLOAD_TYPE;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/", $name))
    };
}
macro_rules! bytes {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/", $name))
    };
}

const NAME: &str = "message";
const MESSAGE: &[u8] = bytes!("message");

fn pem(text: &str) -> SecretKey {
    SecretKey::from_pem(text).unwrap()
}

fn other_ed25519() -> SecretKey {
    SecretKey::from_ed25519_seed(&Zeroizing::new([7; 32])).unwrap()
}

/// One signer of each mechanism that needs no other program, and another key of the same kind.
fn signers() -> Vec<(BuiltIn, VerifyingKey)> {
    let minisign = minisign::SecretKey::parse(fixture!("minisign.key"), None).unwrap();
    let (_, other_minisign) = minisign::generate(None).unwrap();
    // These two keys only verify here.
    let other_p256 = fixture!("p384.pub.pem");
    let other = |key: SecretKey| VerifyingKey::Pem(key.public());
    vec![
        (BuiltIn::raw(pem(fixture!("ed25519.pem"))), other(other_ed25519())),
        (BuiltIn::raw(pem(fixture!("p256.pem"))), VerifyingKey::parse(other_p256).unwrap()),
        (BuiltIn::raw(pem(fixture!("rsa.pem"))), other(pem(fixture!("rsa-other.pem")))),
        (BuiltIn::bundle(pem(fixture!("ed25519.pem"))), other(other_ed25519())),
        (BuiltIn::bundle(pem(fixture!("p256.pem"))), VerifyingKey::parse(other_p256).unwrap()),
        (BuiltIn::minisign(minisign).unwrap(), VerifyingKey::Minisign(other_minisign)),
        (
            BuiltIn::ssh(ssh::secret_key(fixture!("ssh")).unwrap()),
            VerifyingKey::Ssh(other_ed25519().public()),
        ),
    ]
}

/// What a signature says when it is checked under the defects named in the columns.
fn row(signer: &BuiltIn, other: &VerifyingKey) -> String {
    let (key, mechanism) = (signer.public_key(), signer.mechanism());
    let signature = signer.sign(NAME, MESSAGE).unwrap();
    let check = |key: &VerifyingKey, name: &str, content: &[u8], signature: &[u8]| {
        let outcome = key.check(mechanism, name, content, signature);
        serde_json::to_value(&outcome).unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    let mut flipped = MESSAGE.to_vec();
    flipped[0] ^= 1;
    let outcomes = [
        check(key, NAME, MESSAGE, &signature),
        check(key, NAME, &flipped, &signature),
        check(key, NAME, b"another file", &signature),
        check(key, "renamed", MESSAGE, &signature),
        check(other, NAME, MESSAGE, &signature),
        check(key, NAME, MESSAGE, b""),
        check(key, NAME, MESSAGE, &signature[..signature.len() / 2]),
        check(key, NAME, MESSAGE, &[signature.as_slice(), b"more"].concat()),
        check(key, NAME, MESSAGE, &[b'A'; 64]),
    ];
    let kind = match signer.public_key() {
        VerifyingKey::Pem(key) => format!("{mechanism} {}", key.algorithm()),
        _ => mechanism.to_string(),
    };
    format!("{kind}: {}\n", outcomes.join(", "))
}

#[test]
fn every_defect_has_its_outcome() {
    let mut table =
        "right, flipped bit, other file, renamed, other key, empty, half, longer, letters\n"
            .to_owned();
    for (signer, other) in signers() {
        table.push_str(&row(&signer, &other));
    }
    expect![[r#"
        right, flipped bit, other file, renamed, other key, empty, half, longer, letters
        ed25519 Ed25519: valid, bad-signature, bad-signature, valid, bad-signature, malformed, malformed, malformed, malformed
        ecdsa ECDSA P-256: valid, bad-signature, bad-signature, valid, bad-signature, malformed, bad-signature, bad-signature, malformed
        rsa RSA: valid, bad-signature, bad-signature, valid, bad-signature, malformed, malformed, bad-signature, malformed
        sigstore Ed25519: valid, wrong-file, wrong-file, valid, unknown-key, malformed, malformed, malformed, malformed
        sigstore ECDSA P-256: valid, wrong-file, wrong-file, valid, unknown-key, malformed, malformed, malformed, malformed
        minisign: valid, bad-signature, bad-signature, wrong-file, unknown-key, malformed, malformed, malformed, malformed
        ssh: valid, bad-signature, bad-signature, valid, unknown-key, malformed, malformed, malformed, malformed
    "#]].assert_eq(&table);
}

#[test]
fn no_flipped_bit_of_a_signature_stays_valid_unless_it_signs_nothing() {
    for (signer, _) in signers() {
        let signature = signer.sign(NAME, MESSAGE).unwrap();
        let mut valid = Vec::new();
        for index in 0..signature.len() {
            for bit in 0..8 {
                let mut changed = signature.clone();
                changed[index] ^= 1 << bit;
                let outcome =
                    signer.public_key().check(signer.mechanism(), NAME, MESSAGE, &changed);
                if outcome.is_valid() {
                    valid.push(index);
                }
            }
        }
        let text = String::from_utf8_lossy(&signature).into_owned();
        // What nothing covers: the untrusted comment of minisign; white space, and the hint, of a bundle.
        let uncovered = |index: usize| match signer.mechanism() {
            Mechanism::Minisign => index < text.find('\n').unwrap(),
            Mechanism::Sigstore => {
                let hint = text.find("\"hint\"").unwrap();
                signature[index].is_ascii_whitespace() || index >= hint
            }
            _ => false,
        };
        valid.retain(|index| !uncovered(*index));
        assert!(valid.is_empty(), "{} {valid:?}: {text}", signer.mechanism());
    }
}

#[test]
fn accepts_what_the_tools_made() {
    let check = |key: &str, mechanism, signature: &[u8]| {
        VerifyingKey::parse(key).unwrap().check(mechanism, NAME, MESSAGE, signature)
    };
    let valid = Outcome::Valid;
    assert_eq!(
        check(fixture!("ed25519.pub.pem"), Mechanism::Ed25519, bytes!("message.sig")),
        valid
    );
    assert_eq!(
        check(fixture!("p256.pub.pem"), Mechanism::Ecdsa, bytes!("message.p256.sig")),
        valid
    );
    assert_eq!(
        check(fixture!("p384.pub.pem"), Mechanism::Ecdsa, bytes!("message.p384.sig")),
        valid
    );
    assert_eq!(check(fixture!("rsa.pub.pem"), Mechanism::Rsa, bytes!("message.rsa.sig")), valid);
    assert_eq!(check(fixture!("ssh.pub"), Mechanism::Ssh, bytes!("message.ssh.sig")), valid);
    let minisign = fixture!("minisign.pub");
    assert_eq!(check(minisign, Mechanism::Minisign, bytes!("message.minisig")), valid);
    assert_eq!(check(minisign, Mechanism::Minisign, bytes!("message.legacy.minisig")), valid);
    // cosign writes Base64.
    let base64 = data_encoding::BASE64.encode(bytes!("message.sig")) + "\n";
    assert_eq!(check(fixture!("ed25519.pub.pem"), Mechanism::Ed25519, base64.as_bytes()), valid);
}

#[test]
fn an_ssh_signature_for_another_use_is_none() {
    let key = VerifyingKey::parse(fixture!("ssh.pub")).unwrap();
    let outcome = key.check(Mechanism::Ssh, NAME, MESSAGE, bytes!("message.git.ssh.sig"));
    expect!["malformed signature: it is for the use `git`, expected `file`"]
        .assert_eq(&outcome.to_string());
    assert_eq!(
        key.check(Mechanism::Ssh, NAME, b"x", bytes!("message.ssh.sig")),
        Outcome::BadSignature
    );
}

#[test]
fn a_changed_trusted_comment_is_a_bad_signature() {
    let key = VerifyingKey::parse(fixture!("minisign.pub")).unwrap();
    let changed = fixture!("message.minisig").replace("file:message", "file:massage");
    let outcome = key.check(Mechanism::Minisign, NAME, MESSAGE, changed.as_bytes());
    assert_eq!(outcome, Outcome::BadSignature);
    // The crate that verifies reads past the end of such a signature of the comment.
    let lines: Vec<_> = fixture!("message.minisig").lines().collect();
    let short = format!("{}\n{}\n{}\nAAAA\n", lines[0], lines[1], lines[2]);
    let outcome = key.check(Mechanism::Minisign, NAME, MESSAGE, short.as_bytes());
    assert!(matches!(outcome, Outcome::Malformed { .. }));
}

#[test]
fn each_line_of_a_signature_or_key_of_minisign_counts() {
    let key = VerifyingKey::parse(fixture!("minisign.pub")).unwrap();
    let lines: Vec<_> = fixture!("message.minisig").lines().collect();
    let check = |text: &str| key.check(Mechanism::Minisign, NAME, MESSAGE, text.as_bytes());
    for (index, line) in
        (0..lines.len()).flat_map(|index| ["comment: AAAA", "AAAA", ""].map(|line| (index, line)))
    {
        let mut other = lines.clone();
        other[index] = line;
        let outcome = check(&format!("{}\n", other.join("\n")));
        assert!(matches!(outcome, Outcome::Malformed { .. }), "{index}: {outcome:?}");
    }
    // Nothing covers the first comment, so it can be as long as the whole may be.
    let (first, rest) = fixture!("message.minisig").split_once('\n').unwrap();
    let fill = " ".repeat(64 * 1024 - fixture!("message.minisig").len());
    assert_eq!(check(&format!("{first}{fill}\n{rest}")), Outcome::Valid);
    let outcome = check(&format!("{first}{fill} \n{rest}"));
    assert!(matches!(outcome, Outcome::Malformed { .. }));
    let (comment, base64) = fixture!("minisign.pub").split_once('\n').unwrap();
    minisign::PublicKey::parse(base64).unwrap();
    let with_comment = |comment: &str| minisign::PublicKey::parse(&format!("{comment}\n{base64}"));
    with_comment(comment).unwrap();
    with_comment("comment: x").unwrap_err();
    with_comment(&format!("{comment}{}", " ".repeat(64 * 1024))).unwrap_err();
}

#[test]
fn keys_of_minisign_have_one_length_and_one_algorithm() {
    use data_encoding::BASE64;
    let changed = |file: &str, change: fn(&mut Vec<u8>)| {
        let (comment, base64) = file.split_once('\n').unwrap();
        let mut bytes = BASE64.decode(base64.trim().as_bytes()).unwrap();
        change(&mut bytes);
        format!("{comment}\n{}\n", BASE64.encode(&bytes))
    };
    for change in [|bytes: &mut Vec<u8>| bytes[0] = b'X', |bytes: &mut Vec<u8>| bytes.push(0)] {
        let public = minisign::PublicKey::parse(&changed(fixture!("minisign.pub"), change));
        expect!["it is no public key of minisign: its length or algorithm"]
            .assert_eq(&public.err().unwrap().to_string());
        let secret = minisign::SecretKey::is_encrypted(&changed(fixture!("minisign.key"), change));
        expect!["it is no secret key of minisign: its length or algorithm"]
            .assert_eq(&secret.err().unwrap().to_string());
    }
}

#[test]
fn only_keys_in_pem_sign_statements() {
    let with_statements = Mechanism::ALL.into_iter().filter(|mechanism| mechanism.has_statements());
    let with_statements: Vec<_> = with_statements.map(|mechanism| mechanism.to_string()).collect();
    assert_eq!(with_statements, ["ecdsa", "ed25519", "rsa"]);
}

#[test]
fn secret_keys_of_minisign_and_openssh_are_opened_or_say_why_not() {
    let secret = |text: &str, passphrase: Option<&str>| {
        let passphrase = passphrase.map(|text| Zeroizing::new(text.to_owned()));
        minisign::SecretKey::parse(text, passphrase.as_ref()).err().map(|error| error.to_string())
    };
    let passphrase = Zeroizing::new("swordfish".to_owned());
    let (file, public) = minisign::generate(Some(&passphrase)).unwrap();
    let key = minisign::SecretKey::parse(&file, Some(&passphrase)).unwrap();
    assert_eq!(key.public().unwrap(), public);
    assert_eq!(minisign::PublicKey::parse(&public.to_file()).unwrap(), public);
    expect!["the minisign key is encrypted, and there is no passphrase"]
        .assert_eq(&secret(&file, None).unwrap());
    expect!["minisign: Wrong password for that key"]
        .assert_eq(&secret(&file, Some("sword")).unwrap());
    assert!(secret("untrusted comment: x\nAAAA\n", None).is_some());
    assert!(secret(fixture!("minisign.pub"), None).is_some());
    let encrypted = ssh::secret_key(fixture!("ssh-encrypted")).err().unwrap();
    expect!["the key of OpenSSH is encrypted, and only unencrypted ones can be read"]
        .assert_eq(&encrypted.to_string());
    expect![
        "copy the key file and take the passphrase off the copy: `ssh-keygen -p -N '' -f COPY`"
    ]
    .assert_eq(encrypted.hint().unwrap());
    assert!(ssh::secret_key(fixture!("p256.pem")).is_err());
    assert_eq!(
        ssh::secret_key(fixture!("ed25519.pem")).unwrap().public(),
        pem(fixture!("ed25519.pem")).public()
    );
}

#[test]
fn public_keys_are_written_as_their_tools_write_them() {
    let ssh = ssh::public_key(fixture!("ssh.pub")).unwrap();
    // Without the comment.
    assert_eq!(
        format!("{} test\n", ssh::public_line(&ssh).unwrap().trim_end()),
        fixture!("ssh.pub")
    );
    let VerifyingKey::Minisign(key) = VerifyingKey::parse(fixture!("minisign.pub")).unwrap() else {
        panic!("a key of minisign")
    };
    assert_eq!(key.to_file(), fixture!("minisign.pub"));
    assert!(fixture!("minisign.pub").contains(&key.id()));
}

#[test]
fn a_key_says_nothing_about_signatures_of_another_kind() {
    let key = VerifyingKey::parse(fixture!("ed25519.pub.pem")).unwrap();
    for mechanism in Mechanism::ALL {
        let outcome = key.check(mechanism, NAME, MESSAGE, bytes!("message.sig"));
        assert_eq!(outcome.is_valid(), mechanism == Mechanism::Ed25519, "{mechanism}");
    }
    let gpg = VerifyingKey::Gpg(String::new());
    assert!(matches!(gpg.check(Mechanism::Gpg, NAME, MESSAGE, b""), Outcome::CouldNotCheck { .. }));
}

#[test]
fn a_bundle_of_another_form_says_what_it_is() {
    let key = PublicKey::from_pem(fixture!("ed25519.pub.pem")).unwrap();
    let bundle = bundle::sign(&pem(fixture!("ed25519.pem")), MESSAGE).unwrap();
    let bundle: serde_json::Value = serde_json::from_slice(&bundle).unwrap();
    let check = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = bundle.clone();
        change(&mut changed);
        bundle::verify(&key, MESSAGE, changed.to_string().as_bytes()).to_string()
    };
    assert_eq!(check(&|_| ()), "valid");
    // As cosign 3 makes it with such a key.
    let no_digest = |bundle: &mut serde_json::Value| {
        bundle["messageSignature"]["messageDigest"] = serde_json::json!({});
    };
    assert_eq!(check(&no_digest), "valid");
    let texts = [
        check(&|bundle| {
            no_digest(bundle);
            bundle["messageSignature"]["signature"] = "AAAA".into();
        }),
        check(&|bundle| bundle["mediaType"] = "application/json".into()),
        check(&|bundle| bundle["dsseEnvelope"] = serde_json::json!({})),
        check(&|bundle| bundle["messageSignature"] = serde_json::Value::Null),
        check(&|bundle| {
            bundle["messageSignature"]["messageDigest"]["algorithm"] = "SHA2_512".into();
        }),
        check(&|bundle| bundle["messageSignature"]["messageDigest"]["digest"] = "AAAA".into()),
        check(&|bundle| bundle["messageSignature"]["signature"] = "%".into()),
        check(&|bundle| bundle["verificationMaterial"] = serde_json::json!({})),
        check(&|bundle| bundle["verificationMaterial"] = serde_json::json!({ "certificate": {} })),
        check(&|bundle| {
            bundle["messageSignature"]["signature"] = "AAAA".into();
            bundle["verificationMaterial"]["publicKey"]["hint"] = "other".into();
        }),
    ];
    expect![[r#"
        bad signature
        malformed signature: it is of the type `application/json`, expected `application/vnd.dev.sigstore.bundle.v0.3+json`
        malformed signature: it holds an attestation, expected a signature
        malformed signature: it holds no signature
        malformed signature: its digest is by `SHA2_512`, expected `SHA2_256`
        malformed signature: its digest is not that of the signed bytes
        malformed signature: it has text that is not Base64
        malformed signature: it names neither key nor certificate
        could not check: it was made with a certificate and no key; `cosign verify-blob --bundle` checks such
        unknown key: other
    "#]].assert_eq(&(texts.join("\n") + "\n"));
}

/// What is signed of a statement about a key, and with OpenSSH of a commit of git.
fn signed_for_another_use() -> [Vec<u8>; 2] {
    let ssh = ssh_key::SshSig::signed_data("git", ssh_key::HashAlg::Sha512, b"x").unwrap();
    [dsse::pae(PAYLOAD_TYPE, b"{}"), ssh]
}

#[test]
fn a_file_that_is_what_a_statement_signs_gets_no_bare_signature() {
    for content in signed_for_another_use() {
        for (signer, _) in signers() {
            let mechanism = signer.mechanism();
            let signature = signer.sign(NAME, &content);
            if matches!(mechanism, Mechanism::Minisign | Mechanism::Ssh) {
                let signature = signature.unwrap();
                let outcome = signer.public_key().check(mechanism, NAME, &content, &signature);
                assert_eq!(outcome, Outcome::Valid);
            } else {
                let error = signature.unwrap_err().to_string();
                assert!(error.starts_with("it begins with `"), "{mechanism}: {error}");
            }
        }
    }
    let key = pem(fixture!("ed25519.pem"));
    let [statement, ssh] = signed_for_another_use().map(|content| raw::sign(&key, &content));
    expect!["it begins with `DSSEv1 `, as the signed bytes of statements (DSSE) do, so its signature would be one of statements (DSSE) as well; leave it out of the release, pack it into an archive, or sign with keys of minisign, OpenSSH or OpenPGP alone"]
        .assert_eq(&statement.unwrap_err().to_string());
    assert!(ssh.unwrap_err().to_string().starts_with("it begins with `SSHSIG`, as the signed"));
    for content in ["", "DSSEv1", "DSSEv11", "dssev1 ", " DSSEv1 ", "SSHSI", "-----BEGIN SSHSIG"] {
        raw::sign(&key, content.as_bytes()).unwrap();
    }
}

#[test]
fn a_statement_turned_into_a_signed_file_is_none() {
    for content in signed_for_another_use() {
        for key in [
            pem(fixture!("ed25519.pem")),
            pem(fixture!("p256.pem")),
            pem(fixture!("p384.pem")),
            pem(fixture!("rsa.pem")),
        ] {
            let signature = key.sign(&content).unwrap();
            let mut bundle: serde_json::Value =
                serde_json::from_slice(&bundle::sign(&key, MESSAGE).unwrap()).unwrap();
            bundle["messageSignature"]["messageDigest"] = serde_json::json!({});
            bundle["messageSignature"]["signature"] =
                data_encoding::BASE64.encode(&signature).into();
            let outcomes = [
                raw::verify(&key.public(), &content, &signature),
                bundle::verify(&key.public(), &content, bundle.to_string().as_bytes()),
            ];
            for outcome in outcomes {
                let Outcome::Malformed { reason } = outcome else { panic!("{outcome:?}") };
                assert!(reason.starts_with("the file begins with `"), "{reason}");
            }
        }
    }
    let legacy = VerifyingKey::parse(fixture!("minisign.pub")).unwrap();
    let check = |signature| legacy.check(Mechanism::Minisign, NAME, b"DSSEv1 ", signature);
    expect!["malformed signature: the file begins with `DSSEv1 `, as the signed bytes of statements (DSSE) do, and a bare signature of those counts for no file"]
        .assert_eq(&check(bytes!("message.legacy.minisig")).to_string());
    assert_eq!(check(bytes!("message.minisig")), Outcome::BadSignature);
}

fn an_index() -> Index {
    let mut index = Index::default();
    let public_key = "release-signing-public-key.pem".parse().unwrap();
    let mechanism = Mechanism::Ed25519;
    let (key_id, files) = ("k".to_owned(), required::Kind::ALL.into());
    index.add_key(index::Key { mechanism, key_id, public_key, files }).unwrap();
    let (file, signature) = ("SHA256SUMS".parse().unwrap(), "SHA256SUMS.sig".parse().unwrap());
    let sha256 = crate::facts::Sha256::of(b"");
    let key_id = "k".to_owned();
    index.add(index::Signature { file, mechanism, key_id, sha256, signature }).unwrap();
    let (file, attestations) =
        ("provenance.json".parse().unwrap(), "a.intoto.jsonl".parse().unwrap());
    let (key_id, line) = ("k".to_owned(), sha256);
    index
        .add_attestation(index::Attestation { file, mechanism, key_id, sha256, attestations, line })
        .unwrap();
    index
}

#[test]
fn an_index_is_read_back_and_contradictions_are_refused() {
    let index = an_index();
    let text = String::from_utf8(index.to_bytes()).unwrap();
    expect![[r#"
        {
          "formatVersion": 1,
          "keys": [
            {
              "mechanism": "ed25519",
              "keyId": "k",
              "publicKey": "release-signing-public-key.pem",
              "files": [
                "documents",
                "payloads",
                "sums"
              ]
            }
          ],
          "signatures": [
            {
              "file": "SHA256SUMS",
              "mechanism": "ed25519",
              "keyId": "k",
              "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
              "signature": "SHA256SUMS.sig"
            }
          ],
          "attestations": [
            {
              "file": "provenance.json",
              "mechanism": "ed25519",
              "keyId": "k",
              "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
              "attestations": "a.intoto.jsonl",
              "line": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            }
          ]
        }
    "#]]
    .assert_eq(&text);
    assert_eq!(Index::parse(text.as_bytes()), Ok(index.clone()));
    assert_eq!(index.fingerprints(), "ed25519 k\n");
    for (from, to) in [
        ("SHA256SUMS.sig", "SHA256SUMS.asc"),
        ("\"SHA256SUMS\"", "\"../SHA256SUMS\""),
        ("e3b0", "E3B0"),
        ("\"formatVersion\": 1", "\"formatVersion\": 2"),
        ("\"formatVersion\": 1", "\"more\": 1, \"formatVersion\": 1"),
        (
            "\"mechanism\": \"ed25519\",\n      \"keyId\": \"k\",\n      \"sha",
            "\"mechanism\": \"ed25519\",\n      \"keyId\": \"j\",\n      \"sha",
        ),
        ("ed25519", "pgp"),
        ("\"sums\"", "\"others\""),
        (
            "\"file\": \"provenance.json\",\n      \"mechanism\": \"ed25519\"",
            "\"file\": \"provenance.json\",\n      \"mechanism\": \"rsa\"",
        ),
        ("\"line\": \"e3", "\"line\": \"E3"),
        ("\"attestations\": \"a", "\"attestations\": \"../a"),
        ("\"attestations\": [", "\"lines\": ["),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        assert!(Index::parse(broken.as_bytes()).is_err(), "{from} → {to}");
    }
    let mut two = index.clone();
    let mut other = index.signatures().next().unwrap().clone();
    other.sha256 = crate::facts::Sha256::of(b"x");
    assert!(matches!(two.add(other), Err(index::IndexError::Twice { .. })));
    let mut other = index.keys().next().unwrap().clone();
    other.key_id = "other".to_owned();
    assert_eq!(two.add_key(other), Err(index::IndexError::TwoKeys(Mechanism::Ed25519)));
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(signature in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,100}") {
        let keys = [fixture!("ed25519.pub.pem"), fixture!("p256.pub.pem"), fixture!("rsa.pub.pem"), fixture!("minisign.pub"), fixture!("ssh.pub")];
        for key in keys {
            let key = VerifyingKey::parse(key).unwrap();
            for mechanism in key.mechanisms() {
                prop_assert!(!key.check(mechanism, NAME, MESSAGE, &signature).is_valid());
                prop_assert!(!key.check(mechanism, NAME, MESSAGE, text.as_bytes()).is_valid());
            }
        }
        let _ = Index::parse(&signature);
        let _ = VerifyingKey::parse(&text);
        let _ = VerifyingKey::parse(&format!("untrusted comment: {text}"));
        let _ = VerifyingKey::parse(&format!("ssh-ed25519 {text}"));
        let _ = minisign::SecretKey::parse(&format!("untrusted comment: \n{text}"), None);
    }
}

#[test]
fn keys_of_openssl_sign_statements_and_no_others_do() {
    for (signer, _) in signers() {
        let envelope = signer.statement(b"{}".to_vec());
        let is_raw =
            matches!(signer.mechanism(), Mechanism::Ecdsa | Mechanism::Ed25519 | Mechanism::Rsa);
        assert_eq!(envelope.is_some(), is_raw, "{}", signer.mechanism());
        let Some(envelope) = envelope else { continue };
        let envelope = envelope.unwrap();
        let VerifyingKey::Pem(key) = signer.public_key() else { panic!("not a key of OpenSSL") };
        let verified = envelope.verified_by(std::slice::from_ref(key)).unwrap();
        assert_eq!(verified.payload, b"{}");
    }
}

#[test]
fn a_key_file_of_openssh_has_a_limit() {
    let limit = key::MAX_PEM_BYTES;
    let padded = |text: &str, length: usize| format!("{text}{}", "\n".repeat(length - text.len()));
    let line = fixture!("ssh.pub");
    assert!(ssh::public_key(&padded(line, limit)).is_ok());
    let secret = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
    let refused = |error| matches!(error, Err(key::KeyError::TooLarge));
    assert!(!refused(ssh::secret_key(&padded(secret, limit)).map(drop)));
    for more in [1, 2] {
        assert!(refused(ssh::public_key(&padded(line, limit + more)).map(drop)));
        assert!(refused(ssh::secret_key(&padded(secret, limit + more)).map(drop)));
    }
}

#[test]
fn each_defect_of_a_certificate_has_words() {
    use super::CertificateDefect::{Expired, Identity, Issuer, NotInLog, Untrusted};
    let words = [Untrusted, NotInLog, Expired, Issuer, Identity]
        .map(|defect| Outcome::Certificate { defect, reason: "so".to_owned() }.to_string());
    expect![[r#"
        untrusted certificate: so
        not in a trusted log: so
        expired certificate: so
        wrong issuer: so
        wrong identity: so"#]]
    .assert_eq(&words.join("\n"));
}
