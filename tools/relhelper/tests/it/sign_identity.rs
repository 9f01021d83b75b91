//! `relhelper sign --sigstore-identity` before servers on this machine. That real bundles come out, `.ci/judges/keyless.py` shows.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use relhelper::signature::key::PublicKey;
use serde_json::{Value, json};
use tempfile::tempdir;
use tiny_http::{Header, Response, Server};

use crate::support::{names, relhelper, run};

/// What a server was asked: method and path, `Authorization`, body.
type Asked = (String, String, String);

/// Answers every request with one of `answers` in turn: status, body, address that is sent on to.
fn server(answers: Vec<(u16, String, Option<&'static str>)>) -> (String, Receiver<Asked>) {
    let server = Server::http("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.server_addr());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for (status, body, location) in answers {
            let Ok(mut request) = server.recv() else { return };
            let mut text = String::new();
            request.as_reader().read_to_string(&mut text).unwrap();
            let bearer =
                request.headers().iter().find(|header| header.field.equiv("Authorization"));
            let bearer = bearer.map(|header| header.value.to_string()).unwrap_or_default();
            sender.send((format!("{} {}", request.method(), request.url()), bearer, text)).unwrap();
            let mut response = Response::from_string(body).with_status_code(status);
            if let Some(location) = location {
                response.add_header(Header::from_bytes("Location", location).unwrap());
            }
            request.respond(response).unwrap();
        }
    });
    (address, receiver)
}

fn token() -> String {
    let claims = json!({"iss": "https://issuer.example", "sub": "repo:a/b"}).to_string();
    format!("e30.{}.c2VjcmV0", BASE64URL_NOPAD.encode(claims.as_bytes()))
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keyless").join(name)
}

/// What is told when `sign` fails, which leaves the folder as it was and shows no token.
fn refused(url: &str, environment: &[(&str, &str)]) -> String {
    refused_with(b"payload", url, environment)
}

/// The same, with these bytes as the payload.
fn refused_with(payload: &[u8], url: &str, environment: &[(&str, &str)]) -> String {
    let folder = tempdir().unwrap();
    let sums = format!("{}  a-1.tar.gz\n", relhelper::facts::Sha256::of(payload));
    std::fs::write(folder.path().join("a-1.tar.gz"), payload).unwrap();
    std::fs::write(folder.path().join("SHA256SUMS"), sums).unwrap();
    let elsewhere = tempdir().unwrap();
    let config = elsewhere.path().join("release.toml");
    std::fs::write(&config, "[signing]\nfiles = ['payloads']\n").unwrap();
    let mut command = relhelper();
    command.arg("sign").arg("--sigstore-identity").arg(folder.path());
    command.arg("--config").arg(&config);
    command.arg("--fulcio-url").arg(url).arg("--rekor-url").arg(url);
    command.arg("--trusted-root").arg(fixture("trusted-root.json"));
    command.envs(environment.iter().copied());
    let (stdout, stderr) = run(&mut command, 2);
    assert_eq!(stdout, "");
    assert!(!stderr.contains(&token()) && !stderr.contains("c2VjcmV0"), "{stderr}");
    assert_eq!(names(folder.path()), ["SHA256SUMS", "a-1.tar.gz"]);
    stderr
}

#[test]
fn asks_for_a_certificate_with_a_proof_that_it_has_the_key() {
    let (url, asked) = server(vec![(403, "no".to_owned(), None)]);
    let stderr = refused(&url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("the certificate authority gives no answer"), "{stderr}");
    assert!(stderr.contains("status 403"), "{stderr}");
    let (what, _, body) = asked.recv().unwrap();
    assert_eq!(what, "POST /api/v2/signingCert");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["credentials"]["oidcIdentityToken"], token());
    let request = &body["publicKeyRequest"];
    let key = PublicKey::from_pem(request["publicKey"]["content"].as_str().unwrap()).unwrap();
    let proof = request["proofOfPossession"].as_str().unwrap();
    key.verify(b"repo:a/b", &BASE64.decode(proof.as_bytes()).unwrap()).unwrap();
}

