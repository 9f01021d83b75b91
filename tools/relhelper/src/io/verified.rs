//! A release that was verified, read again.
//!
//! What a server gives the second time may be something else. So everything that an answer rests on is held against
//! `SHA256SUMS`, and that against the digest of the one that was verified. The length and CRC-32 that `http` compares
//! only find out accidents: whoever controls the server can choose bytes that have both.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use sha2::Digest as _;

use super::origin::{Origin, OriginError};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::{MANIFEST, SHA256SUMS};
use crate::verify::documents::{self, manifest::Manifest};
use crate::verify::{Findings, MAX_DOCUMENT_BYTES, sums};

/// The digests of the files of the release whose `SHA256SUMS` has the digest `verified`.
///
/// # Errors
///
/// When it cannot be read, or has another digest now.
pub fn digests(
    origin: &dyn Origin,
    verified: Sha256,
) -> Result<BTreeMap<FileName, Sha256>, OriginError> {
    let name = name(SHA256SUMS);
    let list = origin.read(&name, sums::MAX_BYTES)?;
    if Sha256::of(&list) != verified {
        return Err(changed(origin, &name));
    }
    // What is wrong with it was told when it was verified.
    let lines = sums::parse(SHA256SUMS, &list, &mut Findings::default());
    let named = |(path, sha256): (crate::release::RelativePath, _)| {
        Some((path.as_str().parse().ok()?, sha256))
    };
    let mut digests: BTreeMap<_, _> = lines.into_iter().filter_map(named).collect();
    digests.insert(name, verified);
    Ok(digests)
}

/// A file of that release.
///
/// # Errors
///
/// When it cannot be read, has more than `limit` bytes, or is not the one that was verified.
pub fn read(
    origin: &dyn Origin,
    digests: &BTreeMap<FileName, Sha256>,
    file: &FileName,
    limit: u64,
) -> Result<Vec<u8>, OriginError> {
    let bytes = origin.read(file, limit)?;
    if digests.get(file) == Some(&Sha256::of(&bytes)) {
        Ok(bytes)
    } else {
        Err(changed(origin, file))
    }
}

/// That release as a place to read from: a file is the one that was verified, or reading it to its end fails, and no more of it is read
/// than it can have. What `SHA256SUMS` does not name, such as signatures, is whatever there is.
pub struct Verified<'a> {
    origin: &'a dyn Origin,
    digests: BTreeMap<FileName, Sha256>,
    /// Those of the artifacts, as the manifest has them, if it can be understood.
    sizes: Option<BTreeMap<String, u64>>,
}

impl<'a> Verified<'a> {
    /// The release in `origin` whose `SHA256SUMS` has the digest `verified`.
    ///
    /// # Errors
    ///
    /// When it or the manifest cannot be read, or is another one now.
    pub fn new(origin: &'a dyn Origin, verified: Sha256) -> Result<Self, OriginError> {
        let digests = digests(origin, verified)?;
        let manifest = read(origin, &digests, &name(MANIFEST), MAX_DOCUMENT_BYTES)?;
        // What is wrong with it was told, too.
        let manifest: Option<Manifest> =
            documents::read(MANIFEST, &manifest, &mut Findings::default());
        let sizes = manifest.map(|manifest| {
            manifest.artifacts.into_iter().map(|row| (row.file, row.size)).collect()
        });
        Ok(Self { origin, digests, sizes })
    }

    /// Most bytes that a file can have: as many as the manifest says, or else those of a document.
    fn most(&self, file: &FileName) -> u64 {
        let size = |sizes: &BTreeMap<_, _>| sizes.get(file.as_str()).copied();
        self.sizes.as_ref().map_or(u64::MAX, |sizes| size(sizes).unwrap_or(MAX_DOCUMENT_BYTES))
    }

    /// `SHA256SUMS` and what it names.
    pub fn names(&self) -> impl Iterator<Item = &FileName> {
        self.digests.keys()
    }
}

impl Origin for Verified<'_> {
    fn name(&self) -> String {
        self.origin.name()
    }

    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        self.origin.list()
    }

    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let Some(expected) = self.digests.get(file).copied() else {
            return self.origin.open(file, limit);
        };
        let inner = self.origin.open(file, limit.min(self.most(file)))?;
        Ok(Box::new(Same { inner, digest: sha2::Sha256::new(), expected }))
    }
}

/// A reader that fails at the end if the bytes were others.
struct Same<R> {
    inner: R,
    digest: sha2::Sha256,
    expected: Sha256,
}

impl<R: Read> Read for Same<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.digest.update(&buffer[..length]);
        let is_end = length == 0 && !buffer.is_empty();
        if is_end && Sha256::from(<[u8; 32]>::from(self.digest.clone().finalize())) != self.expected
        {
            return Err(other());
        }
        Ok(length)
    }
}

fn other() -> io::Error {
    io::Error::other("its bytes are not those that were verified")
}

/// A name of the layout.
pub(super) fn name(name: &str) -> FileName {
    name.parse().expect("names of the layout are plain")
}

fn changed(origin: &dyn Origin, file: &FileName) -> OriginError {
    let what = format!("{file} in {}", origin.name());
    OriginError::Unreadable { what, source: other() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::gather::samples::{Memory, release};

    #[test]
    fn a_file_is_the_one_that_was_verified_or_ends_in_an_error() {
        let before = Memory { files: release(), listed: false };
        let sums = Sha256::of(&before.files[SHA256SUMS]);
        let read = |place: &dyn Origin, name: &str| {
            place.read(&name.parse().unwrap(), 1 << 20).map_err(|error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                format!("{error}: {}", cause.unwrap_or_default())
            })
        };
        let verified = Verified::new(&before, sums).unwrap();
        assert_eq!(verified.names().count(), before.files.len());
        for name in verified.names() {
            assert_eq!(read(&verified, name.as_str()).unwrap(), before.files[name.as_str()]);
        }
        // The same list, and another file; and one that nobody verified.
        let mut after = Memory { files: before.files.clone(), listed: false };
        after.files.get_mut("index.json").unwrap().push(b' ');
        after.files.insert("SHA256SUMS.sig".to_owned(), b"x".to_vec());
        let verified = Verified::new(&after, sums).unwrap();
        let why = "cannot read index.json in memory: its bytes are not those that were verified";
        assert_eq!(read(&verified, "index.json").unwrap_err(), why);
        read(&verified, "provenance.json").unwrap();
        assert_eq!(read(&verified, "SHA256SUMS.sig").unwrap(), b"x");
        // More than the manifest says of an artifact, or than any document has, is not read.
        for (name, limit) in [("hello-1.2.3-source.tar.gz", None), ("index.json", Some(8 << 20))] {
            let before = after.files[name].clone();
            let limit = limit.unwrap_or(before.len());
            after.files.get_mut(name).unwrap().resize(limit + 1, b' ');
            let verified = Verified::new(&after, sums).unwrap();
            let mut stream = verified.open(&name.parse().unwrap(), 1 << 30).unwrap();
            let error = io::copy(&mut stream, &mut io::sink()).unwrap_err();
            assert_eq!(error.to_string(), format!("it has more than {limit} bytes"), "{name}");
        }
        // Another list.
        after.files.get_mut(SHA256SUMS).unwrap().push(b'\n');
        assert!(Verified::new(&after, sums).is_err());
    }
}
