//! The statements that `signatures.json` says the keys at hand have signed.

use std::collections::{BTreeMap, BTreeSet};

use super::reason;
use crate::attestation::{jsonl, signed};
use crate::facts::Sha256;
use crate::io::origin::{Origin, OriginError};
use crate::io::verified;
use crate::release::FileName;
use crate::release::layout::SIGNATURES;
use crate::signature::index::Attestation;
use crate::signature::{Index, VerifyingKey, index};
use crate::trust::{Check, KeyId, Signature};

/// Those that they have not signed, the first one of each key, and what could not be looked at. What is wrong with the list itself was told
/// when the release was verified.
pub(super) fn check(
    origin: &dyn Origin,
    digests: &BTreeMap<FileName, Sha256>,
    keys: &[(KeyId, VerifyingKey)],
) -> Vec<Signature> {
    let index = match origin.read(&verified::name(SIGNATURES), index::MAX_BYTES) {
        Ok(bytes) => Index::parse(&bytes).unwrap_or_default(),
        Err(OriginError::Missing { .. }) => return Vec::new(),
        Err(error) => return vec![signature(SIGNATURES, SIGNATURES, unchecked(&error))],
    };
    let known: BTreeMap<_, _> = keys.iter().filter_map(|one| Some((one.1.id()?, one))).collect();
    let mut listed: BTreeMap<_, Vec<&Attestation>> = BTreeMap::new();
    for one in index.attestations().filter(|one| known.contains_key(&one.key_id)) {
        listed.entry(&one.attestations).or_default().push(one);
    }
    let mut found = Vec::new();
    for (place, listed) in listed {
        let bytes = match origin.read(place, jsonl::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(OriginError::Missing { .. }) => Vec::new(),
            Err(error) => {
                found.push(signature(place.as_str(), place.as_str(), unchecked(&error)));
                continue;
            }
        };
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| (Sha256::of(line), line));
        let lines: BTreeMap<_, _> = lines.collect();
        let fits = |one: &Attestation, key: &VerifyingKey| match (key, digests.get(&one.file)) {
            (VerifyingKey::Pem(key), Some(payload)) => {
                lines.get(&one.line).is_some_and(|line| signed::is_signed(line, *payload, key))
            }
            _ => false,
        };
        let mut wrong = BTreeSet::new();
        for one in listed {
            let Some((id, key)) = known.get(&one.key_id) else { continue };
            // One of a key is enough: there can be many more, and looking at each takes time.
            if !wrong.contains(id) && !fits(one, key) {
                let check = Check::Bad(Some(id.clone()));
                found.push(signature(one.file.as_str(), place.as_str(), check));
                wrong.insert(id);
            }
        }
    }
    found
}

fn signature(file: &str, place: &str, check: Check) -> Signature {
    Signature { file: file.to_owned(), place: place.to_owned(), check, claimed_time: None }
}

fn unchecked(error: &OriginError) -> Check {
    Check::Unchecked(reason(error))
}