#[test]
fn takes_the_identity_that_github_actions_gives() {
    let answer = json!({"value": token()}).to_string();
    let (url, asked) = server(vec![(200, answer, None), (400, String::new(), None)]);
    let request = format!("{url}/token?api-version=2.0");
    let stderr = refused(
        &url,
        &[
            ("ACTIONS_ID_TOKEN_REQUEST_URL", &request),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "c2VjcmV0"),
        ],
    );
    assert!(stderr.contains("status 400"), "{stderr}");
    let (what, bearer, _) = asked.recv().unwrap();
    assert_eq!(what, "GET /token?api-version=2.0&audience=sigstore");
    assert_eq!(bearer, "Bearer c2VjcmV0");
    let (_, _, body) = asked.recv().unwrap();
    assert!(body.contains(&token()));
}

#[test]
fn no_token_is_sent_on_to_another_address() {
    let (url, asked) =
        server(vec![(307, String::new(), Some("/elsewhere")), (200, String::new(), None)]);
    let stderr = refused(&url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("status 307"), "{stderr}");
    assert_eq!(asked.try_iter().count(), 1);
    let stderr = refused("http://fulcio.example", &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("it is plain HTTP"), "{stderr}");
}

#[test]
fn an_answer_without_end_and_one_that_is_none_are_refused() {
    let (url, _asked) = server(vec![(200, " ".repeat(2 << 20), None)]);
    let stderr = refused(&url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("more than 1048576 bytes"), "{stderr}");
    let (url, _asked) = server(vec![(201, "{}".to_owned(), None)]);
    let stderr = refused(&url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("no promise of a log"), "{stderr}");
}

/// What an authority answers that certifies a key.
fn certificate() -> String {
    let bundle: Value =
        serde_json::from_slice(&std::fs::read(fixture("good.sigstore.json")).unwrap()).unwrap();
    let chain = "/verificationMaterial/x509CertificateChain/certificates/0/rawBytes";
    let pem = bundle.pointer(chain).unwrap().as_str().unwrap();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
    json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": [pem]}}}).to_string()
}

#[test]
fn a_file_that_is_what_a_statement_signs_is_not_shown_to_the_log() {
    let (url, asked) = server(vec![(201, certificate(), None), (201, "{}".to_owned(), None)]);
    let payload = b"DSSEv1 28 application/vnd.in-toto+json 2 {}";
    let stderr = refused_with(payload, &url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("cannot sign a-1.tar.gz: it begins with `DSSEv1 `"), "{stderr}");
    assert_eq!(asked.try_iter().count(), 1);
}

#[test]
fn a_log_that_does_not_prove_its_entry_gives_no_signature() {
    let (url, asked) = server(vec![(201, certificate(), None), (201, "{}".to_owned(), None)]);
    let stderr = refused(&url, &[("SIGSTORE_ID_TOKEN", &token())]);
    assert!(stderr.contains("cannot sign"), "{stderr}");
    assert!(stderr.contains("not exactly one entry"), "{stderr}");
    let (what, _, _) = asked.iter().nth(1).unwrap();
    assert_eq!(what, "POST /api/v1/log/entries");
}

#[test]
fn an_issuer_that_answers_with_the_bare_token_does_not_have_it_printed() {
    let (url, asked) = server(vec![(200, json!(token()).to_string(), None)]);
    let environment =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")];
    let stderr = refused(&url, &environment);
    assert!(stderr.contains("the answer of the issuer of tokens cannot be used"), "{stderr}");
    assert_eq!(asked.try_iter().count(), 1);
}

#[test]
fn an_address_of_tokens_that_is_refused_is_told_without_its_secrets() {
    for (address, why) in [
        ("http://issuer.example/token?code=c2VjcmV0", "it is plain HTTP"),
        ("https://me:c2VjcmV0@issuer.example/token", "it has a user name or a password"),
    ] {
        let environment =
            [("ACTIONS_ID_TOKEN_REQUEST_URL", address), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")];
        let stderr = refused("http://127.0.0.1:9", &environment);
        assert!(stderr.contains("//issuer.example/token") && stderr.contains(why), "{stderr}");
    }
}

#[test]
fn without_an_identity_nothing_is_asked() {
    let (url, asked) = server(vec![(200, String::new(), None)]);
    let stderr = refused(&url, &[("ACTIONS_ID_TOKEN_REQUEST_URL", &url)]);
    assert!(stderr.contains("the environment has no identity"), "{stderr}");
    assert_eq!(asked.try_iter().count(), 0);
}
