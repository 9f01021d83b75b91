//! Any JSON as the metadata of a release or bundle: no panic; the manifests and the other documents of what is accepted
//! are JSON, and say what was said.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relhelper::document;
use relhelper::facts::metadata::{RawBundle, RawPathInfo, RawRelease, parse};
use relhelper::facts::{BundlePlan, Measured, Product, ReleasePlan};
use relhelper::nix::{Closure, NarHash, StorePath};
use relhelper::release::layout::SbomFormat;
use relhelper::sbom::Graphs;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/nix/store");

static CLOSURE: LazyLock<Closure> = LazyLock::new(|| {
    let files: BTreeMap<StorePath, Vec<u8>> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            (format!("/nix/store/{name}").parse().unwrap(), std::fs::read(&file).unwrap())
        })
        .collect();
    Closure::read(files.keys(), |path| Ok::<_, std::convert::Infallible>(files[path].clone()))
        .unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Ok(raw) = parse::<RawRelease>(&value) {
        release(raw);
    } else if let Ok(raw) = parse::<RawBundle>(&value) {
        bundle(raw);
    }
});

fn release(raw: RawRelease) {
    let Ok(plan) = ReleasePlan::try_from(raw) else { return };
    let row = |path: &str, byte| RawPathInfo {
        path: path.to_owned(),
        nar_hash: NarHash::from([byte; 32]).to_string(),
    };
    let rows = [
        row(&StorePath::of_source("source", &[7; 32]).to_string(), 7),
        row("/nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2", 8),
    ];
    let Ok(plan) = plan.trace(&CLOSURE, &rows, BTreeMap::new()) else { return };
    let measured: Vec<_> =
        plan.copies().map(|(_, file, _)| Measured::of(file.as_str().as_bytes())).collect();
    let facts = plan.measured(measured);
    let manifest = json(&document::manifest(&facts));
    check_product(&manifest, &facts.product);
    let files =
        manifest["artifacts"].as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap());
    assert!(files.eq(facts.artifacts.iter().map(|artifact| artifact.file.as_str())));
    let index = json(&document::index(&facts));
    assert_eq!(index["name"], facts.product.name.as_str());
    assert_eq!(index["version"], facts.product.version.to_string());
    let subjects = json(&document::provenance(&facts))["subject"].as_array().unwrap().len();
    assert_eq!(subjects, facts.artifacts.len());
    assert!(std::str::from_utf8(&document::build_meta(&facts)).is_ok());
    let graphs = Graphs::new(&facts);
    for graph in
        facts.artifacts.iter().map(|artifact| graphs.artifact(artifact)).chain([graphs.release()])
    {
        for format in SbomFormat::ALL {
            json(&document::sbom(&graph, format));
        }
    }
}

fn bundle(raw: RawBundle) {
    let Ok(plan) = BundlePlan::try_from(raw) else { return };
    let measured =
        plan.files().iter().map(|file| Measured::of(file.path.as_str().as_bytes())).collect();
    let facts = plan.measured(measured);
    let manifest = json(&document::bundle_manifest(&facts));
    check_product(&manifest, &facts.product);
    let paths =
        manifest["files"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap());
    assert!(paths.eq(facts.files.iter().map(|file| file.path.as_str())));
    assert!(std::str::from_utf8(&document::rollback(&facts)).is_ok());
}

fn json(document: &[u8]) -> Value {
    serde_json::from_slice(document).unwrap()
}

fn check_product(document: &Value, product: &Product) {
    assert_eq!(document["product"]["name"], product.name.as_str());
    assert_eq!(document["product"]["version"], product.version.to_string());
}
