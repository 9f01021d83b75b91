//! Small metadata and facts for the tests of other modules.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::metadata::parse;
use super::problem::ProblemList;
use super::*;
use crate::cargo::{Crates, samples as crates};
use crate::fixtures::DERIVATIONS;
use crate::nix::{Closure, NarHash, StorePath};
use crate::release::FileName;

pub(crate) fn release_json() -> Value {
    json!({
        "formatVersion": 1,
        "product": {
            "name": "hello", "version": "1.2.3", "description": "Says hello",
            "license": "MIT", "homepage": null,
        },
        "source": { "revision": "0123456789abcdef0123456789abcdef01234567", "sourceDate": 1_700_000_000 },
        "toolchain": { "rustc": "1.96.0", "llvm": "22.1.8" },
        "targets": [
            { "triple": "x86_64-unknown-linux-musl", "os": "linux", "arch": "x86_64", "tier": "native" },
            { "triple": "x86_64-pc-windows-gnullvm", "os": "windows", "arch": "x86_64", "tier": "emulated" },
        ],
        "artifacts": [
            artifact("source", "hello-1.2.3-source.tar.gz", None, "application/gzip"),
            artifact("bundle", "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz", Some("x86_64-unknown-linux-musl"), "application/gzip"),
            artifact("binary", "hello-1.2.3-x86_64-unknown-linux-musl", Some("x86_64-unknown-linux-musl"), "application/octet-stream"),
            artifact("bundle", "hello-1.2.3-x86_64-pc-windows-gnullvm.zip", Some("x86_64-pc-windows-gnullvm"), "application/zip"),
        ],
        "build": {
            "source": source_tree().to_string(),
            "derivations": ["/nix/store/6mhrn1b72gj0f852ng5hsnifhas888b0-top-1.2.drv"],
            "inputs": [
                { "file": "flat-1.0.crate", "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "kind": "crate", "name": "flat", "version": "1.0" },
                { "file": "unused_1_amd64.deb", "sha256": "00".repeat(32), "kind": "deb", "name": "unused", "version": "1", "suite": "trixie" },
            ],
        },
    })
}

/// What makes the artifacts: the output of the topmost derivation of the fixtures.
const OUTPUT: &str = "/nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2";

fn source_tree() -> StorePath {
    StorePath::of_source("source", &[7; 32])
}

/// What Nix says of the paths in the release.
pub(crate) fn path_infos() -> Vec<metadata::RawPathInfo> {
    let row = |path: String, byte| metadata::RawPathInfo {
        path,
        nar_hash: NarHash::from([byte; 32]).to_string(),
    };
    vec![row(source_tree().to_string(), 7), row(OUTPUT.to_owned(), 8)]
}

/// The closure of the fixtures.
pub(crate) fn closure() -> Closure {
    closure_with(BTreeMap::new())
}

/// The same, and more `.drv` files.
pub(crate) fn closure_with(more: BTreeMap<StorePath, Vec<u8>>) -> Closure {
    let fixtures = DERIVATIONS
        .into_iter()
        .map(|(name, content)| (format!("/nix/store/{name}").parse().unwrap(), content.to_vec()));
    let files: BTreeMap<StorePath, Vec<u8>> = fixtures.chain(more).collect();
    Closure::read(files.keys(), |path| Ok::<_, std::convert::Infallible>(files[path].clone()))
        .unwrap()
}

fn artifact(kind: &str, file: &str, target: Option<&str>, media_type: &str) -> Value {
    json!({ "kind": kind, "file": file, "from": format!("{OUTPUT}/{file}"), "target": target, "mediaType": media_type })
}

pub(crate) fn bundle_json() -> Value {
    let mut value = release_json();
    let object = value.as_object_mut().unwrap();
    object.remove("artifacts");
    object.remove("build");
    object.remove("targets");
    object.insert(
        "target".to_owned(),
        json!({ "triple": "x86_64-pc-windows-gnullvm", "os": "windows", "arch": "x86_64", "tier": "emulated", "exeSuffix": ".exe" }),
    );
    object.insert(
        "files".to_owned(),
        json!([
            { "path": "README.md", "from": "/in/README.md", "executable": false },
            { "path": "bin/hello.exe", "from": "/in/hello.exe", "executable": true },
        ]),
    );
    value
}

/// Facts of the release that `value` describes; the content of each file is its own name.
pub(crate) fn release_facts_of(value: &Value) -> ReleaseFacts {
    release_facts_with(value, &closure(), BTreeMap::new())
}

/// Facts of a release of which the crates are known.
pub(crate) fn release_facts_with_crates() -> ReleaseFacts {
    release_facts_with_crates_of(&release_json_with_crates())
}

/// Metadata of a release of which the crates are known.
pub(crate) fn release_json_with_crates() -> Value {
    let mut value = release_json();
    value["build"]["inputs"].as_array_mut().unwrap().extend(crates::inputs_json());
    value
}

/// The same, from metadata that was changed.
pub(crate) fn release_facts_with_crates_of(value: &Value) -> ReleaseFacts {
    release_facts_with(value, &crates::closure(), crates::crates())
}

fn release_facts_with(
    value: &Value,
    closure: &Closure,
    crates: BTreeMap<FileName, Crates>,
) -> ReleaseFacts {
    measured_release(value, closure, crates, |file| Measured::of(file.as_str().as_bytes()))
}

/// The same as [`release_facts_with_crates_of`], of files that `measure` knows.
pub(crate) fn release_facts_measured(
    value: &Value,
    measure: impl Fn(&FileName) -> Measured,
) -> ReleaseFacts {
    measured_release(value, &crates::closure(), crates::crates(), measure)
}

fn measured_release(
    value: &Value,
    closure: &Closure,
    crates: BTreeMap<FileName, Crates>,
    measure: impl Fn(&FileName) -> Measured,
) -> ReleaseFacts {
    let plan = ReleasePlan::try_from(parse::<metadata::RawRelease>(value).unwrap()).unwrap();
    let plan = plan.trace(closure, &path_infos(), crates).unwrap();
    let measured = plan.copies().map(|(_, file, _)| measure(file)).collect();
    plan.measured(measured)
}

/// Facts of the bundle that `value` describes; the content of each file is its own path.
pub(crate) fn bundle_facts_of(value: &Value) -> BundleFacts {
    let plan = BundlePlan::try_from(parse::<metadata::RawBundle>(value).unwrap()).unwrap();
    let measured =
        plan.files().iter().map(|file| Measured::of(file.path.as_str().as_bytes())).collect();
    plan.measured(measured)
}

pub(crate) fn release_facts() -> ReleaseFacts {
    release_facts_of(&release_json())
}

pub(crate) fn bundle_facts() -> BundleFacts {
    bundle_facts_of(&bundle_json())
}

pub(crate) fn product() -> Product {
    release_facts().product
}

fn target(index: usize) -> Target {
    let raw = parse::<metadata::RawRelease>(&release_json()).unwrap();
    Target::check(raw.targets[index].clone(), &mut ProblemList::default()).unwrap()
}

pub(crate) fn linux() -> Target {
    target(0)
}

pub(crate) fn windows() -> Target {
    target(1)
}
