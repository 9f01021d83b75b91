//! `relhelper verify` with keys and policies, on releases that are signed here.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use relhelper::attestation::dsse::{Envelope, IN_TOTO};
use relhelper::cli::{Cli, Command};
use relhelper::error::Answer;
use relhelper::signature::key::SecretKey;
use relhelper::signature::{Mechanism, Signer as _, signer::BuiltIn};
use serde_json::Value;
use tempfile::{TempDir, tempdir};
use zeroize::Zeroizing;

use crate::schema::validate;
use crate::support::{emit_release, release_metadata, relhelper, run, write_attributes};

/// A release, and beside it a folder of the user.
pub struct Signed {
    pub release: TempDir,
    pub user: TempDir,
}

fn signer(seed: u8) -> BuiltIn {
    BuiltIn::raw(SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap())
}

fn bundler(seed: u8) -> BuiltIn {
    BuiltIn::bundle(SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap())
}

impl Signed {
    pub fn new() -> Self {
        let (input, release, user) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
        let attributes = input.path().join("attributes.json");
        let mut metadata = release_metadata(input.path());
        // A program, which is not unpacked as a bundle is.
        let artifact = &mut metadata["artifacts"][1];
        let file = artifact["file"].as_str().unwrap().strip_suffix(".tar.gz").unwrap().to_owned();
        artifact["file"] = file.into();
        artifact["kind"] = "binary".into();
        artifact["mediaType"] = "application/octet-stream".into();
        write_attributes(&attributes, &metadata, release.path());
        run(emit_release(input.path()).arg("--attributes").arg(&attributes), 0);
        for seed in [1, 2] {
            let name = user.path().join(format!("{seed}.pub.pem"));
            fs::write(name, signer(seed).public_file().unwrap()).unwrap();
        }
        Self { release, user }
    }

