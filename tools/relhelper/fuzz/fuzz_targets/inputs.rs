//! A provenance: no panic; inputs are where their digests put them; nothing that was not looked at passes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::inputs::{List, Report, Verdict};
use relhelper::nix::Method;
use relhelper::nix::closure::fixed_path;
use relhelper::nix::derivation::Fixed;
use relhelper::nix::encoding::from_hex;
use relhelper::nix::hash::Algorithm;

fuzz_target!(|bytes: &[u8]| {
    let Ok(list) = List::read(bytes) else { return };
    for input in &list.inputs {
        let digest = from_hex(&input.sha256.to_string()).unwrap();
        let fixed = Fixed { method: Method::Flat, algorithm: Algorithm::Sha256, digest };
        assert_eq!(fixed_path(&input.name, &fixed), input.store_path);
    }
    let report = Report::new("here".to_owned(), &list).finish();
    assert_ne!(report.verdict, Verdict::Pass);
    assert!(!report.to_string().contains(['\u{1b}', '\u{202e}']));
});
