//! Servers that fail, lie and dawdle, on loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::io::origin::{Origin as _, OriginError};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Bounds that tests can wait for.
fn quick() -> Settings {
    let timing = Timing {
        connect: MILLISECOND * 2000,
        stall: MILLISECOND * 400,
        window: MILLISECOND * 2000,
        min_bytes: 1000,
        retries: 3,
        progress_bytes: 1 << 20,
        first_delay: MILLISECOND,
        max_delay: MILLISECOND * 4,
        max_retry_after: Duration::from_secs(2),
    };
    Settings { timing, ..Settings::default() }
}

/// A server whose answer to each request is decided by the number of the request and its lines. It lives as long as the test.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(
        answer: impl Fn(usize, &str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, seen, answer) =
                    (stream.unwrap(), Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || {
                    let Some(request) = read_request(&mut stream) else { return };
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(request.clone());
                        seen.len() - 1
                    };
                    // The client may be gone, which is what many tests want.
                    let _ = answer(number, &request, &mut stream);
                });
            }
        });
        Self { address, requests }
    }

    /// One that always answers with these bytes.
    fn fixed(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(move |_, _, stream| stream.write_all(&bytes))
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    fn request(&self, number: usize) -> String {
        self.requests.lock().unwrap()[number].clone()
    }

    fn http(&self) -> Http {
        Http::new(&self.address, &quick()).unwrap()
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    Some(String::from_utf8(request).unwrap().to_ascii_lowercase())
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{headers}\r\n{body}")
}

fn whole(headers: &str, body: &str) -> String {
    ok(&format!("Content-Length: {}\r\n{headers}", body.len()), body)
}

fn part(first: usize, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Length: {}\r\nContent-Range: bytes {first}-{}/{}\r\n{headers}\r\n{}",
        body.len() - first,
        body.len() - 1,
        body.len(),
        &body[first..]
    )
}

fn status(line: &str, headers: &str) -> String {
    format!("HTTP/1.1 {line}\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n")
}

/// The file `a`, or all of the error's texts.
fn read(http: &Http, limit: u64) -> Result<String, String> {
    let mut text = String::new();
    let mut file = http.open(&"a".parse().unwrap(), limit).map_err(chain)?;
    match file.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => {
            // A failure is never followed by an end.
            assert!(file.read(&mut [0; 9]).is_err());
            Err(chain(error))
        }
    }
}

