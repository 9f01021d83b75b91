//! `relhelper attest` and `relhelper summarize`: from a release to a summary.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use relhelper::attestation::dsse::Envelope;
use relhelper::facts::Sha256;
use relhelper::signature::key::{PublicKey, SecretKey};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::documents::schema;
use crate::schema::validate;
use crate::support::{emit_release, release_metadata, relhelper, run, write_attributes};

const LINES: &str = "hello-1.2.3.intoto.jsonl";

/// A release of two artifacts, and keys `1.pem`, `2.pem` of two builders and `9.pem` of the verifier beside it.
struct Stage(TempDir);

impl Stage {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let (store, attributes) = (folder.path().join("store"), folder.path().join("attributes"));
        fs::create_dir(&store).unwrap();
        let release = folder.path().join("release");
        write_attributes(&attributes, &release_metadata(&store), &release);
        run(emit_release(&store).arg("--attributes").arg(attributes), 0);
        let stage = Self(folder);
        for seed in [1, 2, 9] {
            fs::write(stage.path(&format!("{seed}.pem")), &*key(seed).to_pem().unwrap()).unwrap();
        }
        let policy = |operator: &str| {
            let builder = |seed: u8, operator: &str| {
                format!(
                    "[[key]]\nname = \"k{seed}\"\nkind = \"pem\"\npublicKey = '''{}'''\n\
                     [[builder]]\nid = \"{}\"\noperator = \"{operator}\"\nmachine = \"{seed}\"\nkeys = [\"k{seed}\"]\n",
                    key(seed).public().to_pem(),
                    id(seed),
                )
            };
            let (one, two) = (builder(1, "One"), builder(2, operator));
            format!("formatVersion = 1\nproduct = \"hello\"\n{one}{two}[rebuilds]\nthreshold = 2\n")
        };
        fs::write(stage.path("trust.toml"), policy("Two")).unwrap();
        fs::write(stage.path("same.toml"), policy("One")).unwrap();
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn attest(&self, seed: u8, exit_code: i32, more: &[&str]) -> (String, String) {
        let mut command = relhelper();
        command.current_dir(self.0.path()).args(["attest", "release", "--builder-id", &id(seed)]);
        run(command.args(["--key-file", &format!("{seed}.pem")]).args(more), exit_code)
    }

    fn summarize(&self, policy: &str, exit_code: i32, more: &[&str]) -> (String, String) {
        let mut command = relhelper();
        command.current_dir(self.0.path()).args(["summarize", "release", "--policy", policy]);
        command.args(["--key-file", "9.pem", "--verifier-id", "https://verifier.example"]);
        run(command.args(more), exit_code)
    }

    /// The report of a rebuild in which `change` happened.
    fn report(&self, change: impl FnOnce(&mut Value)) {
        let provenance: Value =
            serde_json::from_slice(&fs::read(self.path("release/provenance.json")).unwrap())
                .unwrap();
        let file = |subject: &Value| {
            let digest = &subject["digest"]["sha256"];
            json!({ "file": subject["name"], "verdict": "match", "published": digest, "rebuilt": digest, "findings": [] })
        };
        let steps = ["verify", "source", "settings", "derivations", "build", "inputs", "compare"];
        let mut report = json!({
            "formatVersion": 1,
            "release": { "name": "hello", "version": "1.2.3" },
            "steps": steps.map(|name| json!({ "name": name, "outcome": "yes" })),
            "files": provenance["subject"].as_array().unwrap().iter().map(file).collect::<Vec<_>>(),
            "derivations": [{ "path": "/nix/store/a.drv", "state": "builtNow" }],
            "environment": { "relhelper": "0.1.0", "nix": "2.8.0", "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T01:00:00Z" },
        });
        change(&mut report);
        fs::write(self.path("report.json"), report.to_string()).unwrap();
    }

    /// The last line of the release's attestations: what `seed` signed there.
    fn last(&self, seed: u8) -> Value {
        let text = fs::read_to_string(self.path("release").join(LINES)).unwrap();
        let envelope = Envelope::parse(text.lines().last().unwrap().as_bytes()).unwrap();
        let verified = envelope.verified_by(&[key(seed).public()]).unwrap();
        serde_json::from_slice(&verified.payload).unwrap()
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.path("release").join(LINES)).map_or(0, |text| text.lines().count())
    }
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_ed25519_seed(&[seed; 32].into()).unwrap()
}

fn id(seed: u8) -> String {
    format!("https://builder-{seed}.example")
}

