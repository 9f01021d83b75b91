//! The artifacts of a release: as they are declared, and as they are.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::PathBuf;

use super::metadata::RawArtifact;
use super::problem::ProblemList;
use super::{ArtifactKind, Measured, Origin, Problem, Target};
use crate::release::{FileName, Layout};

/// What a release should hold: an artifact in whose metadata nothing is wrong.
#[derive(Clone, Debug)]
pub(super) struct DeclaredArtifact {
    pub kind: ArtifactKind,
    pub file: FileName,
    pub target: Option<Target>,
    pub media_type: String,
}

/// Checks one row; where it is taken from comes back beside it.
pub(super) fn check_artifact(
    raw: RawArtifact,
    layout: &Layout,
    targets: &[Target],
    problems: &mut ProblemList,
) -> Option<(PathBuf, DeclaredArtifact)> {
    let RawArtifact { kind, file, from, target, media_type } = raw;
    let kind = problems
        .keep(kind.parse().map_err(|source| Problem::ArtifactKind { file: file.clone(), source }));
    let target = match target {
        None => None,
        Some(triple) => {
            let known = targets.iter().find(|known| known.triple.as_str() == triple);
            let missing = Problem::ArtifactTarget { file: file.clone(), target: triple };
            Some(problems.keep(known.cloned().ok_or(missing))?)
        }
    };
    if !is_media_type(&media_type) {
        problems.add(Problem::MediaType { file: file.clone(), found: media_type.clone() });
    }
    let kind = kind?;
    let file = problems.keep(layout.accept(&file, kind, target.as_ref()).map_err(Problem::from))?;
    Some((from, DeclaredArtifact { kind, file, target, media_type }))
}

/// RFC 6838, section 4.2, without parameters.
fn is_media_type(text: &str) -> bool {
    let name = |part: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        part.len() <= 127
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(rest)
    };
    text.split_once('/').is_some_and(|(type_name, subtype)| name(type_name) && name(subtype))
}

/// A file people download.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Artifact {
    pub kind: ArtifactKind,
    pub file: FileName,
    pub target: Option<Target>,
    pub media_type: String,
    pub measured: Measured,
    pub origin: Origin,
}
