//! Servers behind TLS, and proxies, on loopback.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use relhelper::io::http::{ClientError, Http, Settings};
use relhelper::io::origin::Origin as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use tempfile::{TempDir, tempdir};

use crate::certificate::{Authority, EXPIRED, Identity, VALID};
use crate::support::{relhelper, run};

/// A server on loopback, as long as the test runs.
struct Server {
    address: SocketAddr,
    /// The heads of all requests that came.
    requests: Arc<Mutex<Vec<String>>>,
    /// How often somebody connected.
    connections: Arc<Mutex<usize>>,
}

impl Server {
    fn new(
        handle: impl Fn(TcpStream, &Mutex<Vec<String>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<_>>::default());
        let (seen, count, handle) =
            (Arc::clone(&requests), Arc::clone(&connections), Arc::new(handle));
        thread::spawn(move || {
            for stream in listener.incoming() {
                *count.lock().unwrap() += 1;
                let (stream, seen, handle) =
                    (stream.unwrap(), Arc::clone(&seen), Arc::clone(&handle));
                // A client that goes away, or does not believe the certificate, is what many tests want.
                thread::spawn(move || handle(stream, &seen));
            }
        });
        Self { address, requests, connections }
    }

    /// One that gives `answer` to everybody, over TLS.
    fn tls(identity: Identity, answer: String) -> Self {
        let Identity { certificate, key } = identity;
        let key = PrivateKeyDer::try_from(key).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![CertificateDer::from(certificate)], key)
                .unwrap();
        let config = Arc::new(config);
        Self::new(move |mut socket, seen| {
            let mut connection =
                ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            let mut stream = Stream::new(&mut connection, &mut socket);
            let request = head(&mut stream)?;
            seen.lock().unwrap().push(request);
            stream.write_all(answer.as_bytes())?;
            stream.conn.send_close_notify();
            stream.flush()
        })
    }

    /// One that gives `answer` to everybody, without TLS.
    fn plain(answer: String) -> Self {
        Self::new(move |mut stream, seen| {
            let request = head(&mut stream)?;
            seen.lock().unwrap().push(request);
            stream.write_all(answer.as_bytes())
        })
    }

    /// A proxy for TLS that leads to `target`, whatever host was asked for.
    fn tunnel(target: SocketAddr) -> Self {
        Self::new(move |mut client, seen| {
            let request = head(&mut client)?;
            seen.lock().unwrap().push(request);
            let mut server = TcpStream::connect(target)?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let (mut back, mut forth) = (server.try_clone()?, client.try_clone()?);
            let answers = thread::spawn(move || {
                let _ = io::copy(&mut back, &mut forth);
                forth.shutdown(Shutdown::Write)
            });
            let _ = io::copy(&mut client, &mut server);
            server.shutdown(Shutdown::Write)?;
            answers.join().unwrap()
        })
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

fn head(stream: &mut impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn moved(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: {to}\r\n\r\n"
    )
}

/// An authority, and the file with its certificate.
fn authority() -> (Authority, TempDir, PathBuf) {
    let (authority, folder) = (Authority::new("our company"), tempdir().unwrap());
    let file = folder.path().join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    (authority, folder, file)
}

fn read(url: &str, ca_file: Option<&Path>) -> Result<String, String> {
    let settings = Settings { ca_file: ca_file.map(Path::to_owned), ..Settings::default() };
    let http = Http::new(url, &settings).unwrap();
    let mut stream = http.open(&"a".parse().unwrap(), 1000).map_err(|error| chain(&error))?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(|error| chain(&error))?;
    Ok(text)
}

fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", chain(cause)));
    format!("{error}{}", cause.unwrap_or_default())
}

