use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use expect_test::expect;
use serde_json::json;
use tempfile::tempdir;

use crate::support::{relhelper, run, write_attributes};

fn tree(folder: &Path) {
    let top = folder.join("hello-1.2.3");
    fs::create_dir_all(top.join("bin")).unwrap();
    fs::create_dir_all(top.join("empty")).unwrap();
    fs::write(top.join("bin/hello"), "program ".repeat(100_000)).unwrap();
    fs::write(top.join("README.md"), "read me").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(top.join("bin/hello"), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

fn pack(name: &str, threads: &str) -> Vec<u8> {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    tree(input.path());
    let archive = out.path().join(name);
    run(
        relhelper()
            .args(["bundle", "--source-date", "1700000000", "--threads", threads])
            .arg(input.path())
            .arg(&archive),
        0,
    );
    fs::read(archive).unwrap()
}

#[test]
fn the_number_of_threads_and_the_folder_do_not_change_a_byte() {
    for name in ["a.tar.gz", "a.zip"] {
        let one = pack(name, "1");
        assert!(one == pack(name, "2"), "{name} with 2 threads");
        assert!(one == pack(name, "8"), "{name} with 8 threads");
    }
}

#[test]
#[cfg(unix)]
fn packs_folders_and_modes() {
    let archive = pack("a.tar.gz", "2");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive.as_slice()));
    let mut found = String::new();
    for member in archive.entries().unwrap() {
        let mut member = member.unwrap();
        let (mode, path) = (member.header().mode().unwrap(), member.path().unwrap().into_owned());
        let size = member.read_to_end(&mut Vec::new()).unwrap();
        writeln!(found, "{mode:o} {size} {}", path.display()).unwrap();
    }
    expect![[r#"
        755 0 hello-1.2.3/
        644 7 hello-1.2.3/README.md
        755 0 hello-1.2.3/bin/
        755 800000 hello-1.2.3/bin/hello
        755 0 hello-1.2.3/empty/
    "#]]
    .assert_eq(&found);
}

#[test]
fn is_the_builder_of_a_nix_derivation() {
    let (build_top, out) = (tempdir().unwrap(), tempdir().unwrap());
    tree(&build_top.path().join("tree"));
    let ours = json!({
        "formatVersion": 1, "tree": build_top.path().join("tree"), "sourceDate": 1_700_000_000, "archive": "a.tar.gz",
    });
    write_attributes(&build_top.path().join(".attrs.json"), &ours, out.path());
    run(relhelper().arg("bundle").env("NIX_BUILD_TOP", build_top.path()), 0);
    assert!(fs::read(out.path().join("a.tar.gz")).unwrap() == pack("a.tar.gz", "1"));
}

#[test]
fn refuses_an_archive_name_that_leads_elsewhere() {
    let (build_top, out) = (tempdir().unwrap(), tempdir().unwrap());
    tree(build_top.path());
    let ours = json!({ "formatVersion": 1, "tree": build_top.path(), "sourceDate": 0, "archive": "../a.zip" });
    write_attributes(&build_top.path().join(".attrs.json"), &ours, out.path());
    let (_, stderr) = run(relhelper().arg("bundle").env("NIX_BUILD_TOP", build_top.path()), 2);
    assert!(stderr.contains("`../a.zip` is not a plain file name"), "{stderr}");
}

#[test]
#[cfg(unix)]
fn refuses_symbolic_links_and_leaves_no_archive() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    tree(input.path());
    std::os::unix::fs::symlink("hello", input.path().join("hello-1.2.3/bin/link")).unwrap();
    let archive = out.path().join("a.zip");
    let mut command = relhelper();
    let (_, stderr) =
        run(command.args(["bundle", "--source-date", "0"]).arg(input.path()).arg(&archive), 2);
    assert!(stderr.contains("bin/link") && stderr.contains("it is a symbolic link"), "{stderr}");
    assert!(!archive.exists());
}

#[test]
fn refuses_a_name_without_format_and_a_missing_date() {
    let input = tempdir().unwrap();
    let mut command = relhelper();
    let (_, stderr) =
        run(command.args(["bundle", "--source-date", "0"]).arg(input.path()).arg("archive.rar"), 2);
    expect![[r#"
        error: the name `archive.rar` does not say the format of the archive
        hint: let it end with .tar.gz or .zip
    "#]]
    .assert_eq(&stderr);
    let (_, stderr) = run(relhelper().arg("bundle").arg(input.path()).arg("a.zip"), 2);
    assert!(stderr.contains("--source-date <SECONDS>"), "{stderr}");
}
