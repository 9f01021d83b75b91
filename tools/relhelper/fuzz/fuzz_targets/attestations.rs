//! Any text as a policy and the lines of a file: no panic; one outcome for each line; without a signature that fits, nobody is
//! counted. (The fuzzer has no secret key, so nothing it writes may count.)
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use relhelper::attestation::outcome::Enough;
use relhelper::attestation::policy::Policy;
use relhelper::attestation::published::Published;
use relhelper::attestation::{count, jsonl};

const POLICY: &str = include_str!("../seeds/builders/one.toml");

fuzz_target!(|bytes: &[u8]| {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let policy = Policy::parse(POLICY, &BTreeMap::new(), now).unwrap();
    let published =
        Published::parse(include_bytes!("../../../../docs/formats/provenance.example.json"))
            .unwrap();
    let Ok(lines) = jsonl::read(bytes) else { return };
    let count = count(&lines, &policy, &published);
    assert_eq!(count.lines.len(), lines.len());
    assert_ne!(count.answer, Enough::Yes);
    assert!(!count.independent);
    assert!(
        count.artifacts.iter().all(|one| one.reproduced_by.is_empty() && one.conflicts.is_empty())
    );
});
