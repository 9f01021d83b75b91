use std::fs;

use expect_test::expect;
use serde_json::Value;
use tempfile::tempdir;

use crate::support::{relhelper, run};

#[test]
fn lists_findings_of_every_file_and_answers_no() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(folder.path().join("clean"), "nothing").unwrap();
    fs::write(folder.path().join("inner/leak"), "see /nix/store/abc").unwrap();
    fs::write(folder.path().join("script"), "#!/opt/python\n# at home\n").unwrap();
    let mut command = relhelper();
    command.current_dir(folder.path()).args(["check-portable", "--forbid", "at home", "."]);
    let (stdout, stderr) = run(&mut command, 1);
    expect![[r#"
        ./inner/leak at 0x4: path into the Nix store: /nix/store/abc
        ./script at 0x10: forbidden string: at home
        ./script: interpreter that not every system has: /opt/python
        files looked into: 3, findings: 3
    "#]]
    .assert_eq(&stdout);
    assert_eq!(stderr, "");

    let (stdout, _) = run(command.arg("--json"), 1);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let kinds: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["kind"]).collect();
    assert_eq!(kinds, ["store-path", "forbidden", "shebang"]);
}

#[test]
fn answers_yes_only_when_it_looked() {
    let folder = tempdir().unwrap();
    let (_, stderr) = run(relhelper().arg("check-portable").arg(folder.path()), 2);
    assert!(stderr.contains("there is no file to look into"), "{stderr}");
    fs::write(folder.path().join("clean"), "nothing").unwrap();
    let (stdout, _) = run(relhelper().arg("check-portable").arg(folder.path()), 0);
    assert_eq!(stdout, "files looked into: 1, findings: 0\n");
    fs::write(folder.path().join("opaque"), b"\xfd7zXZ\0").unwrap();
    let (stdout, stderr) = run(relhelper().arg("check-portable").arg(folder.path()), 2);
    assert!(stdout.contains("opaque: not looked into"), "{stdout}");
    assert!(stderr.contains("1 of the files could not be looked into"), "{stderr}");
    let (_, stderr) = run(relhelper().arg("check-portable").arg(folder.path().join("missing")), 2);
    assert!(stderr.contains("missing"), "{stderr}");
}

#[test]
#[cfg(unix)]
fn reports_links_to_elsewhere() {
    let folder = tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("absolute")).unwrap();
    std::os::unix::fs::symlink("/nix/store/none", folder.path().join("dangling")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    std::os::unix::fs::symlink("file", folder.path().join("relative")).unwrap();
    let (stdout, _) = run(relhelper().current_dir(folder.path()).args(["check-portable", "."]), 1);
    expect![[r#"
        ./absolute: symbolic link to an absolute path: /etc/passwd
        ./dangling at 0x0: path into the Nix store: /nix/store/none
        ./dangling: symbolic link to an absolute path: /nix/store/none
        files looked into: 4, findings: 3
    "#]]
    .assert_eq(&stdout);
}
