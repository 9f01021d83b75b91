//! Artifacts as manifest and provenance describe them together.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::documents::manifest::{Manifest, Row};
use super::documents::provenance::{Resource, Statement};
use crate::facts::{Artifact, Measured, Origin, Target, Tree};
use crate::release::FileName;

/// Those that both know, by their names.
pub(super) fn artifacts(
    manifest: &Manifest,
    statement: Option<&Statement>,
) -> BTreeMap<FileName, Artifact> {
    let subjects = statement.iter().flat_map(|statement| &statement.subject);
    let subjects: BTreeMap<_, _> =
        subjects.map(|subject| (subject.name.as_str(), subject)).collect();
    let rows = manifest.artifacts.iter();
    let known = rows.filter_map(|row| artifact(row, subjects.get(row.file.as_str())?));
    known.map(|artifact| (artifact.file.clone(), artifact)).collect()
}

fn artifact(row: &Row, subject: &Resource) -> Option<Artifact> {
    let Row { kind, os, arch, target, tier, .. } = row;
    let target = match (target, os, arch, tier) {
        (Some(triple), Some(os), Some(arch), Some(tier)) => Some(Target {
            triple: triple.parse().ok()?,
            os: os.parse().ok()?,
            arch: arch.parse().ok()?,
            tier: tier.parse().ok()?,
        }),
        _ => None,
    };
    Some(Artifact {
        kind: kind.parse().ok()?,
        file: row.file.parse().ok()?,
        target,
        media_type: row.media_type.clone(),
        measured: Measured { size: row.size, sha256: row.sha256.parse().ok()? },
        origin: Origin {
            derivation: subject.annotations.derivation.as_ref()?.parse().ok()?,
            output: subject.annotations.output.clone()?,
            tree: tree(subject)?,
            member: subject.annotations.member.clone()?,
        },
    })
}

/// Where a resource is in the store.
pub(super) fn tree(resource: &Resource) -> Option<Tree> {
    let nar_hash = resource.annotations.nar_hash.as_ref()?.parse().ok()?;
    Some(Tree { path: resource.annotations.store_path.parse().ok()?, nar_hash })
}
