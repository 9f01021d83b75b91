//! A release that was verified, read again.
//!
//! What a server gives the second time may be something else. So everything that an answer rests on is held against
//! `SHA256SUMS`, and that against the digest of the one that was verified. The length and CRC-32 that `http` compares
//! only find out accidents: whoever controls the server can choose bytes that have both.

use std::collections::BTreeMap;
use std::io;

use super::origin::{Origin, OriginError};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::SHA256SUMS;
use crate::verify::{Findings, sums};

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

/// A name of the layout.
pub(super) fn name(name: &str) -> FileName {
    name.parse().expect("names of the layout are plain")
}

fn changed(origin: &dyn Origin, file: &FileName) -> OriginError {
    let what = format!("{file} in {}", origin.name());
    let source = io::Error::other("its bytes are not those that were verified");
    OriginError::Unreadable { what, source }
}