#[test]
fn a_certificate_of_nobody_known_is_an_error_at_once() {
    let (authority, _folder, _) = authority();
    let server = Server::tls(authority.issue(None, VALID), ok("content"));
    let error = read(&server.url("https"), None).unwrap_err();
    assert!(
        error.contains("the server's certificate is not accepted: no trusted authority issued it"),
        "{error}"
    );
    assert!(error.contains("--ca-file"), "{error}");
    assert_eq!((server.connections(), server.requests().len()), (1, 0));

    // Another authority of the same name is another one.
    let (_, _folder, other) = self::authority();
    let error = read(&server.url("https"), Some(&other)).unwrap_err();
    assert!(error.contains("the server's certificate is not accepted"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_authority_that_is_named_is_trusted() {
    let (authority, _folder, file) = authority();
    let server = Server::tls(authority.issue(None, VALID), ok("content"));
    assert_eq!(read(&server.url("https"), Some(&file)).unwrap(), "content");
    assert!(server.requests()[0].starts_with("GET /a HTTP/1.1\r\n"));
}

#[test]
fn refuses_certificates_for_other_names_and_times() {
    let (authority, _folder, file) = authority();
    for (host, validity, expected) in [
        (Some("other.example"), VALID, "it is for another name"),
        (None, EXPIRED, "it has expired"),
        (None, ["480101000000Z", "491231235959Z"], "it is not valid yet"),
    ] {
        let server = Server::tls(authority.issue(host, validity), ok("content"));
        let error = read(&server.url("https"), Some(&file)).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert_eq!((server.connections(), server.requests().len()), (1, 0));
    }
}

#[test]
fn follows_redirects_between_servers_behind_tls_only() {
    let (authority, _folder, file) = authority();
    let target = Server::tls(authority.issue(None, VALID), ok("content"));
    let first = Server::tls(authority.issue(None, VALID), moved(&target.url("https")));
    assert_eq!(read(&first.url("https"), Some(&file)).unwrap(), "content");

    let plain = Server::plain(ok("content"));
    let first = Server::tls(authority.issue(None, VALID), moved(&plain.url("http")));
    let error = read(&first.url("https"), Some(&file)).unwrap_err();
    assert!(error.contains("the server redirects from HTTPS to plain HTTP"), "{error}");
    assert_eq!((first.requests().len(), plain.connections()), (1, 0));
}

#[test]
fn a_server_without_tls_is_not_asked_without() {
    let refuse = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    let plain = Server::new(|mut stream, _| stream.write_all(refuse));
    let (_, _folder, file) = authority();
    let error = read(&plain.url("https"), Some(&file)).unwrap_err();
    assert!(error.contains("the server cannot be asked"), "{error}");
    assert!(plain.requests().is_empty());
}

/// A release's provenance, and the names of the inputs in it.
fn provenance() -> (String, BTreeSet<&'static str>) {
    let folder = tempdir().unwrap();
    crate::inputs::release(folder.path(), &[]);
    let text = fs::read_to_string(folder.path().join("provenance.json")).unwrap();
    (text, crate::inputs::INPUTS.map(|(name, _)| name).into())
}

fn list(url: &str) -> std::process::Command {
    let mut command = relhelper();
    command.args(["inputs", "list", url]);
    command
}

#[test]
fn the_variable_of_openssl_names_authorities_as_well() {
    let (authority, folder, file) = authority();
    let (text, names) = provenance();
    let server = Server::tls(authority.issue(None, VALID), ok(&text));
    let (stdout, _) = run(list(&server.url("https")).env("SSL_CERT_FILE", &file), 0);
    assert!(names.iter().all(|name| stdout.contains(name)), "{stdout}");
    let (stdout, _) = run(list(&server.url("https")).arg("--ca-file").arg(&file), 0);
    assert!(names.iter().all(|name| stdout.contains(name)), "{stdout}");

    let (_, stderr) = run(&mut list(&server.url("https")), 2);
    assert!(stderr.contains("certificate is not accepted"), "{stderr}");
    let missing = folder.path().join("none.pem");
    let (_, stderr) = run(list(&server.url("https")).env("SSL_CERT_FILE", missing), 2);
    assert!(stderr.contains("none.pem"), "{stderr}");
    assert_eq!(server.requests().len(), 2);
    let settings = Settings { ca_file: Some(folder.path().to_owned()), ..Settings::default() };
    assert!(matches!(Http::new("https://host/", &settings), Err(ClientError::CaFile(_))));
}

#[test]
fn a_proxy_is_asked_for_other_machines_and_never_for_this_one() {
    let (text, names) = provenance();
    let proxy = Server::plain(ok(&text));
    let url = "http://release.invalid/hello/";
    let (stdout, _) =
        run(list(url).arg("--allow-plain-http").env("http_proxy", proxy.url("http")), 0);
    assert!(names.iter().all(|name| stdout.contains(name)), "{stdout}");
    let request = &proxy.requests()[0];
    assert!(
        request.starts_with("GET http://release.invalid/hello/provenance.json HTTP/1.1\r\n"),
        "{request}"
    );

    let server = Server::plain(ok(&text));
    run(list(&server.url("http")).env("http_proxy", proxy.url("http")), 0);
    assert_eq!((proxy.requests().len(), server.requests().len()), (1, 1));
    // A name that nobody has: without the proxy there is no answer.
    let mut command = list(url);
    command.arg("--allow-plain-http").env("http_proxy", proxy.url("http"));
    let (_, stderr) = run(command.env("no_proxy", "other.invalid,release.invalid"), 2);
    assert!(stderr.contains("the server cannot be asked"), "{stderr}");
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_proxy_sees_nothing_of_what_goes_over_tls() {
    let (authority, _folder, file) = authority();
    let (text, names) = provenance();
    let server = Server::tls(authority.issue(Some("release.invalid"), VALID), ok(&text));
    let proxy = Server::tunnel(server.address);
    let mut command = list("https://release.invalid/hello/");
    command.env("https_proxy", proxy.url("http"));
    let (stdout, _) = run(command.arg("--ca-file").arg(&file), 0);
    assert!(names.iter().all(|name| stdout.contains(name)), "{stdout}");
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT release.invalid:443 HTTP/1.1\r\n"), "{requests:?}");
    assert!(server.requests()[0].starts_with("GET /hello/provenance.json HTTP/1.1\r\n"));

    // A proxy that opens what goes through it needs a certificate that is trusted, as everybody does.
    let (_, stderr) =
        run(list("https://release.invalid/").env("https_proxy", proxy.url("http")), 2);
    assert!(stderr.contains("certificate is not accepted"), "{stderr}");
    assert_eq!(server.requests().len(), 1);
}
