#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use expect_test::{Expect, expect};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/", $name))
    };
}
macro_rules! signature {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/", $name))
    };
}

const MESSAGE: &[u8] = signature!("message");
const PAIRS: [(Algorithm, &str, &str, &[u8]); 4] = [
    (
        Algorithm::Ed25519,
        fixture!("ed25519.pem"),
        fixture!("ed25519.pub.pem"),
        signature!("message.sig"),
    ),
    (
        Algorithm::EcdsaP256,
        fixture!("p256.pem"),
        fixture!("p256.pub.pem"),
        signature!("message.p256.sig"),
    ),
    (
        Algorithm::EcdsaP384,
        fixture!("p384.pem"),
        fixture!("p384.pub.pem"),
        signature!("message.p384.sig"),
    ),
    (Algorithm::Rsa, fixture!("rsa.pem"), fixture!("rsa.pub.pem"), signature!("message.rsa.sig")),
];

#[test]
fn reads_keys_and_signatures_of_openssl_and_writes_the_same() {
    for (algorithm, secret, public, signature) in PAIRS {
        let secret_key = SecretKey::from_pem(secret).unwrap();
        let public_key = PublicKey::from_pem(public).unwrap();
        assert_eq!(public_key.algorithm(), algorithm);
        assert_eq!(secret_key.public(), public_key);
        assert_eq!(public_key.to_pem(), public);
        assert_eq!(public_key.verify(MESSAGE, signature), Ok(()), "{algorithm}");
        let ours = secret_key.sign(MESSAGE).unwrap();
        assert_eq!(public_key.verify(MESSAGE, &ours), Ok(()), "{algorithm}");
        let deterministic = matches!(algorithm, Algorithm::Ed25519 | Algorithm::Rsa);
        assert_eq!(ours == signature, deterministic, "{algorithm}");
        let pem = secret_key.to_pem().map(|pem| pem.as_str().to_owned());
        assert_eq!(pem.as_deref(), (algorithm == Algorithm::Ed25519).then_some(secret));
    }
}

#[test]
fn accepts_sha256_with_p384_since_openssl_makes_it() {
    let key = PublicKey::from_pem(fixture!("p384.pub.pem")).unwrap();
    assert_eq!(key.verify(MESSAGE, signature!("message.p384-sha256.sig")), Ok(()));
}

#[test]
fn refuses_other_messages_other_keys_and_every_changed_byte() {
    for (algorithm, _, public, signature) in PAIRS {
        let key = PublicKey::from_pem(public).unwrap();
        let bad = |message: &[u8], signature: &[u8]| {
            assert_eq!(key.verify(message, signature), Err(BadSignature), "{algorithm}");
        };
        bad(b"hello", signature);
        bad(b"", signature);
        bad(MESSAGE, b"");
        bad(MESSAGE, &signature[1..]);
        bad(MESSAGE, &[signature, &[0]].concat());
        for index in 0..signature.len() {
            let mut changed = signature.to_vec();
            changed[index] ^= 1;
            bad(MESSAGE, &changed);
        }
        for (other, _, _, signature) in PAIRS.iter().filter(|(other, ..)| *other != algorithm) {
            assert_eq!(key.verify(MESSAGE, signature), Err(BadSignature), "{algorithm} {other}");
        }
    }
}

#[track_caller]
fn check_public(text: &str, expected: Expect) {
    expected.assert_eq(&PublicKey::from_pem(text).unwrap_err().to_string());
}

#[track_caller]
fn check_secret(text: &str, expected: Expect) {
    expected.assert_eq(&SecretKey::from_pem(text).err().unwrap().to_string());
}

