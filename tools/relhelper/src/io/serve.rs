//! A server of inputs for stock Nix, on this machine.
//!
//! Nix asks a mirror of `hashed-mirrors` for `sha256/` and 64 hexadecimal digits, and for nothing else. So does this answer.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tiny_http::{Header, Method, Request, Response};

use crate::facts::Sha256;
use crate::inputs::FOLDER;

/// Requests that are answered at the same time.
const THREADS: usize = 4;

/// A server that runs until it is dropped.
pub struct Server {
    inner: Arc<tiny_http::Server>,
    address: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

/// A server that cannot be started.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ServeError {
    #[error("cannot listen at {address}")]
    Listen { address: SocketAddr, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{0} is not an address of this machine alone")]
    NotLoopback(IpAddr),
    #[error("{} has no folder `{FOLDER}`", .0.display())]
    NoFolder(PathBuf),
}

impl Server {
    /// Serves the folder of inputs `folder` at a loopback address; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// When the folder has no inputs, the address is not on loopback, or it is taken.
    pub fn start(folder: &Path, address: SocketAddr) -> Result<Self, ServeError> {
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address.ip()));
        }
        let files = folder.join(FOLDER);
        if !files.is_dir() {
            return Err(ServeError::NoFolder(folder.to_owned()));
        }
        let listen = |source| ServeError::Listen { address, source };
        let inner = Arc::new(tiny_http::Server::http(address).map_err(listen)?);
        let address = inner.server_addr().to_ip().unwrap_or(address);
        let threads = (0..THREADS).map(|_| {
            let (inner, files) = (Arc::clone(&inner), files.clone());
            thread::spawn(move || {
                while let Ok(request) = inner.recv() {
                    // The client may be gone; there are others.
                    let _ = answer(request, &files);
                }
            })
        });
        let threads = threads.collect();
        Ok(Self { inner, address, threads })
    }

    /// What to give to Nix as `hashed-mirrors`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        for thread in self.threads.drain(..) {
            // It ends with the server only.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.inner.unblock();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn answer(request: Request, files: &Path) -> io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        let allow = header("Allow", "GET, HEAD");
        return request.respond(Response::empty(405).with_header(allow));
    }
    let Some(sha256) = wanted(request.url()) else {
        return request.respond(Response::empty(404));
    };
    let Ok(Some((mut file, length))) = open(&files.join(sha256.to_string())) else {
        return request.respond(Response::empty(404));
    };
    let tag = format!("\"{sha256}\"");
    let value = |name: &'static str| {
        let found = request.headers().iter().find(|header| header.field.equiv(name));
        found.map(|header| header.value.as_str())
    };
    let same = value("If-Range").is_none_or(|condition| condition == tag);
    let asked = value("Range").filter(|_| same).map_or(Range::Whole, |text| range(text, length));
    let (status, first, last) = match asked {
        Range::Whole => (200, 0, length),
        Range::Part { first, end } => (206, first, end),
        Range::Outside => {
            let unsatisfied = header("Content-Range", &format!("bytes */{length}"));
            return request.respond(Response::empty(416).with_header(unsatisfied));
        }
    };
    file.seek(SeekFrom::Start(first))?;
    let size = last.saturating_sub(first);
    let mut headers = vec![
        header("Accept-Ranges", "bytes"),
        header("Content-Type", "application/octet-stream"),
        header("ETag", &tag),
    ];
    if status == 206 {
        let range = format!("bytes {first}-{}/{length}", last.saturating_sub(1));
        headers.push(header("Content-Range", &range));
    }
    let size_in_memory = usize::try_from(size).map_err(io::Error::other)?;
    let response =
        Response::new(status.into(), headers, file.take(size), Some(size_in_memory), None);
    // Nix of older versions resumes only what has a length.
    request.respond(response.with_chunked_threshold(usize::MAX))
}

/// The digest that a path asks for.
fn wanted(path: &str) -> Option<Sha256> {
    path.strip_prefix('/')?.strip_prefix(FOLDER)?.strip_prefix('/')?.parse().ok()
}

/// A regular file and its length; none when there is something else.
fn open(path: &Path) -> io::Result<Option<(File, u64)>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok(Some((file, length)))
}

#[derive(Debug, Eq, PartialEq)]
enum Range {
    Whole,
    Part { first: u64, end: u64 },
    Outside,
}

/// One range of bytes (RFC 9110, section 14.1.2). What is not understood, or several, give the whole.
fn range(text: &str, length: u64) -> Range {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Range::Whole;
    };
    let (first, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.is_empty() => (first, length),
        (Err(_), Ok(count)) if first.is_empty() => (length.saturating_sub(count), length),
        _ => return Range::Whole,
    };
    if first < end { Range::Part { first, end } } else { Range::Outside }
}

/// All values are ASCII: digits, and what is written here.
fn header(name: &'static str, value: &str) -> Header {
    Header::from_bytes(name, value).unwrap_or_else(|()| unreachable!("{name}: {value} is ASCII"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let server = Server::start(folder.path(), address).unwrap();
        let url = server.url();
        let at: SocketAddr = url["http://".len()..url.len() - 1].parse().unwrap();
        assert_ne!(at.port(), 0);
        assert!(matches!(Server::start(folder.path(), at), Err(ServeError::Listen { .. })));
        drop(server);
        // The listening thread needs a moment.
        let open = |_: &u32| {
            thread::sleep(std::time::Duration::from_millis(20));
            std::net::TcpStream::connect(at).is_ok()
        };
        assert!((0..200).take_while(open).count() < 200);
    }

    #[test]
    fn understands_single_ranges() {
        let part = |first, end| Range::Part { first, end };
        for (text, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=3-", part(3, 10)),
            ("bytes=3-99", part(3, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-99", part(0, 10)),
            ("bytes=10-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=3-18446744073709551615", part(3, 10)),
            ("bytes=4-3", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=-", Range::Whole),
            ("lines=1-2", Range::Whole),
        ] {
            assert_eq!(range(text, 10), expected, "{text}");
        }
        assert_eq!(range("bytes=0-", 0), Range::Outside);
    }

    proptest! {
        #[test]
        fn a_range_is_within_the_file(text in "(bytes=)?[0-9]{0,21}-?[0-9]{0,21}", length in any::<u64>()) {
            if let Range::Part { first, end } = range(&text, length) {
                prop_assert!(first < end && end <= length);
            }
        }

        #[test]
        fn a_path_asks_for_a_digest_or_nothing(path in "/?(sha256)?/?[0-9a-f./%]{0,66}") {
            if let Some(sha256) = wanted(&path) {
                prop_assert_eq!(path, format!("/sha256/{sha256}"));
            }
        }
    }
}
