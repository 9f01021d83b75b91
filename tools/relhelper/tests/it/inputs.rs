use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use expect_test::expect;
use relhelper::facts::Sha256;
use relhelper::nix::closure::fixed_path;
use relhelper::nix::derivation::Fixed;
use relhelper::nix::hash::Algorithm;
use relhelper::nix::{Method, StorePath, encoding};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{names, relhelper, run};

/// Name and content of each input.
pub const INPUTS: [(&str, &str); 3] = [
    ("a-1.0.crate", "content of a"),
    ("b_2-1_amd64.deb", "content of b"),
    ("twin-1.0.crate", "content of a"),
];

fn digest(content: &str) -> String {
    Sha256::of(content.as_bytes()).to_string()
}

fn store_path(name: &str, content: &str) -> StorePath {
    let digest = encoding::from_hex(&digest(content)).unwrap();
    fixed_path(name, &Fixed { method: Method::Flat, algorithm: Algorithm::Sha256, digest })
}

/// A release that was built from `INPUTS`, and from `more`.
pub fn release(folder: &Path, more: &[Value]) {
    let source = json!({
        "name": "source", "digest": { "narSha256": "07".repeat(32) },
        "annotations": { "storePath": StorePath::of_source("source", &[7; 32]), "narHash": "sha256-BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=" },
    });
    let inputs = INPUTS.map(|(name, content)| {
        json!({
            "name": name, "uri": "pkg:generic/x@1%2B2?a=b", "digest": { "sha256": digest(content) },
            "annotations": { "storePath": store_path(name, content) },
        })
    });
    let dependencies: Vec<_> = [source].iter().chain(&inputs).chain(more).cloned().collect();
    let product = json!({ "name": "hello", "version": "1.2.3", "description": "d", "license": "MIT", "homepage": null });
    let provenance = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:relhelper:build-type:release:1",
                "externalParameters": { "product": product, "targets": [] },
                "internalParameters": { "derivations": [], "sourceDate": 0, "toolchain": null },
                "resolvedDependencies": dependencies,
            },
            "runDetails": { "builder": { "id": "urn:relhelper:builder:any" } },
        },
    });
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("provenance.json"), provenance.to_string()).unwrap();
}

/// A release, a store with its inputs, and the folder `inputs` that was exported from it.
fn exported(folder: &Path) {
    release(&folder.join("release"), &[]);
    fs::create_dir(folder.join("store")).unwrap();
    for (name, content) in INPUTS {
        fs::write(folder.join("store").join(store_path(name, content).base()), content).unwrap();
    }
    let (stdout, _) = export(folder, &["--store", "store"], 0);
    assert_eq!(stdout, "inputs there already: 0, written: 2 (24 bytes), not found: 0\n");
}

#[track_caller]
fn export(folder: &Path, options: &[&str], exit_code: i32) -> (String, String) {
    let mut command = relhelper();
    run(
        command.current_dir(folder).args(["inputs", "export", "release", "inputs"]).args(options),
        exit_code,
    )
}

#[track_caller]
fn check(folder: &Path, place: &str, exit_code: i32) -> String {
    run(relhelper().current_dir(folder).args(["inputs", "check", "release", place]), exit_code).0
}

struct Served(Child, String);

impl Served {
    fn new(folder: &Path) -> Self {
        let mut command = relhelper();
        command.args(["inputs", "serve"]).arg(folder).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self(child, url.trim_end().to_owned())
    }

