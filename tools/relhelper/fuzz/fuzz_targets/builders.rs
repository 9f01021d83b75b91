//! Any text as the part of `trust.toml` on builders: no panic; what is refused has a reason; what is accepted can be met, and
//! no key belongs to two builders.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use relhelper::attestation::policy::{Policy, key_files};

fuzz_target!(|text: &str| {
    let _ = key_files(text);
    match Policy::parse(text, &BTreeMap::new(), "2026-01-01T00:00:00Z".parse().unwrap()) {
        Err(error) => assert!(!error.0.is_empty()),
        Ok(policy) => {
            assert!((1..=policy.builders().len()).contains(&policy.threshold));
            let ids: BTreeSet<_> = policy.keys().iter().map(|key| key.id()).collect();
            assert_eq!(ids.len(), policy.keys().len());
        }
    }
});
