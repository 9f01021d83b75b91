//! Any JSON as the metadata of a release: no panic, and problems are never an empty list.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use relhelper::facts::ReleasePlan;
use relhelper::facts::metadata::{RawPathInfo, RawRelease, parse};
use relhelper::nix::Closure;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let rows =
        serde_json::from_value::<Vec<RawPathInfo>>(value["paths"].clone()).unwrap_or_default();
    let Ok(raw) = parse::<RawRelease>(&value["relhelper"]) else { return };
    match ReleasePlan::try_from(raw) {
        Err(problems) => assert!(!problems.list().is_empty()),
        // No derivation makes these artifacts, so none may be accepted.
        Ok(plan) => assert!(
            !plan.trace(&Closure::default(), &rows, BTreeMap::new()).unwrap_err().list().is_empty()
        ),
    }
});
