//! Any bytes as a DSSE envelope: no panic; what is accepted is the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::attestation::dsse::Envelope;

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    let line = envelope.to_line();
    assert!(!line.contains('\n'));
    assert_eq!(Envelope::parse(line.as_bytes()).unwrap(), envelope);
    assert!(envelope.verified_by(&[]).is_none());
});
