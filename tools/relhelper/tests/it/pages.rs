use std::fs;

use clap::CommandFactory as _;
use tempfile::tempdir;

use crate::support::{names, relhelper, run};

/// The page of a command, and those of the commands below it.
fn pages(command: &clap::Command, name: &str, found: &mut Vec<String>) {
    found.push(format!("{name}.1"));
    for inner in command.get_subcommands() {
        pages(inner, &format!("{name}-{}", inner.get_name()), found);
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let out = tempdir().unwrap();
    run(relhelper().args(["man", "--out"]).arg(out.path()), 0);
    let mut expected = Vec::new();
    pages(&relhelper::cli::Cli::command(), "relhelper", &mut expected);
    expected.sort();
    assert!(expected.contains(&"relhelper-emit-bundle.1".to_owned()), "{expected:?}");
    assert_eq!(names(out.path()), expected);
    let page = fs::read_to_string(out.path().join("relhelper-emit-bundle.1")).unwrap();
    assert!(page.contains("ROLLBACK") || page.contains("rollback"), "{page}");
    let (main, _) = run(relhelper().arg("man"), 0);
    assert_eq!(main, fs::read_to_string(out.path().join("relhelper.1")).unwrap());
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (script, _) = run(relhelper().args(["completions", shell]), 0);
        assert!(script.contains("check-portable"), "{shell}");
    }
}