    /// The status line, the headers and the body.
    fn ask(&self, request: &str) -> String {
        let address = self.1.strip_prefix("http://").unwrap().trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(format!("{request}\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn lists_what_a_release_was_built_from() {
    let folder = tempdir().unwrap();
    let tree = json!({
        "name": "tree", "digest": { "narSha256": "08".repeat(32) },
        "annotations": { "storePath": StorePath::of_source("tree", &[8; 32]) },
    });
    release(&folder.path().join("release"), &[tree]);
    let mut command = relhelper();
    command.current_dir(folder.path()).args(["inputs", "list", "release"]);
    let (stdout, _) = run(&mut command, 0);
    expect![[r#"
        8e56b639882ef91f67c597965dfb451cbd2e4b41d1a8cd9b01dd3241aa518796  a-1.0.crate
        5de76c5ae436d8e19ed10e855a11288f8378fb22a26cd1cd9224bc1c9ac59d27  b_2-1_amd64.deb
        8e56b639882ef91f67c597965dfb451cbd2e4b41d1a8cd9b01dd3241aa518796  twin-1.0.crate
        narSha256:0808080808080808080808080808080808080808080808080808080808080808  tree (no file that a mirror has)
    "#]].assert_eq(&stdout);
    let (stdout, _) = run(command.arg("--json"), 0);
    let list: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(list["formatVersion"], 1);
    assert_eq!(
        list["inputs"][1],
        json!({
            "name": "b_2-1_amd64.deb", "version": "1+2", "sha256": digest("content of b"), "purl": "pkg:generic/x@1%2B2?a=b",
            "storePath": store_path("b_2-1_amd64.deb", "content of b"),
        })
    );
    assert_eq!(list["notFlat"][0]["digest"], json!({ "narSha256": "08".repeat(32) }));
    let (_, stderr) = run(relhelper().args(["inputs", "list"]).arg(folder.path()), 2);
    assert!(
        stderr.contains("there is no provenance.json") && stderr.contains("relhelper verify"),
        "{stderr}"
    );
}

#[test]
fn what_is_exported_passes_the_check_and_stays() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    let both = [
        format!("sha256/{}", digest("content of a")),
        format!("sha256/{}", digest("content of b")),
    ];
    let mut expected = [vec!["sha256/".to_owned()], both.to_vec()].concat();
    expected.sort();
    assert_eq!(names(&path.join("inputs")), expected);
    expect![[r#"
        inputs wanted: 2, good: 2, bytes: 24
        pass: every input is there, and is what the release names
    "#]]
    .assert_eq(&check(path, "inputs", 0));
    // What a run that was stopped left, and a file that is wrong.
    fs::write(path.join("inputs/sha256/.unfinished-x"), "cont").unwrap();
    fs::write(path.join("inputs").join(&both[0]), "other").unwrap();
    let (stdout, _) = export(path, &["--store", "store"], 0);
    assert_eq!(stdout, "inputs there already: 1, written: 1 (12 bytes), not found: 0\n");
    check(path, "inputs", 0);
}

#[test]
#[cfg(unix)]
fn nothing_that_is_exported_is_a_second_name_of_the_stores_file() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    let (name, content) = INPUTS[1];
    let stored = path.join("store").join(store_path(name, content).base());
    let copy = path.join("inputs/sha256").join(digest(content));
    assert_eq!(fs::metadata(&copy).unwrap().nlink(), 1);
    // A link that somebody made there, to save space, is not written through when the content is wrong.
    let other = path.join("store/other");
    fs::write(&other, "other").unwrap();
    fs::remove_file(&copy).unwrap();
    fs::hard_link(&other, &copy).unwrap();
    export(path, &["--store", "store"], 0);
    assert_eq!(fs::read_to_string(&copy).unwrap(), content);
    assert_eq!(fs::read_to_string(&other).unwrap(), "other");
    assert_eq!(fs::read_to_string(&stored).unwrap(), content);
    assert_eq!(fs::metadata(&stored).unwrap().nlink(), 1);
}

#[test]
fn takes_nothing_that_is_wrong_from_anywhere() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    fs::rename(path.join("inputs"), path.join("mirror")).unwrap();
    fs::write(path.join("mirror/sha256").join(digest("content of a")), "content of x").unwrap();
    let (name, content) = INPUTS[1];
    fs::write(path.join("store").join(store_path(name, content).base()), "other").unwrap();
    for (name, content) in [INPUTS[0], INPUTS[2]] {
        fs::remove_file(path.join("store").join(store_path(name, content).base())).unwrap();
    }
    let (stdout, _) = export(path, &["--store", "store", "--from", "mirror"], 1);
    assert!(stdout.contains("a-1.0.crate: in none of the places"), "{stdout}");
    assert!(stdout.contains("mirror/sha256 has another content under its digest"), "{stdout}");
    assert!(stdout.contains("written: 1 (12 bytes), not found: 1"), "{stdout}");
    assert_eq!(names(&path.join("inputs")).len(), 2, "the folder and the one good file");
    fs::remove_dir_all(path.join("inputs")).unwrap();
    // A place that cannot be asked leaves the question open.
    let options = ["--store", "store", "--from", "mirror", "--from", "mirror/none"];
    export(path, &options, 2);
}

#[test]
fn the_check_finds_what_is_wrong_missing_and_too_much() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let (a, b) = (digest("content of a"), digest("content of b"));
    let broken = |break_it: &dyn Fn(&Path)| {
        let _ = fs::remove_dir_all(path);
        fs::create_dir_all(path).unwrap();
        exported(path);
        break_it(&path.join("inputs"));
        check(path, "inputs", 1).lines().next().unwrap().to_owned()
    };
    let found = broken(&|inputs| fs::remove_file(inputs.join("sha256").join(&a)).unwrap());
    assert_eq!(found, format!("sha256/{a} is missing: a-1.0.crate, twin-1.0.crate"));
    let found = broken(&|inputs| fs::write(inputs.join("sha256").join(&b), "x").unwrap());
    assert_eq!(
        found,
        format!(
            "sha256/{b} has another content, with the SHA-256 {}: b_2-1_amd64.deb",
            digest("x")
        )
    );
    let found = broken(&|inputs| fs::write(inputs.join("sha256/more"), "x").unwrap());
    assert_eq!(found, "sha256/more is too much");
    let found = broken(&|inputs| fs::write(inputs.join("README"), "x").unwrap());
    assert_eq!(found, "README is too much");
    let found = broken(&|inputs| {
        fs::remove_file(inputs.join("sha256").join(&a)).unwrap();
        fs::create_dir(inputs.join("sha256").join(&a)).unwrap();
    });
    assert_eq!(found, format!("sha256/{a} is not a regular file: a-1.0.crate, twin-1.0.crate"));
}

#[test]
fn an_input_that_no_folder_can_hold_is_no_pass() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    let tree = json!({
        "name": "tree", "digest": { "narSha256": "08".repeat(32) },
        "annotations": { "storePath": StorePath::of_source("tree", &[8; 32]) },
    });
    release(&path.join("release"), &[tree]);
    let stdout = check(path, "inputs", 2);
    assert!(
        stdout.contains("tree: pinned by narSha256, so no such folder can hold it"),
        "{stdout}"
    );
    export(path, &["--store", "store"], 2);
}

#[test]
fn serves_what_nix_asks_for_and_nothing_else() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    fs::write(path.join("inputs/sha256/other"), "other").unwrap();
    let served = Served::new(&path.join("inputs"));
    let (a, b) = (digest("content of a"), digest("content of b"));
    fs::remove_file(path.join("inputs/sha256").join(&b)).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        path.join("release/provenance.json"),
        path.join("inputs/sha256").join(&b),
    )
    .unwrap();

