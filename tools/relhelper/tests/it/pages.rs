use std::fs;

use tempfile::tempdir;

use crate::support::{names, relhelper, run};

#[test]
fn every_command_has_a_manual_page() {
    let out = tempdir().unwrap();
    run(relhelper().args(["man", "--out"]).arg(out.path()), 0);
    let expected = [
        "relhelper-bundle.1",
        "relhelper-check-portable.1",
        "relhelper-completions.1",
        "relhelper-emit-bundle.1",
        "relhelper-emit-release.1",
        "relhelper-emit.1",
        "relhelper-man.1",
        "relhelper-stamp.1",
        "relhelper-verify.1",
        "relhelper-version.1",
        "relhelper.1",
    ];
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
