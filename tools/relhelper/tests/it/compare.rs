use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::schema::validate;
use crate::support::{relhelper, run};

fn write(folder: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A folder with `published/` and `rebuilt/`, both with the same files.
fn two(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (path, content) in files {
        for side in ["published", "rebuilt"] {
            write(&folder.path().join(side), path, content);
        }
    }
    folder
}

fn compare(folder: &TempDir, exit_code: i32) -> (String, String) {
    run(relhelper().current_dir(folder.path()).args(["compare", "published", "rebuilt"]), exit_code)
}

/// The JSON report, which must fit the schema.
fn report(folder: &TempDir, exit_code: i32) -> Value {
    let mut command = relhelper();
    command.current_dir(folder.path()).args(["compare", "--json", "published", "rebuilt"]);
    let (stdout, _) = run(&mut command, exit_code);
    let report = serde_json::from_str(&stdout).unwrap();
    let schema = include_str!("../../../../docs/formats/compare-report.schema.json");
    validate(&serde_json::from_str(schema).unwrap(), &report).unwrap();
    report
}

#[test]
fn equal_trees_match() {
    let folder = two(&[("a", "one"), ("b/c", "two"), ("empty", "")]);
    assert_eq!(compare(&folder, 0), ("match: 3 match\n".to_owned(), String::new()));
    assert_eq!(report(&folder, 0)["verdict"], "match");
}

#[test]
fn explains_what_differs() {
    let folder = two(&[
        ("a", "one"),
        ("facts.json", "{\"built\": \"2026-11-21\", \"n\": 1}\n"),
        ("only", "x"),
    ]);
    write(folder.path(), "rebuilt/a", "uno");
    write(folder.path(), "rebuilt/facts.json", "{\"built\": \"2026-11-22\", \"n\": 1}\n");
    fs::remove_file(folder.path().join("rebuilt/only")).unwrap();
    write(folder.path(), "rebuilt/new", "x");
    let (stdout, _) = compare(&folder, 1);
    expect![[r#"
        a: mismatch
          line 1: the text is not the same [text]
            published  0x00000000  6f 6e 65  one
            rebuilt    0x00000000  75 6e 6f  uno
          hint: text: look at the lines: the sources or the program that writes them differ
        facts.json: mismatch
          /built: a date or time of the build is in the file [build-date]
            published  0x0000000a  22 32 30 32 36 2d 31 31 2d 32 31 22 2c 20 22 6e  2026-11-21
            rebuilt    0x0000000a  22 32 30 32 36 2d 31 31 2d 32 32 22 2c 20 22 6e  2026-11-22
          hint: build-date: take the time from SOURCE_DATE_EPOCH, and leave __DATE__ and __TIME__ out
        new: mismatch
          one side has a file that the other lacks [file-missing]
            published  not there
            rebuilt    0x00000000    a file
          hint: file-missing: compare the lists of what is built, and look for leftovers of earlier builds
        only: mismatch
          one side has a file that the other lacks [file-missing]
            published  0x00000000    a file
            rebuilt    not there
          hint: file-missing: compare the lists of what is built, and look for leftovers of earlier builds
        mismatch: 4 mismatch
    "#]]
    .assert_eq(&stdout);
    assert_eq!(report(&folder, 1)["files"][1]["differences"][0]["place"][0], "/built");
}

#[test]
fn what_publishing_adds_is_listed_and_not_compared() {
    let folder =
        two(&[("SHA256SUMS", ""), ("release-manifest.json", "{}"), ("a-1-source.tar.gz", "x")]);
    for name in ["SHA256SUMS.sig", "a-1.intoto.jsonl", "signatures.json"] {
        write(folder.path(), &format!("published/{name}"), "signature");
    }
    let (stdout, _) = compare(&folder, 0);
    expect![[r#"
        SHA256SUMS.sig: not compared: it is added after the build
        a-1.intoto.jsonl: not compared: it is added after the build
        signatures.json: not compared: it is added after the build
        match: 3 match
    "#]]
    .assert_eq(&stdout);
    // A file of another name is part of the release.
    write(folder.path(), "published/b.sig", "of nothing");
    assert_eq!(report(&folder, 1)["verdict"], "mismatch");
    // What is no release has no such files.
    let folder = two(&[("a", "x")]);
    write(folder.path(), "published/a.sig", "signature");
    assert_eq!(report(&folder, 1)["notCompared"].as_array().unwrap().len(), 0);
}

#[test]
fn a_single_byte_anywhere_is_found() {
    let content = vec![7_u8; 3 << 20];
    let folder = tempdir().unwrap();
    write(folder.path(), "published", &content);
    for place in [0, 1, 1 << 20, (1 << 20) - 1, content.len() - 1] {
        let mut changed = content.clone();
        changed[place] ^= 1;
        write(folder.path(), "rebuilt", &changed);
        let report = report(&folder, 1);
        assert_eq!(report["files"][0]["differences"][0]["published"]["offset"], place);
    }
    write(folder.path(), "rebuilt", &content);
    assert_eq!(report(&folder, 0)["verdict"], "match");
}

#[test]
fn nothing_to_compare_is_no_match() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("published")).unwrap();
    fs::create_dir(folder.path().join("rebuilt")).unwrap();
    assert_eq!(compare(&folder, 2).0, "inconclusive: nothing to compare\n");
    let (_, stderr) =
        run(relhelper().current_dir(folder.path()).args(["compare", "published", "missing"]), 2);
    assert!(stderr.contains("cannot examine missing"), "{stderr}");
    write(folder.path(), "file", "");
    let (_, stderr) =
        run(relhelper().current_dir(folder.path()).args(["compare", "published", "file"]), 2);
    assert!(stderr.contains("one is a folder and the other is a file"), "{stderr}");
}

#[test]
#[cfg(unix)]
fn links_are_compared_and_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = two(&[("a", "x")]);
    for side in ["published", "rebuilt"] {
        symlink("a", folder.path().join(side).join("same")).unwrap();
        symlink(if side == "rebuilt" { "b" } else { "a" }, folder.path().join(side).join("other"))
            .unwrap();
    }
    write(folder.path(), "published/kind", "x");
    symlink("a", folder.path().join("rebuilt/kind")).unwrap();
    let report = report(&folder, 1);
    let causes: Vec<_> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            (file["path"].as_str().unwrap(), file["differences"][0]["cause"]["id"].as_str())
        })
        .collect();
    assert_eq!(
        causes,
        [("a", None), ("kind", Some("file-kind")), ("other", Some("link-target")), ("same", None)]
    );
}

#[test]
fn the_page_shows_hostile_names_as_text() {
    let turned = "a\u{202e}gnp.exe";
    let folder = two(&[("<script>alert(1)</script>", "x"), ("b", "one"), (turned, "one")]);
    write(folder.path(), "rebuilt/b", "<img src=x>");
    write(folder.path(), &format!("rebuilt/{turned}"), "other");
    // What was there is replaced, not written into: it may have another name.
    write(folder.path(), "report.html", "old");
    fs::hard_link(folder.path().join("report.html"), folder.path().join("other name")).unwrap();
    let mut command = relhelper();
    command.current_dir(folder.path()).args([
        "compare",
        "--html",
        "report.html",
        "published",
        "rebuilt",
    ]);
    run(&mut command, 1);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert!(page.contains("&lt;img src=x&gt;"), "{page}");
    assert!(page.contains("a\\u{202e}gnp.exe") && !page.contains('\u{202e}'), "{page}");
    assert_eq!(fs::read_to_string(folder.path().join("other name")).unwrap(), "old");
}
