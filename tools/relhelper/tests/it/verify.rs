//! `relhelper verify` on releases that `relhelper emit` wrote.

use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::schema::validate;
use crate::support::{emit_release, release_metadata, relhelper, run, write_attributes};

pub fn release() -> TempDir {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &release_metadata(input.path()), out.path());
    run(emit_release(input.path()).arg("--attributes").arg(&attributes), 0);
    out
}

fn verify(folder: &Path, exit_code: i32) -> String {
    let (stdout, _) = run(relhelper().arg("verify").arg(folder), exit_code);
    stdout.replace(&folder.display().to_string(), "DIR")
}

#[test]
fn says_no_and_lists_everything() {
    let release = release();
    fs::write(release.path().join("setup.exe"), "").unwrap();
    fs::write(release.path().join("BUILD_META.txt"), "product:     other\n").unwrap();
    fs::remove_file(release.path().join("index.json")).unwrap();
    let report = verify(release.path(), 1);
    for line in [
        "setup.exe: not part of the release: found a file that no document names",
        "BUILD_META.txt: line 1: does not agree: found `product:     other\\n`, expected `product:     hello\\n`",
        "BUILD_META.txt: wrong digest: found ",
        "index.json: missing: found nothing, expected a regular file",
        "\nFAIL: problems: ",
    ] {
        assert!(report.contains(line), "{line} in {report}");
    }
}

#[test]
fn cannot_tell_what_cannot_be_read() {
    let folder = tempdir().unwrap();
    let report = verify(&folder.path().join("none"), 2);
    assert!(report.ends_with("so this is no pass\n"), "{report}");
    assert!(!report.contains("pass:"), "{report}");
}

#[test]
fn an_empty_folder_is_no_release() {
    let folder = tempdir().unwrap();
    expect![[r"
        BUILD_META.txt: missing: found nothing, expected a regular file
        SHA256SUMS: missing: found nothing, expected a regular file
        index.json: missing: found nothing, expected a regular file
        provenance.json: missing: found nothing, expected a regular file
        release-manifest.json: missing: found nothing, expected a regular file
        DIR: cannot tell which release this is
        files read: 0, bytes: 0
        FAIL: problems: 5, not checked: 0
    "]]
    .assert_eq(&verify(folder.path(), 1));
}

#[test]
fn the_report_has_a_schema() {
    let release = release();
    fs::write(release.path().join("setup.exe"), "").unwrap();
    let (stdout, _) = run(relhelper().args(["verify", "--json"]).arg(release.path()), 1);
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/verify-report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut report: Value = serde_json::from_str(&stdout).unwrap();
    validate(&schema, &report).unwrap();
    report["verdict"] = "fine".into();
    assert!(validate(&schema, &report).is_err());
}
