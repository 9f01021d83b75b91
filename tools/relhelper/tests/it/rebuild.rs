//! `relhelper rebuild` as far as it goes without Nix.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::schema::validate;
use crate::support::{emit_release, release_metadata, relhelper, run, write_attributes};

fn release() -> TempDir {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &release_metadata(input.path()), out.path());
    run(emit_release(input.path()).arg("--attributes").arg(&attributes), 0);
    out
}

/// `relhelper rebuild FOLDER` with a Nix that is not there, and `temporary` for its files.
fn rebuild(folder: &Path, temporary: &Path) -> Command {
    let mut command = relhelper();
    command.env("TMPDIR", temporary).arg("rebuild").arg(folder).args(["--nix", "./none/nix"]);
    command
}

fn report(command: &mut Command, exit_code: i32) -> Value {
    let (stdout, _) = run(command.arg("--json"), exit_code);
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/rebuild-report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut report: Value = serde_json::from_str(&stdout).unwrap();
    validate(&schema, &report).unwrap();
    let good = report["verdict"].take();
    assert!(validate(&schema, &report).is_err());
    report["verdict"] = good;
    report
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn ends_with_a_no_when_the_published_files_do_not_agree() {
    let (release, temporary) = (release(), tempdir().unwrap());
    fs::write(release.path().join("setup.exe"), "").unwrap();
    let report = report(&mut rebuild(release.path(), temporary.path()), 1);
    assert_eq!(report["verdict"], "notReproduced");
    assert_eq!(report["steps"].as_array().unwrap().len(), 1);
    let problems = report["steps"][0]["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem.as_str().unwrap().starts_with("setup.exe")));
    assert!(is_empty(temporary.path()));
}

#[test]
fn cannot_tell_what_cannot_be_read() {
    let folder = tempdir().unwrap();
    let report = report(&mut rebuild(&folder.path().join("none"), folder.path()), 2);
    assert_eq!(report["verdict"], "unknown");
}

#[test]
fn writes_the_report_in_three_forms() {
    let (release, temporary) = (release(), tempdir().unwrap());
    let out = temporary.path().join("report");
    fs::write(release.path().join("index.json"), "{}").unwrap();
    run(rebuild(release.path(), temporary.path()).arg("--out").arg(&out), 1);
    let read = |ending| fs::read_to_string(out.join(format!("rebuild-report.{ending}"))).unwrap();
    assert!(read("json").contains("\"notReproduced\""));
    assert!(read("md").starts_with("# not reproduced"));
    assert!(read("html").contains("<h1 class=\"no\">not reproduced"));
    // An older report is never taken for a new one.
    let (_, errors) = run(rebuild(release.path(), temporary.path()).arg("--out").arg(&out), 2);
    assert!(errors.contains("there are files in it already"), "{errors}");
}

#[test]
fn no_password_is_told_or_handed_on() {
    let (release, temporary) = (release(), tempdir().unwrap());
    for (option, address) in [
        ("--inputs", "https://me:hunter22@host.invalid/inputs"),
        ("--inputs", "https://host.invalid/inputs?key=hunter22"),
        ("--source", "git+https://me:hunter22@host.invalid/a"),
        ("--source", "git+https://hunter22@host.invalid/a?ref=main"),
        ("--source", "git+ssh://git:hunter22@host.invalid/a"),
    ] {
        let mut command = rebuild(release.path(), temporary.path());
        let (told, errors) = run(command.args(["--json", option, address]), 2);
        assert!(!format!("{told}{errors}").contains("hunter22"), "{told}{errors}");
        assert!(errors.contains("nothing is read from `"), "{errors}");
        assert!(errors.contains(&format!("`{option}` takes the folder")), "{errors}");
    }
}

#[test]
fn refuses_to_unpack_inside_of_a_git_checkout() {
    let (release, temporary) = (release(), tempdir().unwrap());
    fs::create_dir(temporary.path().join(".git")).unwrap();
    let (_, errors) = run(&mut rebuild(release.path(), temporary.path()), 2);
    assert!(errors.contains("is inside of a git checkout"), "{errors}");
}
