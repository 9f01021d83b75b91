//! What the program emits against the schemas in `docs/formats`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::schema::validate;
use crate::support::{LINUX, bundle_metadata, release_metadata, relhelper, run, write_attributes};

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats").join(name);
    let text = fs::read(&path)
        .unwrap_or_else(|error| panic!("the tests need {}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn emit(command: &str, metadata: fn(&Path) -> Value, document: &str) -> Value {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata(input.path()), out.path());
    run(relhelper().args(["emit", command, "--attributes"]).arg(&attributes), 0);
    serde_json::from_slice(&fs::read(out.path().join(document)).unwrap()).unwrap()
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
