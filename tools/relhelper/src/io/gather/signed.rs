//! Reads what tells whether all signatures are there.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io::Read as _;
use std::num::NonZeroUsize;

use super::read::{reason, unreadable};
use crate::attestation::jsonl;
use crate::facts::Sha256;
use crate::io::origin::{Origin, OriginError};
use crate::io::parallel;
use crate::release::FileName;
use crate::release::layout::SIGNATURES;
use crate::signature::required::{Demand, Signing};
use crate::signature::{Index, MAX_SIGNATURE_BYTES, index};
use crate::verify::signed::{Signed, unsigned};
use crate::verify::{Findings, Kind};

/// Takes note of every signature that is not there, of those that `signatures.json` names or `signing` demands.
pub(super) fn check(
    origin: &dyn Origin,
    files: &BTreeMap<FileName, Sha256>,
    signing: &Signing,
    threads: NonZeroUsize,
    findings: &mut Findings,
) {
    let index = read_index(origin, findings);
    let signed = Signed { index: index.as_ref(), signing, files };
    signed.check_index(findings);
    let demanded: Vec<_> = signed.demanded().into_iter().collect();
    let look = |demand: &Demand| Ok::<_, Infallible>(look(origin, demand));
    let Ok(all) = parallel::try_map(threads, &demanded, look);
    for found in all {
        findings.extend(found);
    }

    let Some(index) = &index else { return };
    for key in index.keys() {
        let name = &key.public_key;
        if let Found::Nothing = optional(origin, name, MAX_SIGNATURE_BYTES, findings) {
            let expected = format!("the public {} key that {SIGNATURES} names", key.mechanism);
            findings.add(Kind::Missing, name.as_str(), None, "nothing", &expected);
        }
    }
    let mut lines = BTreeSet::new();
    let names: BTreeSet<_> = index.attestations().map(|one| &one.attestations).collect();
    for name in names {
        let found = optional(origin, name, jsonl::MAX_BYTES, findings);
        let bytes = match found {
            Found::Bytes(bytes) => bytes,
            Found::Nothing => continue,
            Found::Unclear => return,
        };
        lines.extend(bytes.split(|byte| *byte == b'\n').map(Sha256::of));
    }
    signed.check_lines(&lines, findings);
}

fn read_index(origin: &dyn Origin, findings: &mut Findings) -> Option<Index> {
    let name: FileName = SIGNATURES.parse().ok()?;
    let Found::Bytes(bytes) = optional(origin, &name, index::MAX_BYTES, findings) else {
        return None;
    };
    let index = Index::parse(&bytes).map_err(|error| {
        let expected = "a list of signatures, docs/formats/signatures.md";
        findings.add(Kind::Form, SIGNATURES, None, &error.to_string(), expected);
    });
    index.ok()
}

/// What became of reading a file.
enum Found {
    Bytes(Vec<u8>),
    Nothing,
    /// It was noted why.
    Unclear,
}

/// A file that need not be there.
fn optional(origin: &dyn Origin, name: &FileName, limit: u64, findings: &mut Findings) -> Found {
    let mut bytes = Vec::new();
    match origin.open(name, limit) {
        Err(OriginError::Missing { .. }) => return Found::Nothing,
        Err(error) => findings.unchecked(name.as_str(), &reason(&error)),
        Ok(mut stream) => match stream.read_to_end(&mut bytes) {
            Ok(_) => return Found::Bytes(bytes),
            Err(error) => unreadable(name.as_str(), limit, &error, findings),
        },
    }
    Found::Unclear
}

/// Whether there is something where the signature should be.
fn look(origin: &dyn Origin, demand: &Demand) -> Findings {
    let mut findings = Findings::default();
    let Ok(place) = demand.signature().parse::<FileName>() else {
        unsigned(demand, "no name for what would be", &mut findings);
        return findings;
    };
    match optional(origin, &place, MAX_SIGNATURE_BYTES, &mut findings) {
        Found::Nothing => unsigned(demand, "no file", &mut findings),
        Found::Bytes(bytes) if bytes.is_empty() => {
            unsigned(demand, "an empty file", &mut findings);
        }
        Found::Bytes(_) | Found::Unclear => {}
    }
    findings
}
