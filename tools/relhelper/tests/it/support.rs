//! Running the program and reading what it did.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use relhelper::nix::{StorePath, encoding};
use serde_json::{Value, json};

/// The program, with an empty environment.
pub fn relhelper() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relhelper"));
    command.env_clear();
    command
}

/// Runs it and checks the exit code. Returns standard output and standard error.
#[track_caller]
pub fn run(command: &mut Command, exit_code: i32) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(exit_code), "stdout: {stdout}\nstderr: {stderr}");
    (stdout, stderr)
}

/// Writes structured attributes as Nix does, with our part in them and the output `out`.
pub fn write_attributes(file: &Path, ours: &Value, out: &Path) {
    let attributes = json!({
        "builder": "/bin/relhelper", "name": "test", "outputs": { "out": out },
        "paths": [path_info(OUTPUT, 8), path_info(&source_tree(), 7)],
        "relhelper": ours, "system": "x86_64-linux",
    });
    fs::write(file, attributes.to_string()).unwrap();
}

pub const LINUX: &str = "x86_64-unknown-linux-musl";

/// What makes the artifacts: the output of the topmost derivation in `fixtures/nix/store`.
pub const OUTPUT: &str = "/nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2";

fn source_tree() -> String {
    StorePath::of_source("source", &[7; 32]).to_string()
}

/// A row as Nix 2.8 writes it.
fn path_info(path: &str, byte: u8) -> Value {
    let nar_hash = format!("sha256:{}", encoding::base32(&[byte; 32]));
    json!({ "closureSize": 120, "narHash": nar_hash, "narSize": 120, "path": path, "references": [] })
}

/// The fields that most metadata shares.
pub fn common() -> Value {
    json!({
        "formatVersion": 1,
        "product": { "name": "hello", "version": "1.2.3", "description": "Says hello", "license": "MIT", "homepage": null },
        "source": { "revision": "0123456789abcdef0123456789abcdef01234567", "sourceDate": 1_700_000_000 },
        "toolchain": { "rustc": "1.96.0" },
    })
}

/// `common()` and more fields.
pub fn metadata(more: Value) -> Value {
    let mut value = common();
    let Value::Object(more) = more else { panic!("fields") };
    value.as_object_mut().unwrap().extend(more);
    value
}

/// A file of a bundle in `folder`, with its content.
pub fn bundle_metadata(folder: &Path) -> Value {
    fs::write(folder.join("program"), "#!/bin/sh\n").unwrap();
    fs::write(folder.join("readme"), "read me\n").unwrap();
    metadata(json!({
        "target": { "triple": LINUX, "os": "linux", "arch": "x86_64", "tier": "native", "exeSuffix": "" },
        "files": [
            { "path": "bin/hello", "from": folder.join("program"), "executable": true },
            { "path": "README.md", "from": folder.join("readme"), "executable": false },
        ],
    }))
}

/// A release of two artifacts in the store `folder`, with their content and derivations.
pub fn release_metadata(folder: &Path) -> Value {
    let bundle = format!("hello-1.2.3-{LINUX}.tar.gz");
    let source = "hello-1.2.3-source.tar.gz";
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nix/store");
    for entry in fs::read_dir(fixtures).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let output = folder.join(OUTPUT.strip_prefix("/nix/store/").unwrap());
    fs::create_dir(&output).unwrap();
    fs::write(output.join(&bundle), "bundle").unwrap();
    fs::write(output.join(source), vec![7; 3_000_000]).unwrap();
    metadata(json!({
        "targets": [{ "triple": LINUX, "os": "linux", "arch": "x86_64", "tier": "native" }],
        "artifacts": [
            { "kind": "source", "file": source, "from": format!("{OUTPUT}/{source}"), "target": null, "mediaType": "application/gzip" },
            { "kind": "bundle", "file": bundle, "from": format!("{OUTPUT}/{bundle}"), "target": LINUX, "mediaType": "application/gzip" },
        ],
        "build": {
            "source": source_tree(),
            "derivations": ["/nix/store/6mhrn1b72gj0f852ng5hsnifhas888b0-top-1.2.drv"],
            "inputs": [
                { "file": "flat-1.0.crate", "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "kind": "crate", "name": "flat", "version": "1.0" },
            ],
        },
    }))
}

/// The command that emits the release of `release_metadata(store)`.
pub fn emit_release(store: &Path) -> Command {
    let mut command = relhelper();
    command.args(["emit", "release", "--store"]).arg(store);
    command
}

/// Names below `folder`, sorted, with `/` behind folders.
pub fn names(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
                found.push(format!("{name}/"));
            } else {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found);
    found.sort();
    found
}

/// Checks that `sums` has the digest of every file below `folder` but itself.
#[track_caller]
pub fn check_sums(folder: &Path, sums: &str) {
    let text = fs::read_to_string(folder.join(sums)).unwrap();
    let mut expected = Vec::new();
    for name in names(folder).into_iter().filter(|name| !name.ends_with('/') && name != sums) {
        let digest = relhelper::facts::Sha256::of(&fs::read(folder.join(&name)).unwrap());
        expected.push(format!("{digest}  {name}\n"));
    }
    assert_eq!(text, expected.concat());
}
