//! What the program emits against the schemas in `docs/formats`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::schema::validate;
use crate::support::{
    LINUX, bundle_metadata, emit_release, release_metadata, relhelper, run, write_attributes,
};

pub fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats").join(name);
    let text = fs::read(&path)
        .unwrap_or_else(|error| panic!("the tests need {}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn emit(command: &str, metadata: fn(&Path) -> Value, document: &str) -> Value {
    serde_json::from_slice(&emit_bytes(command, metadata, document)).unwrap()
}

fn emit_bytes(command: &str, metadata: fn(&Path) -> Value, document: &str) -> Vec<u8> {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata(input.path()), out.path());
    let mut emit = if command == "release" { emit_release(input.path()) } else { relhelper() };
    if command != "release" {
        emit.args(["emit", command]);
    }
    run(emit.arg("--attributes").arg(&attributes), 0);
    fs::read(out.path().join(document)).unwrap()
}

/// The document is valid; and it is not when the value at `pointer` becomes `bad`.
#[track_caller]
fn check_broken(schema: &Value, document: &Value, pointer: &str, bad: Value) {
    let mut broken = document.clone();
    *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("there is no {pointer}")) = bad;
    assert!(validate(schema, &broken).is_err(), "{pointer} in {broken:#}");
}

#[test]
fn the_manifest_of_a_release_is_valid() {
    let schema = schema("release-manifest.schema.json");
    let document = emit("release", release_metadata, "release-manifest.json");
    validate(&schema, &document).unwrap();
    for (pointer, bad) in [
        ("/formatVersion", json!(2)),
        ("/product/name", json!("../hello")),
        ("/product/version", json!("1.2")),
        ("/product/license", json!("two\nlines")),
        ("/source/revision", json!("main")),
        ("/source/sourceDate", json!(-1)),
        ("/toolchain/rustc", Value::Null),
        ("/artifacts", json!([])),
        ("/artifacts/0/kind", json!("program")),
        ("/artifacts/0/os", json!("beos")),
        ("/artifacts/0/file", json!(".hidden")),
        ("/artifacts/0/size", json!("3")),
        ("/artifacts/0/sha256", json!("ABC")),
        ("/artifacts/0/mediaType", json!("gzip")),
        ("/artifacts/0", json!({})),
    ] {
        check_broken(&schema, &document, pointer, bad);
    }
    let mut more = document;
    more["artifacts"][0]["url"] = json!("x");
    assert_eq!(validate(&schema, &more).unwrap_err(), "$.artifacts[0].url is not known");
}

#[test]
fn the_index_is_valid() {
    let schema = schema("index.schema.json");
    let document = emit("release", release_metadata, "index.json");
    validate(&schema, &document).unwrap();
    let target = format!("/targets/{LINUX}");
    for (pointer, bad) in [
        ("/name", json!("a/b")),
        ("/targets", json!({ "../x": document["targets"][LINUX] })),
        (&format!("{target}/tier"), Value::Null),
        (&format!("{target}/bundle/sha256"), Value::Null),
        (&format!("{target}/bundle"), json!({ "file": "x" })),
    ] {
        check_broken(&schema, &document, pointer, bad);
    }
}

#[test]
fn the_manifest_of_a_bundle_is_valid() {
    let schema = schema("bundle-manifest.schema.json");
    let document =
        emit("bundle", bundle_metadata, &format!("hello-1.2.3-{LINUX}/release-manifest.json"));
    validate(&schema, &document).unwrap();
    for (pointer, bad) in [
        ("/os", Value::Null),
        ("/files", json!([])),
        ("/files/0/path", json!("bin/../x")),
        ("/files/0/path", json!("/bin/x")),
        ("/files/0/executable", json!("yes")),
    ] {
        check_broken(&schema, &document, pointer, bad);
    }
}

#[test]
fn the_provenance_is_valid() {
    let schema = schema("provenance.schema.json");
    let document = emit("release", release_metadata, "provenance.json");
    validate(&schema, &document).unwrap();
    for (pointer, bad) in [
        ("/_type", json!("https://in-toto.io/Statement/v0.1")),
        ("/predicateType", json!("https://slsa.dev/provenance/v0.2")),
        ("/subject", json!([])),
        ("/subject/0/digest", json!({})),
        ("/subject/0/digest/sha256", json!("sha256-AA==")),
        ("/subject/0/annotations/derivation", json!("/home/user/x.drv")),
        ("/predicate/buildDefinition/buildType", json!("urn:relhelper:build-type:release:2")),
        ("/predicate/buildDefinition/externalParameters/targets", json!("all")),
        ("/predicate/buildDefinition/internalParameters/derivations", json!([])),
        ("/predicate/buildDefinition/resolvedDependencies", json!([])),
        ("/predicate/buildDefinition/resolvedDependencies/0/digest", json!({ "nar": "00" })),
        ("/predicate/buildDefinition/resolvedDependencies/1/uri", json!("crates:flat")),
        ("/predicate/runDetails/builder", json!({})),
    ] {
        check_broken(&schema, &document, pointer, bad);
    }
}

/// The complete example in `docs/formats` is what the program emits for the metadata of the tests.
#[test]
fn the_example_of_the_build_type_is_real() {
    let document = emit_bytes("release", release_metadata, "provenance.json");
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/provenance.example.json");
    expect_test::expect_file![path].assert_eq(&String::from_utf8(document).unwrap());
}
