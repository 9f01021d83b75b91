use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::schema;
use crate::support::{names, relhelper, run};

fn key(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys").join(name)
}

/// A release as far as `sign` looks at it.
fn release() -> TempDir {
    let folder = tempdir().unwrap();
    let files = [("a-1.tar.gz", "payload"), ("index.json", "{}")];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let sums = files.map(|(name, content)| {
        format!("{}  {name}\n", relhelper::facts::Sha256::of(content.as_bytes()))
    });
    fs::write(folder.path().join("SHA256SUMS"), sums.concat()).unwrap();
    folder
}

#[test]
fn signers_of_programs_get_no_password() {
    let folder = release();
    let mut command = relhelper();
    command.args(["codesign", "sign", "--timestamp-url", "https://me:hunter22@time.invalid/"]);
    let (_, errors) = run(command.arg(folder.path()).arg(folder.path().join("out")), 2);
    assert!(errors.contains("nothing is read from `https://time.invalid/`"), "{errors}");
    assert!(!errors.contains("hunter22"), "{errors}");
}

fn sign(folder: &TempDir) -> Command {
    let mut command = relhelper();
    command.arg("sign").arg(folder.path());
    command
}

fn every_key(command: &mut Command) -> &mut Command {
    command.arg("--key").arg(key("ed25519.pem")).arg("--key").arg(key("rsa.pem"));
    command.arg("--key").arg(key("p256.pem")).arg("--sigstore-key").arg(key("p256.pem"));
    command.arg("--minisign-key").arg(key("minisign.key")).arg("--ssh-key").arg(key("ssh"))
}

fn content(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    let names = names(folder.path()).into_iter();
    names.map(|name| (name.clone(), fs::read(folder.path().join(&name)).unwrap())).collect()
}

