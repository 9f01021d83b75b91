//! Reads the signatures of a release, and checks them with the keys that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::num::NonZeroUsize;

use super::origin::{Origin, OriginError};
use super::{gpg, parallel};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::{MANIFEST, SHA256SUMS};
use crate::signature::{MAX_SIGNATURE_BYTES, MAX_SIGNED_BYTES, Mechanism, VerifyingKey};
use crate::trust::judge::{claimed_time, sum_up};
use crate::trust::{Check, Facts, FileKind, KeyId, Signature};
use crate::verify::documents::manifest::Manifest;
use crate::verify::{Findings, MAX_DOCUMENT_BYTES, documents, sums};

/// What the files of a release say, and every signature over them that is found, checked with `keys`.
///
/// Only bytes with the digest that `sums` says count as the release: `SHA256SUMS` has to be the one that everything else was
/// verified against, and every file has to be as it says, also if a server gives another file the second time.
pub fn gather(
    origin: &dyn Origin,
    sums: Sha256,
    keys: &[(KeyId, VerifyingKey)],
    threads: NonZeroUsize,
) -> Result<Facts, OriginError> {
    let list = origin.read(&name(SHA256SUMS), sums::MAX_BYTES)?;
    let mut findings = Findings::default();
    let mut digests: BTreeMap<FileName, Sha256> = sums::parse(SHA256SUMS, &list, &mut findings)
        .into_iter()
        .filter_map(|(path, sha256)| Some((path.as_str().parse().ok()?, sha256)))
        .collect();
    digests.insert(name(SHA256SUMS), sums);

    let manifest = origin.read(&name(MANIFEST), MAX_DOCUMENT_BYTES)?;
    let is_listed = digests.get(&name(MANIFEST)) == Some(&Sha256::of(&manifest));
    let manifest: Option<Manifest> =
        if is_listed { documents::read(MANIFEST, &manifest, &mut findings) } else { None };
    let rows = manifest.iter().flat_map(|manifest| &manifest.artifacts);
    let artifacts: BTreeSet<String> = rows.map(|row| row.file.clone()).collect();
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
        let found = look(origin, (file, digests.get(*file)), *mechanism, place, keys);
        Ok::<_, Infallible>(found)
    };
    let Ok(found) = parallel::try_map(threads, &places, look);
    Ok(Facts {
        product: manifest.as_ref().map(|manifest| manifest.product.name.clone()),
        version: manifest.as_ref().and_then(|manifest| manifest.product.version.parse().ok()),
        files: digests.keys().filter_map(kind).chain(promised).collect(),
        signatures: found.into_iter().flatten().collect(),
    })
}

/// The signature at `place`, if there is one.
fn look(
    origin: &dyn Origin,
    (file, sha256): (&FileName, Option<&Sha256>),
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
    let content = match origin.read(file, MAX_SIGNED_BYTES) {
        Ok(content) => content,
        Err(error) => return signature(Check::Unchecked(reason(&error)), None),
    };
    if Some(&Sha256::of(&content)) != sha256 {
        let why = format!("the bytes of {file} are not those that were verified");
        return signature(Check::Unchecked(why), None);
    }
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

/// A name of the layout.
fn name(name: &str) -> FileName {
    name.parse().expect("names of the layout are plain")
}

#[cfg(test)]
mod tests;
