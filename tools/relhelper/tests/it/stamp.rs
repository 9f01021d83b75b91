use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{metadata, relhelper, run, write_attributes};

fn stamp(input: &Path, out: &Path, target: &str, binary: &str, exit_code: i32) -> String {
    stamp_with(input, out, target, binary, Value::Null, exit_code)
}

fn stamp_with(
    input: &Path,
    out: &Path,
    target: &str,
    binary: &str,
    crates: Value,
    exit_code: i32,
) -> String {
    let ours = metadata(json!({
        "target": target, "input": input, "binaries": [binary], "crates": crates,
    }));
    let attributes = input.join("attributes.json");
    write_attributes(&attributes, &ours, out);
    run(relhelper().args(["stamp", "--attributes"]).arg(&attributes), exit_code).1
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn program(file: &str) -> Vec<u8> {
    let path = fixtures().join(file);
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut content).unwrap();
    content
}

/// The whole way: this program stamps a copy of itself, and the copy tells what it was told.
#[test]
#[cfg(target_os = "linux")]
fn a_stamped_program_knows_what_it_was_built_from() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(input.path().join("bin")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_relhelper"), input.path().join("bin/relhelper")).unwrap();
    stamp(input.path(), out.path(), "x86_64-unknown-linux-musl", "relhelper", 0);

    let stamped = out.path().join("bin/relhelper");
    let (stdout, _) = run(Command::new(&stamped).env_clear().args(["version", "--json"]), 0);
    let expected = json!({
        "formatVersion": 1, "name": "relhelper", "version": "1.2.3",
        "revision": "0123456789abcdef0123456789abcdef01234567", "sourceDate": 1_700_000_000,
        "target": "x86_64-unknown-linux-musl", "toolchain": { "rustc": "1.96.0" },
    });
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), expected);
    let (stdout, _) = run(Command::new(&stamped).env_clear().arg("version"), 0);
    assert!(stdout.contains("source date: 2023-11-14T22:13:20Z\n"), "{stdout}");

    let (before, after) =
        (fs::read(env!("CARGO_BIN_EXE_relhelper")).unwrap(), fs::read(&stamped).unwrap());
    let changed: Vec<_> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
    assert_eq!(before.len(), after.len());
    assert!(changed.last().unwrap() - changed[0] < 1024, "only the area changed");
}

#[test]
fn signs_programs_for_macos() {
    for (fixture, target) in
        [("hello-x86_64", "x86_64-apple-darwin"), ("hello-aarch64", "aarch64-apple-darwin")]
    {
        let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
        fs::create_dir(input.path().join("bin")).unwrap();
        fs::write(input.path().join("bin/hello"), program(&format!("macho/{fixture}.gz"))).unwrap();
        stamp(input.path(), out.path(), target, "hello", 0);
        let signed = fs::read(out.path().join("bin/hello")).unwrap();
        relhelper::macho::verify_ad_hoc(&signed, "hello").unwrap();
        run(relhelper().arg("check-portable").arg(out.path()), 0);
    }
}

#[test]
fn refuses_a_program_for_another_system() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(input.path().join("bin")).unwrap();
    fs::write(input.path().join("bin/hello"), program("macho/hello-x86_64.gz")).unwrap();
    let stderr = stamp(input.path(), out.path(), "x86_64-unknown-linux-musl", "hello", 2);
    assert!(stderr.contains("is not a program for x86_64-unknown-linux-musl"), "{stderr}");
}

fn crates(std: &str) -> Value {
    let folder = fixtures().join("cargo");
    json!({ "program": folder.join("program"), "std": folder.join(std) })
}

#[test]
fn a_stamped_program_says_of_which_crates_it_is_made() {
    let target = "x86_64-unknown-linux-musl";
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(input.path().join("bin")).unwrap();
    fs::write(input.path().join("bin/hello"), program("auditable/elf.gz")).unwrap();
    stamp_with(input.path(), out.path(), target, "hello", crates("std"), 0);
    let stamped = fs::read(out.path().join("bin/hello")).unwrap();
    let said = auditable_info::audit_info_from_slice(&stamped, 1 << 20).unwrap();
    let names = |kind: &str| {
        let of_kind = |package: &&auditable_serde::Package| {
            serde_json::to_value(package.kind).unwrap() == json!(kind)
        };
        let rows = said.packages.iter().filter(of_kind);
        rows.map(|package| package.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    expect!["alloc cfg-if compiler_builtins core hashbrown libc memchr relhelper rustc-std-workspace-core serde serde_core std"].assert_eq(&names("runtime"));
    expect!["proc-macro2 quote serde_derive syn unicode-ident"].assert_eq(&names("build"));
}

#[test]
fn signs_what_a_program_says_of_its_crates() {
    let target = "aarch64-apple-darwin";
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(input.path().join("bin")).unwrap();
    fs::write(input.path().join("bin/hello"), program("auditable/macho.gz")).unwrap();
    let folder = input.path().join("crates");
    // The same build, for another target.
    for build in ["program", "std"] {
        fs::create_dir_all(folder.join(build)).unwrap();
        for file in ["unit-graph.json", "metadata.json"] {
            let text = fs::read_to_string(fixtures().join("cargo").join(build).join(file)).unwrap();
            let text = text.replace("x86_64-unknown-linux-musl", target);
            fs::write(folder.join(build).join(file), text).unwrap();
        }
    }
    let crates = json!({ "program": folder.join("program"), "std": folder.join("std") });
    stamp_with(input.path(), out.path(), target, "hello", crates, 0);
    let stamped = fs::read(out.path().join("bin/hello")).unwrap();
    relhelper::macho::verify_ad_hoc(&stamped, "hello").unwrap();
    assert!(auditable_info::audit_info_from_slice(&stamped, 1 << 20).unwrap().packages.len() > 9);
}

#[test]
fn says_of_which_program_the_crates_are_unknown() {
    let target = "x86_64-unknown-linux-musl";
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(input.path().join("bin")).unwrap();
    fs::write(input.path().join("bin/hello"), "#!/bin/sh").unwrap();
    let stderr = stamp_with(input.path(), out.path(), target, "hello", crates("std"), 2);
    assert!(stderr.contains("error: its sections cannot be read"), "{stderr}");
    assert!(stderr.contains("hint: it is the program"), "{stderr}");
    let stderr = stamp_with(input.path(), out.path(), target, "hello", crates("program"), 2);
    assert!(stderr.contains("the standard library's workspace compiles no package"), "{stderr}");
}