#[test]
fn signs_everything_with_every_key_and_again_changes_nothing() {
    let folder = release();
    let (stdout, stderr) = run(every_key(&mut sign(&folder)), 0);
    assert!(stdout.ends_with("signatures made: 18, kept: 0\n"), "{stdout}");
    assert_eq!(stderr, "");
    let index = fs::read(folder.path().join("signatures.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/signatures.schema.json");
    let schema = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    schema::validate(&schema, &index).unwrap();
    // The release, its signatures, six public keys, the fingerprints and the index.
    assert_eq!(names(folder.path()).len(), 3 + 18 + 6 + 2);
    let openssl = fs::read(key("ed25519.pub.pem")).unwrap();
    let ours = fs::read(folder.path().join("release-signing-public-key.pem")).unwrap();
    assert_eq!(ours, openssl);

    let before = content(&folder);
    let (stdout, _) = run(every_key(&mut sign(&folder)), 0);
    assert!(stdout.ends_with("signatures made: 0, kept: 18\n"), "{stdout}");
    assert_eq!(content(&folder), before);
    let (stdout, _) = run(sign(&folder).arg("--json").arg("--key").arg(key("rsa.pem")), 0);
    assert_eq!(stdout.as_bytes(), fs::read(folder.path().join("signatures.json")).unwrap());
}

#[test]
fn without_a_key_the_release_stays_as_it_is() {
    let folder = release();
    let before = content(&folder);
    let (stdout, _) = run(&mut sign(&folder), 0);
    assert_eq!(stdout, "unsigned: no key is configured, so nothing was written\n");
    assert_eq!(content(&folder), before);
    let config = tempdir().unwrap();
    let config = config.path().join("release.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "[signing]\nmechanisms = ['minisign']\n").unwrap();
    let (_, stderr) = run(sign(&folder).arg("--config").arg(&config), 2);
    assert!(stderr.contains("the release must be signed by minisign"), "{stderr}");
    let (_, stderr) =
        run(sign(&folder).arg("--config").arg(&config).arg("--key").arg(key("rsa.pem")), 2);
    assert!(stderr.contains("must be signed by minisign, and there is no such key"), "{stderr}");
    assert_eq!(content(&folder), before);
}

#[test]
fn signs_what_the_table_says_and_no_more() {
    let folder = release();
    let config = folder.path().join("release.toml");
    fs::write(&config, "[signing]\nfiles = ['sums']\n").unwrap();
    let pem = fs::read_to_string(key("ed25519.pem")).unwrap();
    run(sign(&folder).arg("--config").arg(&config).env("RELHELPER_SIGNING_KEY", pem), 0);
    let signed: Vec<_> = names(folder.path())
        .into_iter()
        .filter(|name| name.strip_suffix(".sig").is_some())
        .collect();
    assert_eq!(signed, ["SHA256SUMS.sig"]);
}

#[test]
fn a_signature_that_does_not_fit_is_never_written_over() {
    let folder = release();
    let with = |name: &str| {
        let mut command = sign(&folder);
        command.arg("--key").arg(key(name));
        command
    };
    fs::write(folder.path().join("index.json.sig"), [0; 64]).unwrap();
    let before = content(&folder);
    let (_, stderr) = run(&mut with("ed25519.pem"), 2);
    assert!(
        stderr.contains("the signature index.json.sig does not fit: bad signature"),
        "{stderr}"
    );
    assert_eq!(content(&folder), before);
    fs::remove_file(folder.path().join("index.json.sig")).unwrap();
    run(&mut with("rsa.pem"), 0);
    let before = content(&folder);
    // Another key of the same kind, then another release.
    let (_, stderr) = run(&mut with("rsa-other.pem"), 2);
    assert!(stderr.contains("release-signing-public-key.rsa.pem is another key"), "{stderr}");
    assert_eq!(content(&folder), before);
    fs::write(folder.path().join("index.json"), "[]").unwrap();
    let (_, stderr) = run(&mut with("rsa.pem"), 2);
    assert!(stderr.contains("index.json has the SHA-256"), "{stderr}");
}

#[test]
fn a_file_that_is_what_a_statement_signs_is_not_signed_by_keys_of_statements() {
    let folder = release();
    let payload = r#"{"statement":"rotation"}"#;
    let file = relhelper::attestation::dsse::pae(
        relhelper::trust::statement::PAYLOAD_TYPE,
        payload.as_bytes(),
    );
    fs::write(folder.path().join("a-1.tar.gz"), &file).unwrap();
    let sums = format!("{}  a-1.tar.gz\n", relhelper::facts::Sha256::of(&file));
    fs::write(folder.path().join("SHA256SUMS"), sums).unwrap();
    let before = content(&folder);
    for (option, name) in [("--key", "ed25519.pem"), ("--sigstore-key", "p256.pem")] {
        let (_, stderr) = run(sign(&folder).arg(option).arg(key(name)), 2);
        let expected = "cannot sign a-1.tar.gz: it begins with `DSSEv1 `, as the signed bytes of";
        assert!(stderr.contains(expected), "{stderr}");
        assert!(stderr.contains("leave it out of the release, pack it into"), "{stderr}");
        assert_eq!(content(&folder), before);
    }
    let mut command = sign(&folder);
    command.arg("--minisign-key").arg(key("minisign.key")).arg("--ssh-key").arg(key("ssh"));
    let (stdout, _) = run(&mut command, 0);
    assert!(stdout.ends_with("signatures made: 4, kept: 0\n"), "{stdout}");
}

#[test]
fn refuses_to_sign_what_the_sums_do_not_promise() {
    let folder = release();
    fs::write(folder.path().join("a-1.tar.gz"), "other").unwrap();
    let before = content(&folder);
    let (_, stderr) = run(every_key(&mut sign(&folder)), 2);
    assert!(stderr.contains("a-1.tar.gz has the SHA-256"), "{stderr}");
    assert_eq!(content(&folder), before);
    let two =
        sign(&folder).arg("--key").arg(key("rsa.pem")).arg("--key").arg(key("rsa.pem")).output();
    let stderr = String::from_utf8(two.unwrap().stderr).unwrap();
    assert!(stderr.contains("there are two rsa keys"), "{stderr}");
    assert!(stderr.contains("a second signer takes another one"), "{stderr}");
}

#[test]
fn a_second_signer_takes_another_mechanism() {
    let folder = release();
    run(sign(&folder).arg("--key").arg(key("ed25519.pem")), 0);
    let before = content(&folder);
    let seed = "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{seed}\n-----END PRIVATE KEY-----\n");
    let mut other = sign(&folder);
    let (_, stderr) = run(other.env("RELHELPER_SIGNING_KEY", pem), 2);
    let told = "release-signing-public-key.pem is another key than the one that signs now";
    assert!(stderr.contains(told), "{stderr}");
    assert!(stderr.contains("a second signer takes another mechanism"), "{stderr}");
    assert_eq!(content(&folder), before);
    run(sign(&folder).arg("--ssh-key").arg(key("ssh")), 0);
}

#[test]
fn no_secret_is_shown_or_left_behind() {
    let folder = release();
    let temporary = tempdir().unwrap();
    let secret = "MC4CAQAwBQYDK2VwBCIEI";
    for name in ["ed25519.pem", "encrypted.pem", "p256.old.pem", "rsa1024.pem", "k256.pem"] {
        let text = fs::read_to_string(key(name)).unwrap();
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('-')).collect();
        let output = sign(&folder)
            .env("TMPDIR", temporary.path())
            .env("RELHELPER_SIGNING_KEY", &text)
            .output()
            .unwrap();
        let mut shown = String::from_utf8_lossy(&output.stdout).into_owned();
        shown.push_str(&String::from_utf8_lossy(&output.stderr));
        for (name, bytes) in content(&folder) {
            shown.push_str(&name);
            shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert!(!shown.contains(secret), "{name}");
        for line in lines {
            assert!(!shown.contains(line), "{name} shows {line}");
        }
    }
    assert_eq!(names(temporary.path()), [""; 0]);
}

#[test]
fn makes_keys_that_it_shows_and_never_writes_over() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let keys = |arguments: &[&str], exit_code| {
        run(relhelper().current_dir(folder.path()).arg("keys").args(arguments), exit_code)
    };
    let (stdout, _) = keys(&["generate", "release.pem"], 0);
    let secret = fs::read_to_string(path("release.pem")).unwrap();
    assert!(!stdout.contains(secret.lines().nth(1).unwrap()));
    let (id, _) = keys(&["fingerprint", "release.pem"], 0);
    assert!(stdout.ends_with(&format!("id: {id}")), "{stdout}");
    assert_eq!(keys(&["fingerprint", "release.pem.pub"], 0).0, id);
    let (public, _) = keys(&["export", "release.pem"], 0);
    assert_eq!(public, fs::read_to_string(path("release.pem.pub")).unwrap());
    let (_, stderr) = keys(&["generate", "release.pem"], 2);
    assert!(stderr.contains("release.pem.pub exists"), "{stderr}");
    fs::remove_file(path("release.pem.pub")).unwrap();
    keys(&["generate", "release.pem"], 2);
    assert_eq!(fs::read_to_string(path("release.pem")).unwrap(), secret);

    fs::write(path("phrase"), "swordfish\n").unwrap();
    keys(&["generate", "--kind", "minisign", "--passphrase-file", "phrase", "mini.key"], 0);
    let (json, _) = keys(&["show", "--json", "mini.key.pub"], 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["kind"], &json["mechanisms"][0]), (&"minisign".into(), &"minisign".into()));
    #[cfg(unix)]
    for name in ["release.pem", "mini.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(path(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (shown, _) = run(relhelper().args(["keys", "show"]).arg(key("ssh")), 0);
    assert!(shown.starts_with("kind: OpenSSH Ed25519\nid: SHA256:"), "{shown}");
}
