//! Documents of strangers that are too deep or too large, for every command that reads such: an error or a no that names the
//! document, soon, and never a crash.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use crate::support::relhelper;

const LINES: &str = "hello-1.2.3.intoto.jsonl";
const KEY: &str = include_str!("../fixtures/keys/ed25519.pub.pem");
const SECRET: &str = include_str!("../fixtures/keys/ed25519.pem");

/// A name, and what it does to a file.
type Damage = (&'static str, fn(&Path));

/// How a document is made hostile.
const HOSTILE: [Damage; 2] = [("deep", deep), ("huge", huge)];

/// Too deep for any reader that calls itself for what is inside.
fn deep(file: &Path) {
    let inner = "[".repeat(200_000);
    let text = match file.extension().and_then(|one| one.to_str()) {
        Some("toml") => format!("formatVersion = 1\nproduct = {inner}"),
        // A field of in-toto's that may hold anything.
        _ if file.ends_with("provenance.json") => format!("{{\"predicate\":{inner}"),
        _ => format!("{{\"formatVersion\":1,\"x\":{inner}"),
    };
    fs::write(file, text).unwrap();
}

/// More than any machine has memory for; the file system stores none of it.
fn huge(file: &Path) {
    File::create(file).unwrap().set_len(1 << 40).unwrap();
}

/// A release with a policy, keys and what else a user has.
struct Stage {
    release: TempDir,
    user: TempDir,
}

impl Stage {
    fn new() -> Self {
        let user = tempdir().unwrap();
        fs::write(user.path().join("key.pem"), SECRET).unwrap();
        let policy = format!(
            "formatVersion = 1\nproduct = \"hello\"\n[[key]]\nname = \"one\"\nkind = \"pem\"\npublicKey = '''{KEY}'''\n\
             [[require]]\nfiles = [\"checksums\"]\nidentities = [\"one\"]\n\
             [[builder]]\nid = \"https://one.example\"\noperator = \"One\"\nmachine = \"1\"\nkeys = [\"one\"]\n[rebuilds]\nthreshold = 1\n"
        );
        fs::write(user.path().join("trust.toml"), policy).unwrap();
        Self { release: crate::verify::release(), user }
    }

    fn place(&self, name: &str) -> PathBuf {
        let own =
            ["trust.toml", "state.json", "report.json", "signature.json", "key-statements.jsonl"];
        if own.contains(&name) { self.user.path() } else { self.release.path() }.join(name)
    }

    /// A command with the release as its first argument.
    fn command(&self, words: &[&str], options: &[&str]) -> Command {
        let mut command = relhelper();
        command.current_dir(self.user.path()).args(words).arg(self.release.path()).args(options);
        command
    }
}

/// Makes `document` hostile, in each of the ways, and expects one of `codes`, and its name, or its line, in what is told.
#[track_caller]
fn check(document: &str, words: &[&str], options: &[&str], codes: &[i32]) {
    for (how, damage) in HOSTILE {
        let stage = Stage::new();
        damage(&stage.place(document));
        let begun = Instant::now();
        let Output { status, stdout, stderr } = stage.command(words, options).output().unwrap();
        let told = [stdout, stderr].concat();
        let told = String::from_utf8_lossy(&told);
        let what = format!("{words:?}, {how} {document}: {told}");
        assert!(status.code().is_some_and(|code| codes.contains(&code)), "{status}, {what}");
        let name = document.strip_suffix(".json").unwrap_or(document);
        assert!(told.contains(name) || told.contains("line 1: "), "{what}");
        assert!(!told.contains("panicked"), "{what}");
        assert!(begun.elapsed() < Duration::from_mins(2), "{what}");
    }
}

#[test]
fn verify_refuses_hostile_documents() {
    for document in [
        "index.json",
        "provenance.json",
        "release-manifest.json",
        "SHA256SUMS",
        "hello-1.2.3.cdx.json",
        "hello-1.2.3.spdx.json",
        "hello-1.2.3.spdx3.json",
        "hello-1.2.3-source.tar.gz.v1.7.cdx.json",
    ] {
        check(document, &["verify"], &[], &[1]);
    }
}

#[test]
fn verify_by_a_policy_refuses_hostile_documents() {
    let policy = ["--policy", "trust.toml"];
    check("trust.toml", &["verify"], &policy, &[2]);
    check("signatures.json", &["sign"], &["--key", "key.pem"], &[2]);
    check("SHA256SUMS.sigstore.json", &["verify"], &policy, &[1, 2]);
    check(LINES, &["verify"], &policy, &[1, 2]);
    check("state.json", &["verify"], &[&policy[..], &["--state", "state.json"]].concat(), &[2]);
    let statements = ["--key-statements", "key-statements.jsonl"];
    check("key-statements.jsonl", &["verify"], &[&policy[..], &statements].concat(), &[1, 2]);
}

#[test]
fn the_commands_about_builders_refuse_hostile_documents() {
    let attest = ["--builder-id", "https://one.example", "--key-file", "key.pem"];
    let report = [&attest[..], &["--report", "report.json"]].concat();
    check("report.json", &["attest"], &report, &[2]);
    check("provenance.json", &["attest"], &[&attest[..], &["--built"]].concat(), &[2]);
    let verifier = ["--verifier-id", "https://v.example", "--key-file", "key.pem"];
    let summarize = [&verifier[..], &["--policy", "trust.toml"]].concat();
    check("provenance.json", &["summarize"], &summarize, &[2]);
    check("trust.toml", &["summarize"], &summarize, &[2]);
    check(LINES, &["summarize"], &summarize, &[1, 2]);
}

#[test]
fn inputs_and_rebuild_refuse_hostile_documents() {
    check("provenance.json", &["inputs", "list"], &[], &[2]);
    check("provenance.json", &["inputs", "check"], &["."], &[2]);
    check("provenance.json", &["rebuild"], &[], &[1]);
    check("release-manifest.json", &["rebuild"], &[], &[1]);
}

#[test]
fn compare_explains_deep_documents() {
    let folder = tempdir().unwrap();
    for (side, more) in [("one.json", ""), ("other.json", "[")] {
        deep(&folder.path().join(side));
        let text = fs::read_to_string(folder.path().join(side)).unwrap();
        fs::write(folder.path().join(side), text + more).unwrap();
    }
    let mut command = relhelper();
    command.current_dir(folder.path()).args(["compare", "one.json", "other.json"]);
    crate::support::run(&mut command, 1);
}