fn chain(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[track_caller]
fn check_error(server: &Server, expected: &str) {
    let begun = Instant::now();
    let error = read(&server.http(), 1000).unwrap_err();
    assert!(error.contains(expected), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn reads_a_file_and_says_who_asks() {
    let server = Server::fixed(whole("", "content"));
    assert_eq!(read(&server.http(), 7).unwrap(), "content");
    let request = server.request(0);
    assert!(request.starts_with("get /a http/1.1\r\n"), "{request}");
    assert!(
        request.contains(&format!("\r\nuser-agent: relhelper/{}\r\n", env!("CARGO_PKG_VERSION"))),
        "{request}"
    );
    assert!(request.contains("\r\naccept-encoding: identity\r\n"), "{request}");
    for unwanted in ["cookie", "referer", "authorization", "range"] {
        assert!(!request.contains(&format!("\r\n{unwanted}")), "{request}");
    }
}

#[test]
fn reads_chunks_and_bodies_that_end_with_the_connection() {
    let server =
        Server::fixed(ok("Transfer-Encoding: chunked\r\n", "3\r\ncon\r\n4\r\ntent\r\n0\r\n\r\n"));
    assert_eq!(read(&server.http(), 7).unwrap(), "content");
    let server = Server::fixed(ok("", "content"));
    assert_eq!(read(&server.http(), 7).unwrap(), "content");
}

#[test]
fn tells_missing_files_from_servers_that_cannot_tell() {
    for line in ["404 Not Found", "410 Gone"] {
        let server = Server::fixed(status(line, ""));
        let error = server.http().open(&"a".parse().unwrap(), 9).err().unwrap();
        assert!(matches!(error, OriginError::Missing { .. }), "{error}");
        assert_eq!(server.count(), 1);
    }
    for line in [
        "401 Unauthorized",
        "403 Forbidden",
        "204 No Content",
        "206 Partial Content",
        "416 Range Not Satisfiable",
        "300 Multiple Choices",
        "304 Not Modified",
    ] {
        let server = Server::fixed(status(line, ""));
        let error = server.http().open(&"a".parse().unwrap(), 9).err().unwrap();
        assert!(matches!(error, OriginError::Unreadable { .. }), "{error}");
        assert!(chain(error).contains(&format!("status {}", &line[..3])));
        assert_eq!(server.count(), 1, "{line}");
    }
}

#[test]
fn asks_a_busy_server_again() {
    let server = Server::new(|number, _, stream| {
        let answers = [
            status("503 Service Unavailable", "Retry-After: 0\r\n"),
            status("429 Too Many Requests", ""),
            status("500 Internal Server Error", ""),
            whole("", "content"),
        ];
        stream.write_all(answers[number].as_bytes())
    });
    assert_eq!(read(&server.http(), 9).unwrap(), "content");
    assert_eq!(server.count(), 4);
}

#[test]
fn gives_up_on_a_server_that_stays_busy() {
    let server = Server::fixed(status("502 Bad Gateway", ""));
    check_error(&server, "status 502");
    assert_eq!(server.count(), 4);
}

#[test]
fn waits_as_long_as_the_server_asks_within_bounds() {
    let server = Server::new(|number, _, stream| {
        let busy = status("503 Service Unavailable", "Retry-After: 1\r\n");
        stream.write_all(if number == 0 { busy } else { whole("", "content") }.as_bytes())
    });
    let begun = Instant::now();
    assert_eq!(read(&server.http(), 9).unwrap(), "content");
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let server = Server::fixed(status("503 Service Unavailable", "Retry-After: 86400\r\n"));
    check_error(&server, "wants 86400 s of rest");
    assert_eq!(server.count(), 1);
}

#[test]
fn a_server_that_nobody_runs_is_unreadable() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = read(&Http::new(&format!("http://{address}/"), &quick()).unwrap(), 9).unwrap_err();
    assert!(
        error.contains("the server cannot be asked") && !error.contains("there is no"),
        "{error}"
    );
}

#[test]
fn a_silent_server_ends_in_an_error() {
    let server = Server::new(|_, _, _| {
        thread::sleep(Duration::from_mins(1));
        Ok(())
    });
    check_error(&server, "nothing came from the server for 0.4 s");
    assert_eq!(server.count(), 4);
}

#[test]
fn headers_that_drip_end_in_an_error() {
    let server = Server::new(|_, _, stream| {
        for byte in ok(&"X: y\r\n".repeat(50), "").bytes() {
            stream.write_all(&[byte])?;
            thread::sleep(MILLISECOND * 20);
        }
        Ok(())
    });
    check_error(&server, "nothing came from the server for 0.4 s");
}

#[test]
fn headers_without_end_end_in_an_error() {
    let server = Server::new(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(
                &b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(100),
            )?;
        }
    });
    check_error(&server, "the server cannot be asked");
}

#[test]
fn a_body_that_stalls_ends_in_an_error() {
    let server = Server::new(|_, _, stream| {
        stream.write_all(ok("Content-Length: 9\r\n", "con").as_bytes())?;
        thread::sleep(Duration::from_mins(1));
        Ok(())
    });
    check_error(&server, "nothing came from the server for 0.4 s");
}

#[test]
fn a_body_that_trickles_ends_in_an_error() {
    let server = Server::new(|_, _, stream| {
        stream.write_all(ok("Content-Length: 999\r\n", "").as_bytes())?;
        loop {
            stream.write_all(b"x")?;
            thread::sleep(MILLISECOND * 100);
        }
    });
    check_error(&server, "fewer than 1000 bytes came in 2 s");
    assert_eq!(server.count(), 1);
}

#[test]
fn a_body_that_is_shorter_than_promised_ends_in_an_error() {
    let server = Server::fixed(ok("Content-Length: 9\r\n", "content"));
    check_error(&server, "");
    assert!(server.count() <= 4);
    let error = read(&server.http(), 9).unwrap_err();
    assert!(error.contains("broke off after 7 bytes"), "{error}");
}

#[test]
fn a_body_is_cut_where_the_server_promised_its_end() {
    let server = Server::fixed(ok("Content-Length: 3\r\n", "content"));
    assert_eq!(read(&server.http(), 9).unwrap(), "con");
}

#[test]
fn refuses_lengths_that_contradict_each_other() {
    let server = Server::fixed(ok("Content-Length: 3\r\nContent-Length: 7\r\n", "content"));
    check_error(&server, "the server cannot be asked");
    let server = Server::fixed(ok("Content-Length: -1\r\n", "content"));
    check_error(&server, "the server cannot be asked");
}