#[test]
fn two_rebuilds_become_a_summary_that_says_reproduced() {
    let stage = Stage::new();
    stage.report(|_| ());
    let (stdout, _) = stage.attest(1, 0, &["--report", "report.json"]);
    expect![[r#"

        release/hello-1.2.3.intoto.jsonl: https://builder-1.example attests 2 artifacts as reproduced, 0 as different
    "#]].assert_eq(&format!("\n{stdout}"));
    // The same report says nothing new.
    stage.attest(1, 0, &["--report", "report.json"]);
    assert_eq!(stage.lines(), 1);

    let (stdout, _) = stage.summarize("trust.toml", 1, &[]);
    expect![[r#"
        line 1: https://builder-1.example reproduced 2 artifacts
        hello-1.2.3-source.tar.gz: 1 of 2 builders, too few
        hello-1.2.3-x86_64-unknown-linux-musl.tar.gz: 1 of 2 builders, too few
        not enough builders agree
    "#]]
    .assert_eq(&stdout);
    assert_eq!(stage.last(9)["predicate"]["verificationResult"], "FAILED");

    stage.attest(2, 0, &["--report", "report.json"]);
    let statement = stage.last(2);
    let provenance: Value =
        serde_json::from_slice(&fs::read(stage.path("release/provenance.json")).unwrap()).unwrap();
    assert_eq!(statement["subject"], provenance["subject"]);
    assert_eq!(
        statement["predicate"]["buildDefinition"],
        provenance["predicate"]["buildDefinition"]
    );
    let details = &statement["predicate"]["runDetails"];
    assert_eq!(
        details["builder"],
        json!({ "id": id(2), "version": { "nix": "2.8.0", "relhelper": "0.1.0" } })
    );
    assert_eq!(details["metadata"]["startedOn"], "2026-01-01T00:00:00Z");

    let (stdout, _) = stage.summarize("trust.toml", 0, &[]);
    assert!(stdout.ends_with("enough builders agree, two of them independent\n"), "{stdout}");
    let predicate = &stage.last(9)["predicate"];
    assert_eq!(predicate["verificationResult"], "PASSED");
    let levels = json!(["SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_REPRODUCED"]);
    assert_eq!(predicate["verifiedLevels"], levels);
    assert_eq!(predicate["resourceUri"], "pkg:generic/hello@1.2.3");
    let policy = Sha256::of(&fs::read(stage.path("trust.toml")).unwrap());
    assert_eq!(predicate["policy"]["digest"]["sha256"], policy.to_string());
    assert_eq!(predicate["inputAttestations"].as_array().unwrap().len(), 2);

    // One operator, two builders: never independent.
    stage.summarize("same.toml", 0, &["--out", "other.jsonl", "--json"]);
    let text = fs::read_to_string(stage.path("other.jsonl")).unwrap();
    let envelope = Envelope::parse(text.trim().as_bytes()).unwrap();
    let payload = envelope.verified_by(&[key(9).public()]).unwrap().payload;
    assert!(!String::from_utf8(payload).unwrap().contains("REPRODUCED"));
}

#[test]
fn a_difference_is_attested_and_the_answer_is_no() {
    let stage = Stage::new();
    stage.report(|it| {
        it["files"][0]["verdict"] = json!("mismatch");
        it["files"][0]["rebuilt"] = json!(Sha256::of(b"other"));
        it["files"][0]["findings"] = json!(["bin/hello: build date"]);
    });
    stage.attest(1, 1, &["--report", "report.json"]);
    assert_eq!(stage.lines(), 2);
    let statement = stage.last(1);
    assert_eq!(statement["predicateType"], "urn:relhelper:predicate:rebuild-difference:0.1");
    assert_eq!(statement["subject"].as_array().unwrap().len(), 1);
    assert_eq!(statement["predicate"]["differences"][0]["causes"][0], "bin/hello: build date");
    let schema = schema("rebuild-difference.schema.json");
    validate(&schema, &statement["predicate"]).unwrap();
    for (pointer, bad) in [
        ("/differences", json!([])),
        ("/differences/0/verdict", json!("match")),
        ("/differences/0/rebuilt/sha256", json!("0")),
        ("/differences/0/name", json!(1)),
        ("/runDetails/builder/id", json!("me")),
        ("/buildDefinition/buildType", json!(null)),
    ] {
        let mut broken = statement["predicate"].clone();
        *broken.pointer_mut(pointer).unwrap() = bad;
        assert!(validate(&schema, &broken).is_err(), "{pointer}");
    }
    let (stdout, _) = stage.summarize("trust.toml", 1, &[]);
    assert!(stdout.contains("  conflict: https://builder-1.example got"), "{stdout}");
}

#[test]
fn the_run_that_made_a_release_can_be_attested() {
    let stage = Stage::new();
    let more = [
        "--built",
        "--nix-version",
        "2.34.8",
        "--started",
        "2026-01-01T00:00:00+01:00",
        "--finished",
        "2026-01-01T00:00:00Z",
    ];
    stage.attest(1, 0, &more);
    let details = &stage.last(1)["predicate"]["runDetails"];
    assert_eq!(details["builder"]["version"]["nix"], "2.34.8");
    assert_eq!(details["metadata"]["startedOn"], "2025-12-31T23:00:00Z");
    assert!(details["metadata"]["invocationId"].as_str().unwrap().starts_with("urn:uuid:"));
    // Each run is another one, and lines are added.
    stage.attest(1, 0, &more);
    assert_eq!(stage.lines(), 2);
}

#[test]
fn what_is_not_established_is_not_attested() {
    let stage = Stage::new();
    stage.report(|it| it["derivations"][0]["state"] = json!("copied"));
    let (_, stderr) = stage.attest(1, 2, &["--report", "report.json"]);
    assert!(stderr.contains("the rebuild built nothing itself"), "{stderr}");
    stage.report(|it| it["files"] = json!([]));
    let (_, stderr) = stage.attest(1, 2, &["--report", "report.json"]);
    assert!(stderr.contains("nothing can be attested"), "{stderr}");
    // A release whose files are not the ones it names.
    let file = "release/hello-1.2.3-source.tar.gz";
    fs::write(stage.path(file), "tampered").unwrap();
    stage.report(|_| ());
    for more in [&["--report", "report.json"][..], &["--built"]] {
        let (_, stderr) = stage.attest(1, 2, more);
        assert!(stderr.contains("is not the published one"), "{stderr}");
    }
    stage.summarize("trust.toml", 2, &[]);
    assert_eq!(stage.lines(), 0);
}

#[test]
fn refuses_keys_and_names_that_mean_nothing_and_shows_no_secret() {
    let stage = Stage::new();
    fs::copy(stage.path("1.pem"), stage.path("7.pem")).unwrap();
    let secret = fs::read_to_string(stage.path("7.pem")).unwrap().replace("PRIVATE", "PUBLIC");
    fs::write(stage.path("7.pem"), &secret).unwrap();
    let (_, stderr) = stage.attest(7, 2, &["--built"]);
    assert!(stderr.contains("7.pem has no key to sign with"), "{stderr}");
    assert!(!stderr.contains(secret.lines().nth(1).unwrap()), "{stderr}");
    let mut command = relhelper();
    command.current_dir(stage.0.path()).args([
        "attest",
        "release",
        "--built",
        "--key-file",
        "1.pem",
    ]);
    let (_, stderr) = run(command.args(["--builder-id", "me"]), 2);
    assert!(stderr.contains("`me` is not a URI"), "{stderr}");
    let mut command = relhelper();
    command.current_dir(stage.0.path()).args(["attest", "release", "--built"]);
    let (_, stderr) = run(command.args(["--builder-id", &id(1)]), 2);
    assert!(stderr.contains("there is no key to sign with"), "{stderr}");
    run(command.env("RELHELPER_SIGNING_KEY", &*key(1).to_pem().unwrap()), 0);
    assert_eq!(stage.lines(), 1);
    fs::remove_file(stage.path("release").join(LINES)).unwrap();
    // A server is read from, never written to.
    let mut command = relhelper();
    command.current_dir(stage.0.path()).args(["attest", "http://127.0.0.1:1/", "--built"]);
    let (_, stderr) = run(command.args(["--key-file", "1.pem", "--builder-id", &id(1)]), 2);
    assert!(stderr.contains("127.0.0.1"), "{stderr}");
    assert_eq!(stage.lines(), 0);
}

#[test]
fn public_keys_can_lie_beside_the_policy() {
    let stage = Stage::new();
    let text = fs::read_to_string(stage.path("trust.toml")).unwrap();
    let pem = key(1).public().to_pem();
    assert_eq!(PublicKey::from_pem(&pem).unwrap(), key(1).public());
    let text = text.replace(&format!("publicKey = '''{pem}'''"), "file = \"one.pem\"");
    fs::write(stage.path("trust.toml"), &text).unwrap();
    let (_, stderr) = stage.summarize("trust.toml", 2, &[]);
    assert!(stderr.contains("one.pem"), "{stderr}");
    fs::write(stage.path("one.pem"), pem).unwrap();
    stage.summarize("trust.toml", 1, &[]);
    fs::write(stage.path("trust.toml"), text.replace("one.pem", "../one.pem")).unwrap();
    let (_, stderr) = stage.summarize("trust.toml", 2, &[]);
    assert!(stderr.contains("is not a plain file name"), "{stderr}");
    assert!(Path::new(&stage.path("one.pem")).exists());
}
