//! Any bytes as a statement, as `provenance.json` and as a rebuild report: no panic; subjects have distinct names; what is
//! accepted is the same when it is written and read again.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use relhelper::attestation::attest::reproduced;
use relhelper::attestation::published::Published;
use relhelper::attestation::report::Rebuild;
use relhelper::attestation::run::{BuilderDetails, RunDetails, RunMetadata};
use relhelper::attestation::statement::{Statement, to_payload};

fuzz_target!(|bytes: &[u8]| {
    let builder = "https://builder.example".parse().unwrap();
    let example =
        Published::parse(include_bytes!("../../../../docs/formats/provenance.example.json"))
            .unwrap();
    let _ = Rebuild::parse(bytes, &example, &builder);
    let Ok(statement) = Statement::parse(bytes) else { return };
    let names: BTreeSet<_> = statement.subjects.iter().map(|subject| &subject.name).collect();
    assert_eq!(names.len(), statement.subjects.len());
    let descriptors: Vec<_> =
        statement.subjects.iter().map(|subject| subject.descriptor.clone()).collect();
    let payload = to_payload(&descriptors, &statement.predicate_type, &statement.predicate);
    assert_eq!(Statement::parse(&payload).unwrap(), statement);
    let Ok(published) = Published::parse(bytes) else { return };
    assert!(published.attestations().is_ok());
    let all: Vec<_> = published.subjects.iter().map(|(file, _)| file.to_string()).collect();
    let run = RunDetails {
        builder: BuilderDetails { id: builder.to_string(), version: [].into() },
        metadata: RunMetadata::default(),
        byproducts: Vec::new(),
    };
    assert!(reproduced(&published, &all, &run).is_some());
});
