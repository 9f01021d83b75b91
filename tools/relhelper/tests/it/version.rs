use std::process::Stdio;

use expect_test::expect;

use crate::support::{relhelper, run};

#[test]
fn an_unstamped_program_says_so() {
    let (stdout, _) = run(relhelper().args(["version", "--json"]), 0);
    expect![[r#"
        {
          "formatVersion": 1,
          "name": "relhelper",
          "version": "0.1.0",
          "revision": null,
          "sourceDate": null,
          "target": null,
          "toolchain": null
        }
    "#]]
    .assert_eq(&stdout);
}

#[test]
fn usage_errors_are_not_an_answer() {
    run(relhelper().arg("bogus"), 2);
    run(&mut relhelper(), 2);
    let (stdout, _) = run(relhelper().arg("--help"), 0);
    assert!(stdout.contains("check-portable"), "{stdout}");
}

#[test]
fn colours_are_for_terminals_only() {
    let (_, stderr) = run(relhelper().args(["emit", "release"]), 2);
    assert!(stderr.starts_with("error: "), "{stderr:?}");
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_reason_to_complain() {
    let mut child = relhelper()
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
