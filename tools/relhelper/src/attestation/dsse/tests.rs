#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;
use crate::attestation::samples::{envelope, key};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

fn line(payload: &[u8]) -> Value {
    serde_json::from_str(&envelope(payload, &[&key(1)]).to_line()).unwrap()
}

fn parse(value: &Value) -> Envelope {
    Envelope::parse(value.to_string().as_bytes()).unwrap()
}

#[track_caller]
fn check_error(change: impl FnOnce(&mut Value), expected: Expect) {
    let mut value = line(b"{}");
    change(&mut value);
    expected.assert_eq(&Envelope::parse(value.to_string().as_bytes()).unwrap_err().to_string());
}

// protocol.md of DSSE 1.0.2, "Test Vectors".
#[test]
fn the_encoding_is_that_of_the_specification() {
    let message = pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(message, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    assert_eq!(pae("\u{e9}", b"a"), "DSSEv1 2 \u{e9} 1 a".as_bytes());
}

#[test]
fn gives_the_payload_to_those_who_know_a_key() {
    let envelope = envelope(b"{}", &[&key(1), &key(2)]);
    assert_eq!(envelope.verified_by(&[]), None);
    assert_eq!(envelope.verified_by(&[key(3).public()]), None);
    let verified = envelope.verified_by(&[key(2).public(), key(3).public()]).unwrap();
    assert_eq!(verified.payload, b"{}");
    assert_eq!(verified.payload_type, IN_TOTO);
    assert_eq!(verified.keys, [key(2).public().id()].into());
}

#[test]
fn counts_a_key_once_however_often_it_signs() {
    let mut value = line(b"{}");
    value["signatures"] = json!([value["signatures"][0], value["signatures"][0]]);
    let keys = parse(&value).verified_by(&[key(1).public(), key(1).public()]).unwrap().keys;
    assert_eq!(keys.len(), 1);
}

#[test]
fn has_at_most_64_signatures() {
    let mut value = line(b"{}");
    let one = value["signatures"][0].clone();
    value["signatures"] = json!(vec![one.clone(); MAX_SIGNATURES]);
    parse(&value);
    for count in [0, MAX_SIGNATURES + 1] {
        value["signatures"] = json!(vec![one.clone(); count]);
        let error = Envelope::parse(value.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, EnvelopeError::Signatures { found } if found == count), "{error}");
    }
}

#[test]
fn does_not_believe_the_key_id() {
    let mut value = line(b"{}");
    value["signatures"][0]["keyid"] = json!(key(2).public().id());
    let envelope = parse(&value);
    assert_eq!(envelope.verified_by(&[key(2).public()]), None);
    assert!(envelope.verified_by(&[key(1).public()]).is_some());
    for absent in [json!(null), json!("")] {
        value["signatures"][0]["keyid"] = absent;
        assert!(parse(&value).verified_by(&[key(1).public()]).is_some());
    }
}

#[test]
fn the_type_of_the_payload_is_signed() {
    let mut value = line(b"{}");
    value["payloadType"] = json!("application/json");
    assert_eq!(parse(&value).verified_by(&[key(1).public()]), None);
}

#[test]
fn a_payload_that_was_written_again_is_another_one() {
    let payload = br#"{ "b": 1, "a": 2 }"#;
    let mut value = line(payload);
    let again: Value = serde_json::from_slice(payload).unwrap();
    value["payload"] = json!(BASE64.encode(again.to_string().as_bytes()));
    assert_eq!(parse(&value).verified_by(&[key(1).public()]), None);
}

#[test]
fn reads_both_alphabets_and_no_third() {
    // 0xfb 0xff has `+/8=` in one and `-_8=` in the other.
    let mut value = line(b"\xfb\xff");
    assert_eq!(value["payload"], "+/8=");
    value["payload"] = json!("-_8=");
    let sig = value["signatures"][0]["sig"].as_str().unwrap().to_owned();
    value["signatures"][0]["sig"] = json!(sig.replace('+', "-").replace('/', "_"));
    assert!(parse(&value).verified_by(&[key(1).public()]).is_some());
    for bad in ["+_8=", "+/8", "+/9=", "+/8=\n", "+/8= ", "!"] {
        check_error(|it| it["payload"] = json!(bad), expect!["its payload is not base64"]);
    }
    check_error(
        |it| it["signatures"][0]["sig"] = json!("?"),
        expect!["its signature is not base64"],
    );
}

#[test]
fn refuses_what_is_no_envelope() {
    check_error(
        |it| it["signatures"] = json!([]),
        expect!["it has 0 signatures, expected 1 to 64"],
    );
    check_error(
        |it| it["signatures"] = json!(vec![it["signatures"][0].clone(); 65]),
        expect!["it has 65 signatures, expected 1 to 64"],
    );
    check_error(
        |it| _ = it.as_object_mut().unwrap().remove("payloadType"),
        expect!["it is not a DSSE envelope: missing field `payloadType`"],
    );
    check_error(
        |it| it["payload"] = json!(7),
        expect!["it is not a DSSE envelope: invalid type: integer `7`, expected a string"],
    );
    let twice =
        br#"{"payload":"e30=","payload":"e30=","payloadType":"a","signatures":[{"sig":""}]}"#;
    expect!["it is not JSON as expected: the key `payload` is there twice at line 1 column 27"]
        .assert_eq(&Envelope::parse(twice).unwrap_err().to_string());
    // Fields of others are no reason.
    let mut value = line(b"{}");
    value["extra"] = json!(1);
    value["signatures"][0]["cert"] = json!("");
    assert!(parse(&value).verified_by(&[key(1).public()]).is_some());
}

proptest! {
    #[test]
    fn what_is_written_is_read(payload in prop::collection::vec(any::<u8>(), 0..50), kind in "\\PC{0,20}") {
        let envelope = Envelope::sign(&kind, payload.clone(), &[&key(1), &key(2)]).unwrap();
        let read = Envelope::parse(envelope.to_line().as_bytes()).unwrap();
        prop_assert_eq!(&read, &envelope);
        let verified = read.verified_by(&[key(1).public(), key(2).public()]).unwrap();
        prop_assert_eq!(verified.payload, payload);
        prop_assert_eq!(verified.keys.len(), 2);
    }

    #[test]
    fn a_changed_byte_is_never_verified(position in 0..1000_usize, flip in 1..=255_u8) {
        let signed = envelope(br#"{"_type":"x"}"#, &[&key(1)]);
        let mut bytes = signed.to_line().into_bytes();
        let position = position % bytes.len();
        bytes[position] ^= flip;
        let changed = Envelope::parse(&bytes).ok();
        if let Some(verified) = changed.and_then(|it| it.verified_by(&[key(1).public()])) {
            // The hint, and names of fields that nobody reads, are all that may change.
            prop_assert_eq!(verified.payload, br#"{"_type":"x"}"#);
            prop_assert_eq!(verified.payload_type, IN_TOTO);
        }
    }

    #[test]
    fn never_panics(text in "[\\[\\]{}:,\"a-zA-Z0-9=+/_-]{0,60}") {
        let _ = Envelope::parse(text.as_bytes());
    }
}