#[test]
fn says_why_a_public_key_cannot_be_used() {
    check_public(
        "",
        expect!["it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM"],
    );
    check_public(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        expect![
            "the key is not in the form that OpenSSL writes: unknown/unsupported ASN.1 DER tag: 0x00 at DER byte 1"
        ],
    );
    check_public(
        fixture!("ed25519.pem"),
        expect![
            "the key file has `PRIVATE KEY`, expected `PUBLIC KEY` (`openssl pkey -in KEY -pubout` writes its public part)"
        ],
    );
    check_public(
        fixture!("rsa1024.pub.pem"),
        expect![
            "the RSA key has 1024 bits, expected 2048 to 4096 for signing, 2048 to 8192 for verifying"
        ],
    );
    check_public(
        fixture!("k256.pub.pem"),
        expect![
            "keys of the kind 1.3.132.0.10 are not supported, expected Ed25519, ECDSA P-256, ECDSA P-384 or RSA"
        ],
    );
    check_public(
        fixture!("p256.compressed.pub.pem"),
        expect!["the key is not in the form that OpenSSL writes: its point is not uncompressed"],
    );
    check_public(&"-".repeat(MAX_PEM_BYTES + 1), expect!["the key file has more than 65536 bytes"]);
    check_public(
        &"-".repeat(MAX_PEM_BYTES),
        expect!["it has no line `-----BEGIN PUBLIC KEY-----`, so it is no key in PEM"],
    );
    let labelled = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    check_public(
        &labelled("RSA PUBLIC KEY"),
        expect![
            "the key file has `RSA PUBLIC KEY`, expected `PUBLIC KEY` (`openssl rsa -RSAPublicKey_in -pubout -in KEY` converts it)"
        ],
    );
    check_public(
        &labelled("CERTIFICATE"),
        expect![
            "the key file has `CERTIFICATE`, expected `PUBLIC KEY` (`openssl x509 -in CERT -noout -pubkey` writes its public key)"
        ],
    );
    // Two keys: which of them would it be?
    let two = format!("{}{}", fixture!("ed25519.pub.pem"), fixture!("p256.pub.pem"));
    check_public(
        &two,
        expect![
            "the key is not in the form that OpenSSL writes: PEM Base64 error: invalid Base64 encoding"
        ],
    );
}

#[test]
fn says_why_a_secret_key_cannot_be_used() {
    check_secret(
        fixture!("ed25519.pub.pem"),
        expect!["the key file has `PUBLIC KEY`, expected `PRIVATE KEY`"],
    );
    check_secret(
        fixture!("encrypted.pem"),
        expect!["the key is encrypted, and only unencrypted PKCS#8 can be read"],
    );
    check_secret(
        fixture!("rsa.old.pem"),
        expect![
            "the key file has `RSA PRIVATE KEY`, expected `PRIVATE KEY` (`openssl pkcs8 -topk8 -nocrypt -in KEY -out PKCS8` converts it)"
        ],
    );
    check_secret(
        fixture!("p256.old.pem"),
        expect![
            "the key file has `EC PRIVATE KEY`, expected `PRIVATE KEY` (`openssl pkcs8 -topk8 -nocrypt -in KEY -out PKCS8` converts it)"
        ],
    );
    check_secret(
        fixture!("ssh"),
        expect![
            "the key file has `OPENSSH PRIVATE KEY`, expected `PRIVATE KEY` (a key of OpenSSH, which `relhelper sign --ssh-key` takes)"
        ],
    );
    check_secret(
        "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
        expect!["the key is encrypted as cosign does it, and only unencrypted PKCS#8 can be read"],
    );
    check_secret(
        fixture!("rsa1024.pem"),
        expect![
            "the RSA key has 1024 bits, expected 2048 to 4096 for signing, 2048 to 8192 for verifying"
        ],
    );
    check_secret(
        fixture!("k256.pem"),
        expect![
            "keys of the kind 1.3.132.0.10 are not supported, expected Ed25519, ECDSA P-256, ECDSA P-384 or RSA"
        ],
    );
    check_secret(
        "not a key",
        expect!["it has no line `-----BEGIN PRIVATE KEY-----`, so it is no key in PEM"],
    );
}

