//! Any JSON as what cargo says of a program, `[unit graph, metadata]`: no panic; what is refused has a reason; what is
//! accepted is in order, has one root, and links nothing but what is linked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::cargo::{CrateRole, Crates, RawCrates};

fuzz_target!(|bytes: &[u8]| {
    let Ok([graph, metadata]) = serde_json::from_slice::<[serde_json::Value; 2]>(bytes) else {
        return;
    };
    let parse =
        |graph: &str, metadata: &str| RawCrates::parse(graph.as_bytes(), metadata.as_bytes());
    let Ok(program) = parse(&graph.to_string(), &metadata.to_string()) else { return };
    let std = parse(
        include_str!("../../tests/fixtures/cargo/std/unit-graph.json"),
        include_str!("../../tests/fixtures/cargo/std/metadata.json"),
    )
    .unwrap();
    let packages = match Crates::read("x86_64-unknown-linux-musl", &program, &std) {
        Err(problems) => return assert!(!problems.list().is_empty()),
        Ok(crates) => crates.packages,
    };
    let keys: Vec<_> =
        packages.iter().map(|package| (&package.name, &package.version, package.source)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
    assert_eq!(packages.iter().filter(|package| package.root).count(), 1);
    for package in &packages {
        assert!(package.links.is_disjoint(&package.builds));
        assert!(package.links.union(&package.builds).all(|place| *place < packages.len()));
        if package.role == CrateRole::Linked {
            assert!(package.links.iter().all(|place| packages[*place].role == CrateRole::Linked));
        }
    }
});
