//! Any bytes as a `.drv` file: no panic; what is accepted is written back as it was, and the crate
//! nix-derivation reads the same from it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::nix::Derivation;

fuzz_target!(|bytes: &[u8]| {
    let Ok(ours) = Derivation::parse(bytes) else { return };
    assert_eq!(ours.to_bytes(), bytes);
    // It also checks names and environment, so it may refuse what we accept, but not read it differently.
    let Ok(theirs) = nix_derivation::Derivation::from_aterm_bytes(bytes, "fuzzed") else { return };
    // It computes the path of a fixed output from the name of the file, which is not in the bytes, and
    // sorts the structured attributes, which Nix has sorted already.
    let fixed = ours.outputs.values().any(|output| output.fixed.is_some());
    if !fixed && !ours.environment.contains_key(b"__json".as_slice()) {
        assert_eq!(theirs.to_aterm_bytes(), bytes);
    }
    assert!(ours.outputs.keys().eq(theirs.outputs().keys()));
    let inputs = theirs.input_derivations().keys().map(nix_derivation::StorePath::to_absolute_path);
    assert!(ours.input_derivations.keys().map(ToString::to_string).eq(inputs));
    let sources = theirs.input_sources().iter().map(nix_derivation::StorePath::to_absolute_path);
    assert!(ours.input_sources.iter().map(ToString::to_string).eq(sources));
});