// The commands were tried with OpenSSL 3.0.19, OpenSSH 9.2p1 and cosign 3.1.1.
#[test]
fn says_how_a_key_of_another_form_becomes_one_that_is_read() {
    let hint = |text: &str| SecretKey::from_pem(text).err().unwrap().hint().unwrap_or_default();
    expect!["`openssl pkey -in KEY -out PLAIN` writes it unencrypted; keep the result out of shared folders"]
        .assert_eq(hint(fixture!("encrypted.pem")));
    expect!["`ssh-keygen -p -N '' -m PKCS8 -f COPY` turns a copy of an RSA or ECDSA key into PKCS#8; in the place of an Ed25519 key, `relhelper keys generate KEY` makes a new one"]
        .assert_eq(hint(fixture!("ssh")));
    assert_eq!(hint(fixture!("ssh-encrypted")), hint(fixture!("ssh")));
    for label in ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        expect!["cosign gives no key away unencrypted; `relhelper keys generate KEY` makes one, and `cosign import-key-pair --key KEY` takes it as well"]
            .assert_eq(hint(&text));
    }
    expect!["`relhelper keys generate` makes a key of today's kind"]
        .assert_eq(hint(fixture!("k256.pem")));
    assert_eq!(hint(fixture!("ed25519.pub.pem")), "");
    assert_eq!(PublicKey::from_pem(fixture!("ssh")).unwrap_err().hint(), None);
}

#[test]
fn an_id_is_what_openssl_and_sha256sum_print() {
    let key = PublicKey::from_pem(fixture!("ed25519.pub.pem")).unwrap();
    expect!["7e78a16373f35039a2a0853731b0fb8a6d0df569e506f0980e420663d5beeca0"]
        .assert_eq(&key.id().to_string());
    assert_eq!(key.id().to_string().parse(), Ok(key.id()));
    assert!("12".parse::<KeyId>().is_err());
}

// RFC 8032, section 7.1, test 3; and the points of small order that a key must not be.
#[test]
fn follows_the_standard_and_refuses_weak_keys() {
    let bytes = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let seed = bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let seed = Zeroizing::new(seed.try_into().unwrap());
    let key = SecretKey::from_ed25519_seed(&seed).unwrap();
    let signature = bytes(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    );
    assert_eq!(key.sign(&[0xaf, 0x82]), Ok(signature));
    for weak in [[0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }] {
        assert_eq!(PublicKey::from_ed25519(&weak), Err(KeyError::Weak(Algorithm::Ed25519)));
    }
    assert!(PublicKey::from_ed25519(&[0; 31]).is_err());
    for raw in [&[4; 64][..], &[4; 66], &[2; 65]] {
        let error = PublicKey::from_raw(Algorithm::EcdsaP256, raw).unwrap_err().to_string();
        assert!(error.ends_with("its point is not uncompressed"), "{error}");
    }
}

#[test]
fn an_rsa_key_with_the_exponent_one_is_refused() {
    let key = PublicKey::from_pem(fixture!("rsa.pub.pem")).unwrap();
    let mut raw = key.raw().to_vec();
    // `02 03 01 00 01`, the exponent, becomes `02 01 01`.
    raw.truncate(raw.len() - 5);
    raw.extend([2, 1, 1]);
    let length = u16::try_from(raw.len() - 4).unwrap().to_be_bytes();
    raw[2..4].copy_from_slice(&length);
    let error = PublicKey::from_raw(Algorithm::Rsa, &raw).unwrap_err();
    assert_eq!(error, KeyError::Weak(Algorithm::Rsa));
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,80}", body in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = PublicKey::from_pem(&text);
        let _ = SecretKey::from_pem(&text);
        for label in ["PUBLIC KEY", "PRIVATE KEY"] {
            let base64 = data_encoding::BASE64.encode(&body);
            let text = format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
            let _ = PublicKey::from_pem(&text);
            let _ = SecretKey::from_pem(&text);
        }
    }

    #[test]
    fn what_is_read_has_one_form(index in 0_usize..400, bit in 0..8) {
        for (_, _, public, _) in PAIRS {
            let mut der = PublicKey::from_pem(public).unwrap().to_der().to_vec();
            let index = index % der.len();
            der[index] ^= 1_u8 << bit;
            if let Ok(key) = PublicKey::from_der(&der) {
                prop_assert_eq!(key.to_der(), der.as_slice());
                prop_assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap(), key);
            }
        }
    }

    #[test]
    fn what_one_key_signs_no_other_verifies(one in any::<[u8; 32]>(), other in any::<[u8; 32]>(), message in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assume!(one != other);
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new(one)).unwrap();
        let other = SecretKey::from_ed25519_seed(&Zeroizing::new(other)).unwrap();
        let signature = key.sign(&message).unwrap();
        prop_assert_eq!(key.public().verify(&message, &signature), Ok(()));
        prop_assert_eq!(other.public().verify(&message, &signature), Err(BadSignature));
    }
}