#[test]
fn more_than_the_limit_is_refused_before_and_while_it_comes() {
    let server = Server::fixed(ok("Content-Length: 1001\r\n", ""));
    check_error(&server, "it has more than 1000 bytes");
    assert_eq!(server.count(), 1);

    let endless = Server::new(|_, _, stream| {
        stream.write_all(ok("Transfer-Encoding: chunked\r\n", "").as_bytes())?;
        loop {
            stream.write_all(b"3\r\nxxx\r\n")?;
        }
    });
    check_error(&endless, "it has more than 1000 bytes");

    let endless = Server::new(|_, _, stream| {
        stream.write_all(ok("", "").as_bytes())?;
        loop {
            stream.write_all(&[b'x'; 999])?;
        }
    });
    check_error(&endless, "it has more than 1000 bytes");
}

#[test]
fn refuses_what_is_compressed() {
    let server = Server::fixed(whole("Content-Encoding: gzip\r\n", "content"));
    check_error(&server, "encoded (`gzip`)");
    assert_eq!(server.count(), 1);
    let server = Server::fixed(whole("Content-Encoding: identity\r\n", "content"));
    assert_eq!(read(&server.http(), 9).unwrap(), "content");
}

#[test]
fn follows_redirects_but_not_in_a_circle() {
    let target = Server::fixed(whole("", "content"));
    let server = Server::fixed(status(
        "302 Found",
        &format!("Location: {}elsewhere?key=1\r\n", target.address),
    ));
    assert_eq!(read(&server.http(), 9).unwrap(), "content");

    let circle = Server::fixed(status("301 Moved Permanently", "Location: /a\r\n"));
    // All eleven answers together count as one, and a busy machine takes its time for them.
    let timing = Timing { stall: MILLISECOND * 10_000, ..quick().timing };
    let patient = Http::new(&circle.address, &Settings { timing, ..quick() }).unwrap();
    let error = read(&patient, 1000).unwrap_err();
    assert!(error.contains("redirects more than 10 times"), "{error}");
    assert_eq!(circle.count(), 11);
}

#[test]
fn follows_no_redirect_to_what_would_not_be_asked() {
    for (to, expected) in [
        ("http://server.invalid/", "plain HTTP"),
        ("file:///etc/passwd", ""),
        ("ftp://127.0.0.1/", ""),
        ("https://me:secret@127.0.0.1:1/", "user name"),
    ] {
        let server = Server::fixed(status("302 Found", &format!("Location: {to}\r\n")));
        check_error(&server, expected);
        assert_eq!(server.count(), 1, "{to}");
    }
}

#[test]
fn goes_on_where_the_connection_broke() {
    let server = Server::new(|number, request, stream| {
        let tag = "ETag: \"one\"\r\n";
        match number {
            0 => stream.write_all(ok(&format!("Content-Length: 12\r\n{tag}"), "0123").as_bytes()),
            1 => {
                assert!(
                    request.contains("\r\nrange: bytes=4-\r\n")
                        && request.contains("\r\nif-range: \"one\"\r\n")
                );
                let answer = part(4, tag, "0123456789ab");
                stream.write_all(&answer.as_bytes()[..answer.len() - 3])
            }
            2 => stream.write_all(status("503 Service Unavailable", "").as_bytes()),
            _ => {
                assert!(request.contains("\r\nrange: bytes=9-\r\n"));
                stream.write_all(part(9, tag, "0123456789ab").as_bytes())
            }
        }
    });
    assert_eq!(read(&server.http(), 12).unwrap(), "0123456789ab");
    assert_eq!(server.count(), 4);
}

#[test]
fn goes_on_with_a_server_that_starts_anew() {
    let server = Server::new(|number, _, stream| {
        let answer = whole("", "0123456789ab");
        let cut = if number == 0 { 5 } else { 0 };
        stream.write_all(&answer.as_bytes()[..answer.len() - cut])
    });
    assert_eq!(read(&server.http(), 12).unwrap(), "0123456789ab");
}

/// What is said of the second answer when the first one broke off after four of twelve bytes.
#[track_caller]
fn check_second(headers: &str, second: String, expected: &str) {
    let first = ok(&format!("Content-Length: 12\r\n{headers}"), "0123");
    let server = Server::new(move |number, _, stream| {
        stream.write_all(if number == 0 { &first } else { &second }.as_bytes())
    });
    check_error(&server, expected);
    assert_eq!(server.count(), 2);
}