    pub fn payloads(&self) -> Vec<String> {
        let manifest = fs::read(self.release.path().join("release-manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let rows = manifest["artifacts"].as_array().unwrap();
        rows.iter().map(|row| row["file"].as_str().unwrap().to_owned()).collect()
    }

    fn sign(&self, signer: &BuiltIn, file: &str) -> PathBuf {
        let content = fs::read(self.release.path().join(file)).unwrap();
        let place = self.release.path().join(format!("{file}{}", signer.mechanism().suffix()));
        fs::write(&place, signer.sign(file, &content).unwrap()).unwrap();
        place
    }

    pub fn policy(&self, text: &str) -> PathBuf {
        let path = self.user.path().join("trust.toml");
        fs::write(&path, format!("formatVersion = 1\nproduct = \"hello\"\n{text}")).unwrap();
        path
    }

    pub fn verify(&self, arguments: &[&str], exit_code: i32) -> String {
        let mut command = relhelper();
        command.arg("verify").args(arguments).arg(self.release.path());
        let (stdout, stderr) = run(command.current_dir(self.user.path()), exit_code);
        (stdout + &stderr).replace(&self.release.path().display().to_string(), "DIR")
    }
}

#[track_caller]
pub fn has(report: &str, line: &str) {
    assert!(report.lines().any(|one| one == line), "{line}\nis not in\n{report}");
}

const POLICY: &str = r#"
[[key]]
name = "one"
kind = "pem"
file = "1.pub.pem"
[[key]]
name = "two"
kind = "pem"
file = "2.pub.pem"
[[require]]
files = ["checksums"]
identities = ["one", "two"]
threshold = 2
"#;

#[test]
fn without_a_key_signatures_are_told_and_never_a_pass_for_signatures() {
    let signed = Signed::new();
    signed.sign(&signer(1), "SHA256SUMS");
    let report = signed.verify(&[], 0);
    has(&report, "note: SHA256SUMS.sig: not-checked: neither a key nor a policy was given");
    has(
        &report,
        "pass: the release is complete and agrees with itself; who made it, only signatures tell",
    );
    assert!(!report.contains("is signed"), "{report}");
}

#[test]
fn a_key_is_enough_to_check_the_checksums() {
    let signed = Signed::new();
    let unsigned = signed.verify(&["--key", "1.pub.pem"], 1);
    has(&unsigned, "SHA256SUMS: no-signature: there is no signature, and there must be one");
    has(&unsigned, "FAIL: problems: 0, not checked: 0, signatures as 1.pub.pem asks: no");

    let place = signed.sign(&signer(1), "SHA256SUMS");
    let report = signed.verify(&["--key", "1.pub.pem"], 0);
    has(&report, "SHA256SUMS: signed: signed by 1.pub.pem");
    has(
        &report,
        "pass: the release is complete, agrees with itself, and is signed as 1.pub.pem asks",
    );
    signed.verify(&["--key", "2.pub.pem", "--key", "1.pub.pem"], 0);
    let other = signed.verify(&["--key", "2.pub.pem"], 1);
    has(&other, "SHA256SUMS.sig: bad-signature: it is no signature of SHA256SUMS");

    let mut bytes = fs::read(&place).unwrap();
    bytes[10] ^= 1;
    fs::write(&place, bytes).unwrap();
    has(
        &signed.verify(&["--key", "1.pub.pem"], 1),
        "SHA256SUMS.sig: bad-signature: it is no signature of SHA256SUMS",
    );
    fs::write(&place, "short").unwrap();
    let why = "SHA256SUMS.sig: bad-signature: it is no signature of SHA256SUMS: it has 5 bytes, expected 64";
    has(&signed.verify(&["--key", "1.pub.pem"], 1), why);
    let json = signed.verify(&["--json", "--key", "1.pub.pem"], 1);
    let message = "\"message\": \"it is no signature of SHA256SUMS: it has 5 bytes, expected 64\"";
    assert!(json.contains(message), "{json}");
}

#[test]
fn every_payload_that_must_be_signed_must_be_signed() {
    let signed = Signed::new();
    let payloads = signed.payloads();
    assert!(payloads.len() > 1);
    for file in payloads.iter().map(String::as_str).chain(["SHA256SUMS"]) {
        signed.sign(&signer(1), file);
    }
    let arguments = ["--key", "1.pub.pem", "--require-signature"];
    signed.verify(&arguments, 0);
    for file in &payloads {
        let place = signed.release.path().join(format!("{file}.sig"));
        let bytes = fs::read(&place).unwrap();
        fs::remove_file(&place).unwrap();
        let report = signed.verify(&arguments, 1);
        has(
            &report,
            &format!("{file}: no-signature: there is no signature, and there must be one"),
        );
        fs::write(&place, bytes).unwrap();
    }
    signed.verify(&arguments, 0);
}

#[test]
fn signatures_turn_nothing_into_a_pass() {
    let signed = Signed::new();
    signed.sign(&signer(1), "SHA256SUMS");
    fs::write(signed.release.path().join("setup.exe"), "").unwrap();
    let report = signed.verify(&["--key", "1.pub.pem"], 1);
    has(&report, "FAIL: problems: 1, not checked: 0, signatures as 1.pub.pem asks: yes");
    // A signed list of other files is no signature of this release.
    let sums = signed.release.path().join("SHA256SUMS");
    fs::remove_file(signed.release.path().join("setup.exe")).unwrap();
    let text = fs::read_to_string(&sums).unwrap();
    fs::write(&sums, text.split_once('\n').unwrap().1).unwrap();
    signed.verify(&["--key", "1.pub.pem"], 1);
}

#[test]
fn a_policy_asks_for_several() {
    let signed = Signed::new();
    signed.policy(POLICY);
    let arguments = ["--policy", "trust.toml"];
    signed.sign(&signer(1), "SHA256SUMS");
    let one = signed.verify(&arguments, 1);
    has(&one, "SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed");
    signed.sign(&bundler(2), "SHA256SUMS");
    has(&signed.verify(&arguments, 0), "SHA256SUMS: signed: signed by one, two");
    // The same key in two formats is one signer.
    signed.sign(&bundler(1), "SHA256SUMS");
    has(
        &signed.verify(&arguments, 1),
        "SHA256SUMS: threshold-not-met: 1 of 2 signers that it takes have signed",
    );
    signed.sign(&bundler(2), "SHA256SUMS");

    fs::remove_file(signed.user.path().join("2.pub.pem")).unwrap();
    let missing = signed.verify(&arguments, 2);
    has(&missing, "SHA256SUMS: trust-root-missing: the key two of the policy is not at hand");
    has(
        &missing,
        "UNKNOWN: not checked: 0, signatures as trust.toml asks: could not tell, so this is no pass",
    );

    fs::write(signed.user.path().join("2.pub.pem"), signer(1).public_file().unwrap()).unwrap();
    let twice = signed.verify(&arguments, 2);
    assert!(twice.contains("line 8: keys `one` and `two` are one key"), "{twice}");
}

#[test]
fn a_policy_about_something_else_is_no_pass() {
    let signed = Signed::new();
    let builder = "[[key]]\nname = \"one\"\nkind = \"pem\"\nfile = \"1.pub.pem\"\n\
        [[builder]]\nid = \"https://builder.example\"\noperator = \"o\"\nmachine = \"m\"\nkeys = [\"one\"]\n";
    signed.policy(builder);
    let report = signed.verify(&["--policy", "trust.toml"], 2);
    assert!(report.contains("there is no `[rebuilds]`"), "{report}");
    // Nobody rebuilt it, and that is a no.
    signed.policy(&format!("{builder}[rebuilds]\nthreshold = 1\n"));
    let report = signed.verify(&["--policy", "trust.toml"], 1);
    has(&report, "not enough builders agree");
    // A list of no builders is none, and nothing would be asked for.
    signed.policy("builder = []\n");
    let report = signed.verify(&["--policy", "trust.toml"], 2);
    assert!(report.contains("no `[[require]]` asks for signatures"), "{report}");
    signed.policy(&POLICY.replace("checksums", "chequesums"));
    let report = signed.verify(&["--policy", "trust.toml"], 2);
    assert!(report.contains("line 13: the kind of file is `chequesums`"), "{report}");
    signed.verify(&["--policy", "none.toml"], 2);
    signed.verify(&["--key", "none.pem"], 2);
    signed.verify(&["--require-signature"], 2);
    signed.verify(&["--policy", "trust.toml", "--key", "1.pub.pem"], 2);
}

#[test]
fn a_policy_about_builders_alone_is_met_by_builders() {
    let signed = Signed::new();
    let mut text = "[rebuilds]\nthreshold = 2\n".to_owned();
    for seed in [1, 2] {
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap();
        fs::write(signed.user.path().join(format!("{seed}.pem")), &*key.to_pem().unwrap()).unwrap();
        let more = format!(
            "[[key]]\nname = \"{seed}\"\nkind = \"pem\"\nfile = \"{seed}.pub.pem\"\n\
             [[builder]]\nid = \"https://{seed}.example\"\noperator = \"{seed}\"\nmachine = \"{seed}\"\nkeys = [\"{seed}\"]\n"
        );
        text.push_str(&more);
    }
    let attest = |seed: u8| {
        let mut command = relhelper();
        command.current_dir(signed.user.path()).arg("attest").arg(signed.release.path());
        let (id, key) = (format!("https://{seed}.example"), format!("{seed}.pem"));
        run(command.args(["--built", "--builder-id", &id, "--key-file", &key]), 0);
    };
    let arguments = ["--policy", "trust.toml"];
    signed.policy(&text);
    attest(1);
    has(&signed.verify(&arguments, 1), "not enough builders agree");
    attest(2);
    let report = signed.verify(&arguments, 0);
    has(
        &report,
        "pass: the release is complete, agrees with itself, and was rebuilt as trust.toml asks",
    );
    // What else the policy says holds as well.
    signed.policy(&format!("minimumVersion = \"2.0.0\"\n{text}"));
    let report = signed.verify(&arguments, 1);
    has(&report, "version-too-old: it is version 1.2.3, expected 2.0.0 or later");
    signed.policy(&text.replace("threshold = 2", "threshold = 3"));
    signed.verify(&arguments, 2);
    signed.policy(&text);

    // A builder's key that is revoked does not count any more, and that is remembered.
    let mut command = relhelper();
    command.current_dir(signed.user.path()).args(["keys", "revoke", "--reason", "lost"]);
    run(command.args(["--statements", "s.jsonl", "2.pem"]), 0);
    let before = ["--policy", "trust.toml", "--state", "seen.json"];
    signed.verify(&before, 0);
    let with = [&before[..], &["--key-statements", "s.jsonl"]].concat();
    let report = signed.verify(&with, 1);
    has(&report, "line 2: does not count: no key of the policy has signed it");
    has(&report, "not enough builders agree");
    has(&signed.verify(&before, 1), "not enough builders agree");
    let summarize = |more: &[&str], exit_code| {
        let mut command = relhelper();
        command.current_dir(signed.user.path()).arg("summarize").arg(signed.release.path());
        command.args(["--policy", "trust.toml", "--key-file", "1.pem", "--out", "vsa.jsonl"]);
        command.args(more);
        run(command.args(["--verifier-id", "https://verifier.example"]), exit_code)
    };
    summarize(&[], 0);
    summarize(&["--key-statements", "s.jsonl"], 1);
    // A summary says that the whole policy was met.
    signed.policy(&format!("minimumVersion = \"2.0.0\"\n{text}"));
    let (_, said) = summarize(&[], 2);
    assert!(said.contains("the policy is for 2.0.0 and later, and the release is 1.2.3"), "{said}");
    signed.policy(&text);
    let (from, to) = (signed.user.path(), signed.release.path());
    fs::copy(from.join("s.jsonl"), to.join("key-statements.jsonl")).unwrap();
    summarize(&[], 1);
}

/// Verifies with a policy and a state, at some time.
fn verify_at(signed: &Signed, time: &str) -> (Answer, String) {
    let (policy, state) =
        (signed.user.path().join("trust.toml"), signed.user.path().join("at.json"));
    let words: [&OsStr; 6] = [
        "relhelper".as_ref(),
        "verify".as_ref(),
        "--policy".as_ref(),
        policy.as_ref(),
        "--state".as_ref(),
        state.as_ref(),
    ];
    let words = words.into_iter().chain([signed.release.path().as_os_str()]);
    let Command::Verify(arguments) = Cli::parse_from(words).command else { panic!() };
    let mut out = Vec::new();
    let answer = relhelper::commands::verify::run_at(&arguments, time.parse().unwrap(), &mut out);
    (answer.unwrap(), String::from_utf8(out).unwrap())
}

/// A policy with one builder, whose key is over at some time, if at all.
fn builder_until(signed: &Signed, not_after: &str) {
    signed.policy(&format!(
        "[rebuilds]\nthreshold = 1\n[[key]]\nname = \"k\"\nkind = \"pem\"\nfile = \"1.pub.pem\"\n{not_after}\n\
         [[builder]]\nid = \"https://1.example\"\noperator = \"o\"\nmachine = \"m\"\nkeys = [\"k\"]\n"
    ));
}

#[test]
fn a_clock_that_was_set_back_revives_no_key_of_a_builder() {
    let signed = Signed::new();
    let key = SecretKey::from_ed25519_seed(&Zeroizing::new([1; 32])).unwrap();
    fs::write(signed.user.path().join("1.pem"), &*key.to_pem().unwrap()).unwrap();
    let mut attest = relhelper();
    attest.current_dir(signed.user.path()).arg("attest").arg(signed.release.path());
    run(attest.args(["--built", "--builder-id", "https://1.example", "--key-file", "1.pem"]), 0);
    builder_until(&signed, "notAfter = 2026-06-01T00:00:00Z");
    assert_eq!(verify_at(&signed, "2026-01-01T00:00:00Z").0, Answer::Yes);
    builder_until(&signed, "");
    assert_eq!(verify_at(&signed, "2027-01-01T00:00:00Z").0, Answer::Yes);
    builder_until(&signed, "notAfter = 2026-06-01T00:00:00Z");
    let (answer, report) = verify_at(&signed, "2026-01-01T00:00:00Z");
    assert_eq!(answer, Answer::No, "{report}");
}

#[test]
fn the_clock_is_that_of_who_verifies() {
    let signed = Signed::new();
    signed.policy(&format!("expires = 2026-06-01T00:00:00Z\n{POLICY}"));
    signed.sign(&signer(1), "SHA256SUMS");
    signed.sign(&bundler(2), "SHA256SUMS");
    let at = |time: &str| verify_at(&signed, time);
    assert_eq!(at("2026-05-31T23:59:59Z").0, Answer::Yes);
    let (answer, report) = at("2026-06-01T00:00:00Z");
    assert_eq!(answer, Answer::No);
    has(&report, "expired-policy: the policy ended 2026-06-01T00:00:00Z");
}

#[test]
fn the_report_with_signatures_has_a_schema() {
    let signed = Signed::new();
    signed.policy(POLICY);
    signed.sign(&signer(1), "SHA256SUMS");
    signed.sign(&signer(1), "index.json");
    let json = signed.verify(&["--json", "--policy", "trust.toml"], 1);
    let report: Value = serde_json::from_str(&json).unwrap();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/verify-report.schema.json");
    validate(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap(), &report).unwrap();
    assert_eq!(report["verdict"], "fail");
    let words: Vec<_> = report["signatures"]["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| &outcome["outcome"])
        .collect();
    assert_eq!(words, ["threshold-not-met", "signed"]);
}

#[test]
fn every_outcome_is_in_the_documents() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let schema: Value =
        serde_json::from_slice(&fs::read(formats.join("verify-report.schema.json")).unwrap())
            .unwrap();
    let listed = &schema["properties"]["signatures"]["properties"]["outcomes"]["items"]["properties"]
        ["outcome"]["enum"];
    let words: Vec<_> = relhelper::trust::Word::ALL.iter().map(|word| word.as_str()).collect();
    assert_eq!(listed, &serde_json::json!(words));
    let page = fs::read_to_string(formats.join("trust.md")).unwrap();
    for word in words {
        assert!(page.contains(&format!("`{word}`")), "trust.md does not name {word}");
    }
    assert_eq!(
        Mechanism::ALL.len(),
        7,
        "the matrix in trust::tests has one signer for each, and gpg"
    );
}

#[test]
fn a_policy_follows_keys_and_remembers_what_it_saw() {
    let signed = Signed::new();
    let policy = POLICY.replace("[\"one\", \"two\"]\nthreshold = 2", "[\"one\"]");
    signed.policy(
        &policy.replace("[[key]]\nname = \"two\"\nkind = \"pem\"\nfile = \"2.pub.pem\"\n", ""),
    );
    for seed in [1, 2, 3] {
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap();
        fs::write(signed.user.path().join(format!("{seed}.pem")), key.to_pem().unwrap().as_bytes())
            .unwrap();
    }
    let keys = |arguments: &[&str], exit_code| {
        let mut command = relhelper();
        run(command.arg("keys").args(arguments).current_dir(signed.user.path()), exit_code)
    };
    let rotate = |version, old, new, exit_code| {
        let options = ["rotate", "--product", "hello", "--statements", "s.jsonl", "--from-version"];
        keys(&[&options[..], &[version, old, new]].concat(), exit_code)
    };
    let before = ["--policy", "trust.toml", "--state", "seen.json"];
    let arguments = [&before[..], &["--key-statements", "s.jsonl"]].concat();

    // The new key signs; who has not seen the statement does not take it.
    signed.sign(&signer(2), "SHA256SUMS");
    has(
        &signed.verify(&before, 1),
        "SHA256SUMS.sig: bad-signature: it is no signature of SHA256SUMS",
    );
    let (said, _) = rotate("1.2.0", "1.pem", "2.pem", 0);
    assert!(said.starts_with("statement 1: "), "{said}");
    has(&signed.verify(&arguments, 0), "SHA256SUMS: signed: signed by one");
    let seen: Value =
        serde_json::from_slice(&fs::read(signed.user.path().join("seen.json")).unwrap()).unwrap();
    assert_eq!(seen["highestVersion"], "1.2.3");
    assert_eq!(seen["followed"].as_object().unwrap().len(), 1);

    // The old one does not sign any more. What was seen cannot be withheld.
    signed.sign(&signer(1), "SHA256SUMS");
    has(
        &signed.verify(&arguments, 1),
        "SHA256SUMS.sig: superseded-key: another key signs from version 1.2.0 on",
    );
    assert!(signed.verify(&before, 1).contains("statement-refused: the statement that names "));
    // They lie beside releases, too.
    let beside = signed.release.path().join("key-statements.jsonl");
    fs::copy(signed.user.path().join("s.jsonl"), &beside).unwrap();
    signed.sign(&signer(2), "SHA256SUMS");
    signed.verify(&before, 0);

    // What nobody would follow is not written, and secrets are not printed.
    let (_, error) = rotate("3.0.0", "1.pem", "3.pem", 2);
    assert!(
        error.contains("the key cannot give its place away: it did so already, with statement 1"),
        "{error}"
    );
    keys(&["revoke", "--reason", "lost", "--statements", "s.jsonl", "2.pem"], 0);
    let report = signed.verify(&arguments, 1);
    assert!(report.contains(": lost"), "{report}");
    assert!(report.contains("SHA256SUMS.sig: revoked-key: revoked 20"), "{report}");
    // The file without the revocation does not bring the key back, nor does it break the memory.
    has(
        &signed.verify(&before, 1),
        "FAIL: problems: 0, not checked: 0, signatures as trust.toml asks: no",
    );
    let (_, error) = rotate("3.0.0", "2.pem", "3.pem", 2);
    assert!(error.contains("is revoked"), "{error}");

    // Nor do more statements than are read, beside the release, crowd out those that the user has.
    let stranger = SecretKey::from_ed25519_seed(&Zeroizing::new([9; 32])).unwrap();
    let filler = Envelope::sign(IN_TOTO, b"{}".to_vec(), &[&stranger]).unwrap().to_line();
    fs::write(&beside, format!("{filler}\n").repeat(300)).unwrap();
    let fresh = ["--policy", "trust.toml", "--key-statements", "s.jsonl"];
    assert!(signed.verify(&fresh, 1).contains("SHA256SUMS.sig: revoked-key: revoked 20"));
    // Among those that cannot be read, there may be a revocation.
    fs::write(&beside, "\n".repeat((1 << 20) + 1)).unwrap();
    let report = signed.verify(&["--policy", "trust.toml"], 2);
    assert!(report.contains("could-not-check: cannot read key-statements.jsonl in "), "{report}");
    fs::remove_file(&beside).unwrap();

    // A state that is damaged, or of another product, is no empty state.
    let state = signed.user.path().join("seen.json");
    let text = fs::read_to_string(&state).unwrap();
    for broken in ["", "{}", &text.replace("\"hello\"", "\"other\"")] {
        fs::write(&state, broken).unwrap();
        assert!(signed.verify(&before, 2).contains("seen.json cannot be used"));
    }
}

/// Runs `relhelper keys` on the secret keys `1.pem` and `2.pem` of the user, and adds to a file of the user.
fn add_statement(signed: &Signed, file: &str, arguments: &[&str]) {
    for seed in [1, 2] {
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap();
        let name = signed.user.path().join(format!("{seed}.pem"));
        fs::write(name, key.to_pem().unwrap().as_bytes()).unwrap();
    }
    let mut command = relhelper();
    command.current_dir(signed.user.path()).arg("keys").args(arguments);
    run(command.args(["--statements", file]), 0);
}

/// The second key takes the place of the first one for this product.
fn rotate(signed: &Signed, product: &str, version: &str) {
    let file = format!("{product}.jsonl");
    let arguments = ["rotate", "--product", product, "--from-version", version, "1.pem", "2.pem"];
    add_statement(signed, &file, &arguments);
}

impl Signed {
    /// Puts statements of the user beside the release.
    fn publish(&self, file: &str) {
        let beside = self.release.path().join("key-statements.jsonl");
        fs::copy(self.user.path().join(file), beside).unwrap();
    }
}

#[test]
fn a_key_that_is_revoked_beside_the_release_does_not_count() {
    let signed = Signed::new();
    signed.sign(&signer(1), "SHA256SUMS");
    add_statement(&signed, "s.jsonl", &["revoke", "--reason", "lost", "1.pem"]);
    let key = ["--key", "1.pub.pem"];
    signed.verify(&key, 0);
    let told = |report: &str| {
        assert!(report.contains("SHA256SUMS.sig: revoked-key: revoked 20"), "{report}");
        has(report, "FAIL: problems: 0, not checked: 0, signatures as 1.pub.pem asks: no");
    };
    signed.publish("s.jsonl");
    told(&signed.verify(&key, 1));
    fs::remove_file(signed.release.path().join("key-statements.jsonl")).unwrap();
    told(&signed.verify(&[&key[..], &["--key-statements", "s.jsonl"]].concat(), 1));
    signed.publish("s.jsonl");
    // Of another key, that says nothing.
    signed.sign(&signer(2), "SHA256SUMS");
    signed.verify(&["--key", "2.pub.pem"], 0);
    signed.verify(&["--key", "1.pub.pem", "--key", "2.pub.pem"], 0);
    // Among those that cannot be read, there may be a revocation.
    fs::write(signed.release.path().join("key-statements.jsonl"), "\n".repeat((1 << 20) + 1))
        .unwrap();
    let report = signed.verify(&["--key", "2.pub.pem"], 2);
    assert!(report.contains("could-not-check: cannot read key-statements.jsonl in "), "{report}");
    // Statements are about keys.
    signed.verify(&["--key-statements", "s.jsonl"], 2);
}

#[test]
fn a_key_is_followed_to_its_successor_for_the_product_of_the_release() {
    let signed = Signed::new();
    let key = ["--key", "1.pub.pem"];
    for (product, version) in [("other", "1.2.0"), ("hello", "1.2.0")] {
        rotate(&signed, product, version);
    }
    let unknown = "SHA256SUMS.sig: bad-signature: it is no signature of SHA256SUMS";
    signed.sign(&signer(2), "SHA256SUMS");
    has(&signed.verify(&key, 1), unknown);
    signed.publish("other.jsonl");
    has(&signed.verify(&key, 1), unknown);
    signed.publish("hello.jsonl");
    has(&signed.verify(&key, 0), "SHA256SUMS: signed: signed by 1.pub.pem");
    // The same key in two files is one.
    fs::copy(signed.user.path().join("1.pub.pem"), signed.user.path().join("copy.pem")).unwrap();
    signed.verify(&["--key", "1.pub.pem", "--key", "copy.pem"], 0);
    // The statements that the user has are followed, too.
    fs::remove_file(signed.release.path().join("key-statements.jsonl")).unwrap();
    signed.verify(&[&key[..], &["--key-statements", "hello.jsonl"]].concat(), 0);
    has(&signed.verify(&[&key[..], &["--key-statements", "other.jsonl"]].concat(), 1), unknown);

    // From that version on, the old key does not sign any more.
    signed.sign(&signer(1), "SHA256SUMS");
    signed.verify(&key, 0);
    signed.publish("other.jsonl");
    signed.verify(&key, 0);
    signed.publish("hello.jsonl");
    has(
        &signed.verify(&key, 1),
        "SHA256SUMS.sig: superseded-key: another key signs from version 1.2.0 on",
    );
}

#[test]
fn a_successor_signs_from_its_version_on() {
    let signed = Signed::new();
    rotate(&signed, "hello", "1.2.4");
    signed.publish("hello.jsonl");
    signed.sign(&signer(1), "SHA256SUMS");
    signed.verify(&["--key", "1.pub.pem"], 0);
    signed.sign(&signer(2), "SHA256SUMS");
    has(
        &signed.verify(&["--key", "1.pub.pem"], 1),
        "SHA256SUMS.sig: not-yet-valid: this key signs from version 1.2.4 on",
    );
}

/// The line of statements beside the release, made by `make` of the payload, with the list of signatures as if it had been so.
fn replace_line(signed: &Signed, make: impl Fn(Vec<u8>) -> String) {
    let path = |name: &str| signed.release.path().join(name);
    let before = fs::read_to_string(path("hello-1.2.3.intoto.jsonl")).unwrap();
    let after = make(fs::read(path("provenance.json")).unwrap());
    let digest = |line: &str| relhelper::facts::Sha256::of(line.as_bytes()).to_string();
    let index = fs::read_to_string(path("signatures.json")).unwrap();
    let (old, new) = (digest(before.trim_end()), digest(&after));
    assert!(index.contains(&old), "{index}");
    fs::write(path("signatures.json"), index.replace(&old, &new)).unwrap();
    fs::write(path("hello-1.2.3.intoto.jsonl"), format!("{after}\n")).unwrap();
}

#[test]
fn a_statement_that_the_key_has_not_signed_is_a_no_for_who_knows_the_key() {
    let signed = Signed::new();
    signed.policy(
        "[[key]]\nname = \"one\"\nkind = \"pem\"\nfile = \"1.pub.pem\"\n\
         [[require]]\nfiles = [\"checksums\"]\nidentities = [\"one\"]\n",
    );
    let secrets =
        [1, 2].map(|seed| SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap());
    fs::write(signed.user.path().join("1.pem"), &*secrets[0].to_pem().unwrap()).unwrap();
    let mut sign = relhelper();
    sign.current_dir(signed.user.path()).args(["sign", "--key", "1.pem"]);
    run(sign.arg(signed.release.path()), 0);
    let (key, policy) = (["--key", "1.pub.pem"], ["--policy", "trust.toml"]);
    signed.verify(&key, 0);
    signed.verify(&policy, 0);

    let ids = [0, 1].map(|index: usize| secrets[index].public().id().to_string());
    let sign = |payload: Vec<u8>, key: &SecretKey| {
        Envelope::sign(IN_TOTO, payload, &[key]).unwrap().to_line()
    };
    let told = "hello-1.2.3.intoto.jsonl: bad-signature: it is no signature of provenance.json";
    // By another key, under the name of this one; then by the key, about something else.
    replace_line(&signed, |payload| sign(payload, &secrets[1]).replace(&ids[1], &ids[0]));
    has(&signed.verify(&key, 1), told);
    has(&signed.verify(&policy, 1), told);
    // Who does not know the key cannot tell.
    signed.verify(&[], 0);
    replace_line(&signed, |_| sign(b"{}".to_vec(), &secrets[0]));
    has(&signed.verify(&key, 1), told);
    replace_line(&signed, |payload| sign(payload, &secrets[0]));
    signed.verify(&key, 0);
}

#[test]
fn older_versions_than_were_seen_are_refused() {
    let signed = Signed::new();
    signed.policy(POLICY);
    signed.sign(&signer(1), "SHA256SUMS");
    signed.sign(&bundler(2), "SHA256SUMS");
    let arguments = ["--policy", "trust.toml", "--state", "seen.json"];
    signed.verify(&arguments, 0);
    let state = signed.user.path().join("seen.json");
    let text = fs::read_to_string(&state).unwrap();
    assert!(text.contains("\"highestVersion\": \"1.2.3\""), "{text}");
    fs::write(&state, text.replace("1.2.3", "1.3.0")).unwrap();
    has(
        &signed.verify(&arguments, 1),
        "version-too-old: it is version 1.2.3, expected 1.3.0 or later",
    );
    // A release that did not pass changes nothing of it.
    assert!(fs::read_to_string(&state).unwrap().contains("1.3.0"));
}

#[test]
fn statements_fit_their_schema() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for seed in [1, 2] {
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap();
        fs::write(path(&format!("{seed}.pem")), key.to_pem().unwrap().as_bytes()).unwrap();
    }
    let keys = |arguments: &[&str]| {
        let mut command = relhelper();
        run(command.args(["keys"]).args(arguments).current_dir(folder.path()), 0);
    };
    keys(&[
        "rotate",
        "--product",
        "hello",
        "--from-version",
        "2.0.0",
        "--statements",
        "s",
        "1.pem",
        "2.pem",
    ]);
    keys(&[
        "revoke",
        "--reason",
        "lost",
        "--date",
        "2026-01-31T00:00:00Z",
        "--statements",
        "s",
        "1.pem",
    ]);
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/key-statement.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let text = fs::read_to_string(path("s")).unwrap();
    assert_eq!(text.lines().count(), 2);
    for line in text.lines() {
        let envelope: Value = serde_json::from_str(line).unwrap();
        let payload =
            data_encoding::BASE64.decode(envelope["payload"].as_str().unwrap().as_bytes()).unwrap();
        let mut statement: Value = serde_json::from_slice(&payload).unwrap();
        validate(&schema, &statement).unwrap();
        statement["more"] = true.into();
        assert!(validate(&schema, &statement).is_err());
    }
}
