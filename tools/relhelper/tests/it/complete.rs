//! Whether a release has all the signatures that it should have, with and without keys.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::schema;
use crate::support::{names, relhelper, run};
use crate::verify_signatures::{Signed, has};

fn key(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys").join(name)
}

const FORMS: &str = ".intoto.jsonl";

/// A release that `relhelper sign` has signed with these keys; the first one is the user's `key.pem`.
fn signed_by(keys: &[&str]) -> Signed {
    let signed = Signed::new();
    sign(&signed, keys, 0);
    fs::copy(key(&keys[0].replace(".pem", ".pub.pem")), signed.user.path().join("key.pem"))
        .unwrap();
    signed
}

fn sign(signed: &Signed, keys: &[&str], exit_code: i32) -> String {
    let mut command = relhelper();
    command.arg("sign").arg(signed.release.path());
    for name in keys {
        command.arg("--key").arg(key(name));
    }
    let (stdout, stderr) = run(&mut command, exit_code);
    stdout + &stderr
}

fn at(signed: &Signed, name: &str) -> PathBuf {
    signed.release.path().join(name)
}

/// Takes a file away, and gives what brings it back.
fn take<'a>(signed: &'a Signed, name: &str) -> impl FnOnce() + use<'a> {
    let path = at(signed, name);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    move || fs::write(path, bytes).unwrap()
}

fn with_suffix(signed: &Signed, suffix: &str) -> Vec<String> {
    let names = names(signed.release.path());
    names.into_iter().filter(|name| name.strip_suffix(suffix).is_some()).collect()
}

fn lines(signed: &Signed) -> (PathBuf, String) {
    let [name] = with_suffix(signed, FORMS).try_into().unwrap();
    let path = at(signed, &name);
    (path.clone(), fs::read_to_string(path).unwrap())
}

#[test]
fn a_release_that_says_it_is_signed_lacks_none_of_its_signatures() {
    let signed = signed_by(&["ed25519.pem"]);
    signed.verify(&[], 0);
    let signatures = with_suffix(&signed, ".sig");
    assert!(signatures.len() > 8, "{signatures:?}");
    for name in &signatures {
        let back = take(&signed, name);
        let report = signed.verify(&[], 1);
        let file = name.strip_suffix(".sig").unwrap();
        let line = format!(
            "{file}: not signed: found no file called `{name}`, expected a signature by ed25519, which must be there"
        );
        has(&report, &line);
        // An empty file is no signature either.
        fs::write(at(&signed, name), "").unwrap();
        assert!(
            signed.verify(&[], 1).contains(&format!("{file}: not signed: found an empty file"))
        );
        back();
    }
    signed.verify(&["--key", "key.pem", "--require-signature"], 0);
    let json = {
        let _back = take(&signed, &signatures[0]);
        signed.verify(&["--json"], 1)
    };
    let report: Value = serde_json::from_str(&json).unwrap();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/verify-report.schema.json");
    schema::validate(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap(), &report).unwrap();
    assert_eq!(report["problems"][0]["kind"], "unsigned");
}

#[test]
fn the_list_of_signatures_is_held_against_the_release() {
    let signed = signed_by(&["ed25519.pem"]);
    let list = at(&signed, "signatures.json");
    let text = fs::read_to_string(&list).unwrap();
    let payload = &signed.payloads()[0];
    let digest = relhelper::facts::Sha256::of(&fs::read(at(&signed, payload)).unwrap()).to_string();
    assert!(text.contains(&digest));
    let other = relhelper::facts::Sha256::of(b"other").to_string();
    for (broken, told) in [
        (
            text.replace(&digest, &other),
            format!("signatures.json: the digest of `{payload}`: does not agree"),
        ),
        (
            text.replace("\"formatVersion\": 1", "\"formatVersion\": 2"),
            "signatures.json: not of its format".to_owned(),
        ),
        ("{}".to_owned(), "signatures.json: not of its format".to_owned()),
    ] {
        assert_ne!(broken, text);
        fs::write(&list, broken).unwrap();
        let report = signed.verify(&[], 1);
        assert!(report.contains(&told), "{told}\nis not in\n{report}");
    }
    fs::write(&list, text).unwrap();
    let back = take(&signed, "release-signing-public-key.pem");
    assert!(signed.verify(&[], 1).contains("release-signing-public-key.pem: missing"));
    back();
    signed.verify(&[], 0);
}