#[test]
fn another_file_on_the_second_request_is_an_error() {
    let tag = "ETag: \"one\"\r\n";
    check_second(
        tag,
        whole("ETag: \"two\"\r\n", "0123456789ab"),
        "another file: ETag was \"one\", and is \"two\"",
    );
    check_second(tag, part(4, "ETag: \"two\"\r\n", "0123456789ab"), "another file: ETag");
    check_second(
        "Last-Modified: then\r\n",
        part(4, "Last-Modified: now\r\n", "0123456789ab"),
        "another file: Last-Modified",
    );
    check_second(tag, whole(tag, "0123456789abc"), "another file: length was 12, and is 13");
    check_second(tag, part(4, tag, "0123456789abc"), "another file: length");
    check_second("", whole("", "0x23456789ab"), "another file: the content");
    check_second(
        "",
        status("404 Not Found", ""),
        "another file: the file was 4 bytes or more, and is status 404",
    );
    check_second("", status("416 Range Not Satisfiable", ""), "is status 416");
    check_second("", part(3, "", "0123456789ab"), "another part of the file");
    check_second("", status("403 Forbidden", ""), "status 403");
}

#[test]
fn a_file_that_is_read_twice_must_stay_the_same() {
    let twice = |first: String, second: String| {
        let server = Server::new(move |number, _, stream| {
            stream.write_all(if number == 0 { &first } else { &second }.as_bytes())
        });
        let http = server.http();
        read(&http, 99).unwrap();
        read(&http, 99)
    };
    assert_eq!(twice(whole("", "content"), whole("", "content")).unwrap(), "content");
    let error = twice(whole("", "content"), whole("", "another")).unwrap_err();
    assert!(error.contains("another file: the content"), "{error}");
    let error = twice(whole("", "content"), whole("", "contents")).unwrap_err();
    assert!(error.contains("another file: length"), "{error}");
    let tag = |tag: &str| whole(&format!("ETag: \"{tag}\"\r\n"), "content");
    let error = twice(tag("one"), tag("two")).unwrap_err();
    assert!(error.contains("another file: ETag"), "{error}");
}

#[test]
fn breaking_off_again_and_again_ends_in_an_error() {
    // One more byte each time: that is no progress worth waiting for.
    let server = Server::new(|number, _, stream| {
        let body = "x".repeat(900);
        let answer = if number == 0 { whole("", &body) } else { part(number, "", &body) };
        let headers = answer.find("\r\n\r\n").unwrap() + 4;
        stream.write_all(&answer.as_bytes()[..=headers])
    });
    check_error(&server, "broke off after 4 bytes");
    assert_eq!(server.count(), 4);
}

#[test]
fn a_server_that_failed_again_and_again_is_not_asked_often_for_the_next_file() {
    let server = Server::new(|number, _, stream| {
        let busy = status("503 Service Unavailable", "");
        stream.write_all(if number == 5 { whole("", "content") } else { busy }.as_bytes())
    });
    let http = server.http();
    read(&http, 9).unwrap_err();
    assert_eq!(server.count(), 4);
    read(&http, 9).unwrap_err();
    assert_eq!(server.count(), 5);
    read(&http, 9).unwrap();
    read(&http, 9).unwrap_err();
    assert_eq!(server.count(), 10);
}

#[test]
fn addresses_become_servers_and_the_rest_folders() {
    let of = |text: &str| crate::io::origin::of(text, &quick());
    assert_eq!(of("https://host/releases").unwrap().name(), "https://host/releases/");
    assert_eq!(of("releases/1.0").unwrap().name(), "releases/1.0");
    assert!(chain(of("http://host/").err().unwrap()).contains("plain HTTP"));
    assert!(chain(of("file:///releases").err().unwrap()).contains("by its path"));
}

#[test]
fn a_refused_address_is_told_without_what_gives_access() {
    for address in [
        "http://host/a?code=secret",
        "http://me:secret@host/a",
        "https://me:secret@host/a?code=secret",
        "https://me:secret@host:port/a",
    ] {
        let folder = chain(Http::new(address, &quick()).unwrap_err());
        let service = chain(Api::new(address, &quick()).unwrap_err());
        for error in [folder, service] {
            assert!(error.starts_with("nothing is read from `http"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
    let error = chain(Api::new("http://host/a?code=secret", &quick()).unwrap_err());
    let expected =
        "nothing is read from `http://host/a?…`: it is plain HTTP, and `host` is not this machine";
    assert_eq!(error, expected);
}

#[test]
fn refuses_a_file_of_certificates_without_any() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let open = || Http::new("https://host/", &Settings { ca_file: Some(path.clone()), ..quick() });
    assert!(matches!(open(), Err(ClientError::CaFile(_))));
    std::fs::write(&path, "nothing").unwrap();
    assert!(matches!(open(), Err(ClientError::CaFileContent { .. })));
}
