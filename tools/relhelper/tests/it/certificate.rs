//! Certificates (RFC 5280) with Ed25519 keys (RFC 8410), made for one test. Nothing but what a TLS client looks at is in them.

use data_encoding::BASE64;
use relhelper::facts::Sha256;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];
const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 3, 0x55, 0x1d, 19];
const ALTERNATIVE_NAME: &[u8] = &[0x06, 3, 0x55, 0x1d, 17];
const TRUE: &[u8] = &[0x01, 1, 0xff];

/// Long before and long after every run.
pub const VALID: [&str; 2] = ["200101000000Z", "491231235959Z"];
/// Long over.
pub const EXPIRED: [&str; 2] = ["200101000000Z", "210101000000Z"];

/// Issues certificates.
pub struct Authority {
    key: Ed25519KeyPair,
    name: &'static str,
}

/// A certificate and its secret key, both in DER.
pub struct Identity {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

fn new_key() -> (Vec<u8>, Ed25519KeyPair) {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    (key.as_ref().to_vec(), Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
}

/// A value in DER. Everything here is shorter than 64 KiB.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

fn name(text: &str) -> Vec<u8> {
    let attribute = sequence(&[COMMON_NAME, &der(0x0c, &[text.as_bytes()])]);
    sequence(&[&der(0x31, &[&attribute])])
}

impl Authority {
    pub fn new(name: &'static str) -> Self {
        Self { key: new_key().1, name }
    }

    /// Its own certificate, in PEM.
    pub fn pem(&self) -> String {
        let constraints = der(0x04, &[&sequence(&[TRUE])]);
        let extension = sequence(&[BASIC_CONSTRAINTS, TRUE, &constraints]);
        let certificate = self.sign(self.name, VALID, self.key.public_key().as_ref(), &extension);
        let text = BASE64.encode(&certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    /// A new identity, for the loopback address 127.0.0.1 when `host` is none.
    pub fn issue(&self, host: Option<&str>, validity: [&str; 2]) -> Identity {
        let (secret, key) = new_key();
        let subject = match host {
            None => der(0x87, &[&[127, 0, 0, 1]]),
            Some(host) => der(0x82, &[host.as_bytes()]),
        };
        let names = der(0x04, &[&sequence(&[&subject])]);
        let extension = sequence(&[ALTERNATIVE_NAME, &names]);
        let certificate = self.sign("server", validity, key.public_key().as_ref(), &extension);
        Identity { certificate, key: secret }
    }

    fn sign(&self, subject: &str, validity: [&str; 2], key: &[u8], extension: &[u8]) -> Vec<u8> {
        let algorithm = sequence(&[ED25519]);
        let [from, until] = validity.map(|time| der(0x17, &[time.as_bytes()]));
        // Positive, and another one for each key.
        let serial = u64::from_str_radix(&Sha256::of(key).to_string()[..15], 16).unwrap();
        let content = sequence(&[
            &der(0xa0, &[&der(0x02, &[&[2]])]),
            &der(0x02, &[&serial.to_be_bytes()]),
            &algorithm,
            &name(self.name),
            &sequence(&[&from, &until]),
            &name(subject),
            &sequence(&[&algorithm, &der(0x03, &[&[0], key])]),
            &der(0xa3, &[&sequence(&[extension])]),
        ]);
        let signature = self.key.sign(&content);
        sequence(&[&content, &algorithm, &der(0x03, &[&[0], signature.as_ref()])])
    }
}
