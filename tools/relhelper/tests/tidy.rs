//! Rules of this crate that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose modules decide and never act.
const PURE: &[&str] = &[
    "archive",
    "attestation",
    "auditable",
    "cargo",
    "codesign",
    "compare",
    "document",
    "facts",
    "inputs",
    "macho",
    "nix",
    "portable",
    "rebuild",
    "release",
    "sbom",
    "signature",
    "stamp",
    "trust",
    "verify",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    assert!(!found.is_empty(), "{} has no Rust files", folder.display());
    found
}

/// The part of a file in front of its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

#[test]
fn pure_modules_forbid_themselves_the_file_system() {
    for folder in PURE {
        for path in rust_files(&root().join("src").join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let deny = "#![deny(clippy::disallowed_methods, clippy::disallowed_types)]";
            assert!(text.contains(deny), "{} lacks {deny}", path.display());
        }
    }
}

#[test]
fn pure_modules_do_not_name_modules_that_act() {
    for folder in PURE {
        for path in rust_files(&root().join("src").join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            for forbidden in
                ["crate::io", "crate::commands", "crate::cli", "println!", "std::env::"]
            {
                assert!(!text.contains(forbidden), "{} names {forbidden}", path.display());
            }
        }
    }
}

#[test]
fn files_stay_short() {
    // Tests are flat, and may be long.
    let is_tests = |path: &Path| path.file_stem().is_some_and(|name| name == "tests");
    let with_code = |path: &PathBuf| !is_tests(path) && !path.parent().is_some_and(is_tests);
    for path in rust_files(&root().join("src")).into_iter().filter(with_code) {
        let text = fs::read_to_string(&path).unwrap();
        let lines = code(&text).lines().count();
        assert!(lines <= 250, "{} has {lines} lines in front of its tests", path.display());
    }
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 60, "main.rs only parses, dispatches and shows the error");
}

#[test]
fn the_readme_names_every_command() {
    use clap::CommandFactory as _;
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for command in relhelper::cli::Cli::command().get_subcommands() {
        let name = format!("`relhelper {}", command.get_name());
        assert!(readme.contains(&name), "README.md does not name {name}`");
    }
}

#[test]
fn unsafe_code_is_in_one_place() {
    let with_unsafe: Vec<_> = rust_files(&root().join("src"))
        .into_iter()
        .filter(|path| fs::read_to_string(path).unwrap().contains("unsafe {"))
        .collect();
    assert_eq!(with_unsafe, [root().join("src/stamp/mod.rs")]);
}

#[test]
fn the_crates_of_sigstore_are_named_in_one_folder() {
    let own = root().join("src/signature/keyless");
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let named = ["crypto", "trust_root", "types", "verify"]
            .iter()
            .any(|name| text.contains(&format!("sigstore_{name}")));
        assert!(!named || path.starts_with(&own), "{} names a crate of sigstore", path.display());
    }
}
