//! Any bytes as a bundle with a certificate, a trusted root, or the answer of an authority or a log: no panic; nothing is
//! valid for somebody else than it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::signature::keyless::{CertificateIdentity, request};

const FILE: &[u8] = include_bytes!("../../tests/fixtures/keyless/file");
const ROOT: &str = include_str!("../../tests/fixtures/keyless/trusted-root.json");
const ISSUER: &str = "https://token.actions.githubusercontent.com";

fuzz_target!(|bytes: &[u8]| {
    // The seeds are bundles of others over this file, so all else in them is right.
    let nobody = CertificateIdentity::new("nobody@example.com", ISSUER, ROOT).expect("a fixture");
    assert!(!nobody.verify(FILE, bytes).is_valid());
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(identity) = CertificateIdentity::parse(text) {
            assert_eq!(CertificateIdentity::parse(&identity.to_text()), Ok(identity));
        }
        if let Ok(identity) = CertificateIdentity::new("nobody@example.com", ISSUER, text) {
            assert!(!identity.verify(b"signed by nobody", bytes).is_valid());
        }
    }
    if let Ok(certificate) = request::certificate(bytes) {
        let _ = CertificateIdentity::of_certificate(&certificate, ROOT);
    }
    if let Ok(bundle) = request::bundle(FILE, b"signature", b"certificate", bytes) {
        assert!(!nobody.verify(FILE, &bundle).is_valid());
    }
});
