//! Any bytes as a key, a signature or `signatures.json`: no panic; nothing is valid by chance; what is read is written the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::signature::key::SecretKey;
use relhelper::signature::{Index, VerifyingKey, gpg, minisign, ssh};

const KEYS: [&str; 4] = [
    include_str!("../../tests/fixtures/keys/ed25519.pub.pem"),
    include_str!("../../tests/fixtures/keys/p256.pub.pem"),
    include_str!("../../tests/fixtures/keys/minisign.pub"),
    include_str!("../../tests/fixtures/keys/ssh.pub"),
];
const FINGERPRINT: &str = "AAAA567890123456789012345678901234567890";

fuzz_target!(|bytes: &[u8]| {
    for key in KEYS {
        let key = VerifyingKey::parse(key).expect("a fixture");
        for mechanism in key.mechanisms() {
            // No seed is a signature over this text.
            assert!(!key.check(mechanism, "message", b"signed by nobody", bytes).is_valid());
        }
    }
    if let Ok(index) = Index::parse(bytes) {
        assert_eq!(Index::parse(&index.to_bytes()), Ok(index));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match VerifyingKey::parse(text) {
        Ok(VerifyingKey::Pem(key)) => {
            assert_eq!(VerifyingKey::parse(&key.to_pem()), Ok(VerifyingKey::Pem(key)));
        }
        Ok(VerifyingKey::Minisign(key)) => {
            assert_eq!(VerifyingKey::parse(&key.to_file()), Ok(VerifyingKey::Minisign(key)));
        }
        Ok(VerifyingKey::Ssh(key)) => assert!(ssh::public_line(&key).is_ok()),
        Ok(VerifyingKey::Certificate(_) | VerifyingKey::Gpg(_)) | Err(_) => {}
    }
    if let Ok(key) = SecretKey::from_pem(text) {
        // That an RSA key is damaged may be noticed only now.
        let _signed = key.sign(b"message");
    }
    let _ = ssh::secret_key(text);
    // Opening an encrypted key takes the time and memory that it demands itself.
    if minisign::SecretKey::is_encrypted(text) == Ok(false) {
        let _ = minisign::SecretKey::parse(text, None);
    }
    let _ = gpg::outcome(text, FINGERPRINT);
});