    let answer = served.ask(&format!("GET /sha256/{a} HTTP/1.1"));
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\ncontent of a"),
        "{answer}"
    );
    assert!(
        answer.contains("\r\nContent-Length: 12\r\n")
            && answer.contains(&format!("\r\nETag: \"{a}\"\r\n")),
        "{answer}"
    );
    let answer = served.ask(&format!("HEAD /sha256/{a} HTTP/1.1"));
    assert!(
        answer.contains("\r\nContent-Length: 12\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    let answer = served.ask(&format!("GET /sha256/{a} HTTP/1.1\r\nRange: bytes=8-"));
    assert!(answer.starts_with("HTTP/1.1 206") && answer.ends_with("\r\n\r\nof a"), "{answer}");
    assert!(answer.contains("\r\nContent-Range: bytes 8-11/12\r\n"), "{answer}");
    let answer =
        served.ask(&format!("GET /sha256/{a} HTTP/1.1\r\nRange: bytes=8-\r\nIf-Range: \"other\""));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = served.ask(&format!("GET /sha256/{a} HTTP/1.1\r\nRange: bytes=12-"));
    assert!(
        answer.starts_with("HTTP/1.1 416") && answer.contains("\r\nContent-Range: bytes */12\r\n"),
        "{answer}"
    );

    let upper = a.to_ascii_uppercase();
    for path in [
        "/",
        "/sha256",
        "/sha256/",
        "/sha256/other",
        &format!("/sha256/{b}"),
        &format!("/sha256/{upper}"),
        &format!("/{a}"),
        &format!("/sha256/{a}?"),
        &format!("/sha256/../sha256/{a}"),
        &format!("//sha256/{a}"),
        &format!("/sha256/{a}/"),
        "/sha256/%2e%2e/%2e%2e/release/provenance.json",
        "/../release/provenance.json",
        &format!("/sha512/{a}"),
    ] {
        let answer = served.ask(&format!("GET {path} HTTP/1.1"));
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    let answer = served.ask(&format!("PUT /sha256/{a} HTTP/1.1"));
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[test]
fn a_mirror_is_checked_and_exported_over_http() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    exported(path);
    fs::rename(path.join("inputs"), path.join("mirror")).unwrap();
    let served = Served::new(&path.join("mirror"));
    let stdout = check(path, &served.1, 0);
    assert!(
        stdout.contains("good: 2") && stdout.contains("the place cannot be listed"),
        "{stdout}"
    );
    let (stdout, _) = export(path, &["--store", "none", "--from", &served.1], 0);
    assert_eq!(stdout, "inputs there already: 0, written: 2 (24 bytes), not found: 0\n");
    check(path, "inputs", 0);
    fs::remove_file(path.join("mirror/sha256").join(digest("content of a"))).unwrap();
    let stdout = check(path, &served.1, 1);
    assert!(stdout.contains("is missing"), "{stdout}");
}

#[test]
fn serves_to_this_machine_only() {
    let folder = tempdir().unwrap();
    exported(folder.path());
    let mut command = relhelper();
    command.args(["inputs", "serve", "--listen", "0.0.0.0:0"]).arg(folder.path().join("inputs"));
    let (_, stderr) = run(&mut command, 2);
    assert!(stderr.contains("0.0.0.0 is not an address of this machine alone"), "{stderr}");
    let (_, stderr) = run(relhelper().args(["inputs", "serve"]).arg(folder.path()), 2);
    assert!(stderr.contains("has no folder `sha256`"), "{stderr}");
}
