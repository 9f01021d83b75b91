//! Reads the signatures of a release, and checks them with the keys that there are.

mod listed;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::num::NonZeroUsize;

use super::origin::{Origin, OriginError};
use super::{gpg, parallel, verified};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::MANIFEST;
use crate::signature::{MAX_SIGNATURE_BYTES, MAX_SIGNED_BYTES, Mechanism, VerifyingKey};
use crate::trust::judge::{claimed_time, sum_up};
use crate::trust::{Check, Facts, FileKind, KeyId, Signature};
use crate::verify::documents::manifest::Manifest;
use crate::verify::{Findings, MAX_DOCUMENT_BYTES, documents};

/// What the files of a release say, and every signature over them that is found, checked with `keys`.
///
/// Only bytes of the release that was verified count, the one whose `SHA256SUMS` has the digest `sums`.
///
/// # Errors
///
/// When `SHA256SUMS` or the manifest cannot be read, or is another one now.
pub fn gather(
    origin: &dyn Origin,
    sums: Sha256,
    keys: &[(KeyId, VerifyingKey)],
    threads: NonZeroUsize,
) -> Result<Facts, OriginError> {
    let digests = verified::digests(origin, sums)?;
    // Without it nobody knows which release this is, and what must be signed.
    let manifest = verified::read(origin, &digests, &verified::name(MANIFEST), MAX_DOCUMENT_BYTES)?;
    let mut findings = Findings::default();
    let manifest: Option<Manifest> = documents::read(MANIFEST, &manifest, &mut findings);
    let rows = || manifest.iter().flat_map(|manifest| &manifest.artifacts);
    let artifacts: BTreeSet<String> = rows().map(|row| row.file.clone()).collect();
    let sizes: BTreeMap<&str, u64> = rows().map(|row| (row.file.as_str(), row.size)).collect();
    let kind = |file: &FileName| Some((file.to_string(), FileKind::of(file.as_str(), &artifacts)?));
    // What the manifest promises must be signed even if `SHA256SUMS` leaves it out.
    let promised = artifacts.iter().map(|file| (file.clone(), FileKind::Payload));

    let listing = origin.list()?;
    let there = |place: &str| listing.as_ref().is_none_or(|listing| listing.contains(place));
    let pairs = digests.keys().flat_map(|file| Mechanism::ALL.map(|mechanism| (file, mechanism)));
    let places: Vec<_> = pairs
        .map(|(file, mechanism)| (file, mechanism, format!("{file}{}", mechanism.suffix())))
        .filter(|(_, _, place)| there(place))
        .collect();
    let look = |(file, mechanism, place): &(&FileName, Mechanism, String)| {
        let size = sizes.get(file.as_str()).copied().unwrap_or(MAX_DOCUMENT_BYTES);
        let wanted = Wanted { file, digests: &digests, limit: size.min(MAX_SIGNED_BYTES) };
        let found = look(origin, &wanted, *mechanism, place, keys);
        Ok::<_, Infallible>(found)
    };
    let Ok(found) = parallel::try_map(threads, &places, look);
    Ok(Facts {
        product: manifest.as_ref().map(|manifest| manifest.product.name.clone()),
        version: manifest.as_ref().and_then(|manifest| manifest.product.version.parse().ok()),
        files: digests.keys().filter_map(kind).chain(promised).collect(),
        signatures: found.into_iter().flatten().collect(),
        statements: listed::check(origin, &digests, keys),
    })
}

/// A file that may be signed.
struct Wanted<'a> {
    file: &'a FileName,
    digests: &'a BTreeMap<FileName, Sha256>,
    /// Most bytes that are read of it.
    limit: u64,
}

/// The signature at `place`, if there is one.
fn look(
    origin: &dyn Origin,
    Wanted { file, digests, limit }: &Wanted,
    mechanism: Mechanism,
    place: &str,
    keys: &[(KeyId, VerifyingKey)],
) -> Option<Signature> {
    let Ok(place) = place.parse::<FileName>() else { return None };
    let signature = |check, claimed_time| {
        Some(Signature { file: file.to_string(), place: place.to_string(), check, claimed_time })
    };
    let bytes = match origin.read(&place, MAX_SIGNATURE_BYTES) {
        Ok(bytes) => bytes,
        Err(OriginError::Missing { .. }) => return None,
        Err(error) => return signature(Check::Unchecked(reason(&error)), None),
    };
    let content = match verified::read(origin, digests, file, *limit) {
        Ok(content) => content,
        Err(error) => return signature(Check::Unchecked(reason(&error)), None),
    };
    let able = keys.iter().filter(|(_, key)| key.mechanisms().contains(&mechanism));
    let check = |key: &VerifyingKey| match key {
        VerifyingKey::Gpg(block) => gpg::check(block, None, &content, &bytes).0,
        key => key.check(mechanism, file.as_str(), &content, &bytes),
    };
    let outcomes: Vec<_> = able.map(|(id, key)| (id.clone(), check(key))).collect();
    signature(sum_up(mechanism, &outcomes), claimed_time(mechanism, &bytes))
}

fn reason(error: &OriginError) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

#[cfg(test)]
mod tests;
