//! Any text as `trust.toml`, `key-statements.jsonl` and the state of a verifier, with a NUL between them: no panic; what is refused
//! has a reason; without a signature no release passes; nothing that was seen is forgotten; a state is the same when it is
//! written and read again. (The fuzzer has no secret key, so no statement it writes may count.)
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use relhelper::document::json;
use relhelper::error::Answer;
use relhelper::signature::key::PublicKey;
use relhelper::trust::judge::read_key;
use relhelper::trust::statement::Statements;
use relhelper::trust::{Facts, KeyKind, PolicyFile, State, evaluate, follow};

const KEY: &str = include_str!("../../tests/fixtures/keys/ed25519.pub.pem");

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\0');
    let (policy, lines, state) = (parts.next(), parts.next(), parts.next());
    let mut statements = Statements::default();
    statements.add(lines.unwrap_or_default().as_bytes());
    let key = PublicKey::from_pem(KEY).unwrap();
    assert!(statements.signed_by(&[key]).is_empty());
    let state =
        State::parse(state.unwrap_or_default().as_bytes(), "hello").unwrap_or(State::new("hello"));
    assert_eq!(State::parse(&json::to_bytes(&state), "hello").unwrap(), state);

    let file = match PolicyFile::parse(policy.unwrap_or_default()) {
        Ok(file) => file,
        Err(error) => return assert!(!error.0.is_empty()),
    };
    let keys: BTreeMap<_, _> =
        file.key_files().map(|name| (name.to_owned(), KEY.as_bytes().to_vec())).collect();
    let identify = |kind: KeyKind, material: &[u8]| read_key(kind, material).map(|(ids, _)| ids);
    let policy = match file.check(&keys, &identify) {
        Ok(policy) => policy,
        Err(error) => return assert!(!error.0.is_empty()),
    };
    let followed = follow(&policy, &statements, &state);
    assert_eq!(followed.state, state);
    let report =
        evaluate(&followed.ring, &Facts::default(), "2026-01-01T00:00:00Z".parse().unwrap());
    assert_ne!(report.answer(), Answer::Yes);
});