#[test]
fn who_strips_the_list_too_is_found_out_by_whoever_has_a_key() {
    let signed = signed_by(&["ed25519.pem"]);
    let payload = signed.payloads()[0].clone();
    signed.policy(
        "[[key]]\nname = \"k\"\nkind = \"pem\"\nfile = \"key.pem\"\n\
         [[require]]\nfiles = [\"checksums\", \"payload\"]\nidentities = [\"k\"]\n",
    );
    let config = signed.user.path().join("release.toml");
    fs::write(&config, "[signing]\nmechanisms = [\"ed25519\"]\n").unwrap();
    let (strict, policy) =
        (["--key", "key.pem", "--require-signature"], ["--policy", "trust.toml"]);
    let demand = ["--config", "release.toml"];
    for arguments in [&strict[..], &policy, &demand] {
        signed.verify(arguments, 0);
    }
    fs::remove_file(at(&signed, "signatures.json")).unwrap();
    fs::remove_file(at(&signed, &format!("{payload}.sig"))).unwrap();
    let line = format!("{payload}: no-signature: there is no signature, and there must be one");
    has(&signed.verify(&strict, 1), &line);
    has(&signed.verify(&policy, 1), &line);
    assert!(signed.verify(&demand, 1).contains(&format!("{payload}: not signed: found no file")));
    // `SHA256SUMS` is signed, and has the digest of that file.
    signed.verify(&["--key", "key.pem"], 0);
    for name in with_suffix(&signed, ".sig") {
        fs::remove_file(at(&signed, &name)).unwrap();
    }
    for arguments in [&strict[..], &policy, &demand, &["--key", "key.pem"]] {
        signed.verify(arguments, 1);
    }
    // Nothing tells it from a release that was never signed, and the report says so.
    let report = signed.verify(&[], 0);
    assert!(report.contains("who made it, only signatures tell"), "{report}");
}

#[test]
fn provenance_is_signed_as_a_statement_and_lines_are_only_added() {
    let signed = signed_by(&["ed25519.pem"]);
    let (path, first) = lines(&signed);
    assert_eq!(first.lines().count(), 1);
    let envelope: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    let payload = envelope["payload"].as_str().unwrap();
    let payload = data_encoding::BASE64.decode(payload.as_bytes()).unwrap();
    assert_eq!(payload, fs::read(at(&signed, "provenance.json")).unwrap());

    // Again changes nothing, also with keys whose signatures are never the same; another key adds a line.
    let all = ["ed25519.pem", "p256.pem", "rsa.pem"];
    sign(&signed, &all, 0);
    let (_, three) = lines(&signed);
    assert_eq!(three.lines().count(), 3);
    assert!(three.starts_with(&first));
    let list = fs::read(at(&signed, "signatures.json")).unwrap();
    let told = sign(&signed, &all, 0);
    assert!(told.contains("signatures made: 0, kept: "), "{told}");
    assert_eq!(lines(&signed).1, three);
    assert_eq!(fs::read(at(&signed, "signatures.json")).unwrap(), list);
    let value: Value = serde_json::from_slice(&list).unwrap();
    let attestations = value["attestations"].as_array().unwrap();
    assert_eq!(attestations.len(), 3);
    let digests: Vec<_> = three
        .lines()
        .map(|line| relhelper::facts::Sha256::of(line.as_bytes()).to_string())
        .collect();
    for one in attestations {
        assert!(digests.iter().any(|digest| one["line"] == **digest), "{one}");
    }
    signed.verify(&[], 0);

    // A line of somebody else stays; a line that goes away, or is changed, is found out.
    let more = format!("{three}{{\"of\":\"somebody else\"}}\n");
    fs::write(&path, &more).unwrap();
    sign(&signed, &all, 0);
    assert_eq!(lines(&signed).1, more);
    signed.verify(&[], 0);
    fs::write(&path, three.split_once('\n').unwrap().1).unwrap();
    assert!(
        signed
            .verify(&[], 1)
            .contains("provenance.json: not signed: found no line with the SHA-256")
    );
    let told = sign(&signed, &all, 2);
    assert!(told.contains("signatures.json names the line"), "{told}");
    fs::remove_file(&path).unwrap();
    assert!(signed.verify(&[], 1).contains("provenance.json: not signed"));
}

#[test]
fn a_wrong_statement_is_an_error_and_stays() {
    let signed = Signed::new();
    let stem = "hello-1.2.3.intoto.jsonl";
    let other = signed_by(&["rsa.pem"]);
    let id = |name: &str| {
        let (id, _) = run(relhelper().args(["keys", "fingerprint"]).arg(key(name)), 0);
        id.trim().to_owned()
    };
    let forged = lines(&other).1.replace(&id("rsa.pem"), &id("ed25519.pem"));
    fs::write(at(&signed, stem), &forged).unwrap();
    let before = names(signed.release.path());
    let told = sign(&signed, &["ed25519.pem"], 2);
    assert!(
        told.contains("line 1 names the key that signs now, and has no right signature of it"),
        "{told}"
    );
    assert_eq!(names(signed.release.path()), before);
    assert_eq!(fs::read_to_string(at(&signed, stem)).unwrap(), forged);
}
