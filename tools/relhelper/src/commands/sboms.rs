//! The bills of materials of a release. There are many and they are large, so each is made, written
//! and forgotten.

use std::iter;
use std::path::Path;

use crate::document;
use crate::error::CommandError;
use crate::facts::{ReleaseFacts, Sha256};
use crate::io::files::{self, Mode};
use crate::io::{cores, parallel};
use crate::release::layout::SbomFormat;
use crate::release::{FileName, Layout};
use crate::sbom::Graphs;

/// Writes those of the release and of each artifact into `directory`; their names and digests.
pub(super) fn write(
    facts: &ReleaseFacts,
    directory: &Path,
) -> Result<Vec<(String, Sha256)>, CommandError> {
    let (layout, graphs) = (Layout::new(&facts.product), Graphs::new(facts));
    let subjects: Vec<_> = iter::once(None).chain(facts.artifacts.iter().map(Some)).collect();
    let written = parallel::try_map(cores::available(), &subjects, |subject| {
        let graph = subject.map_or_else(|| graphs.release(), |artifact| graphs.artifact(artifact));
        let file = subject.map(|artifact| artifact.file.as_str());
        let write = |format| {
            let name = layout.sbom(file, format);
            let content = document::sbom(&graph, format);
            let path = name.parse::<FileName>()?.inside(directory);
            files::write(&path, Mode::Plain, &content)?;
            Ok::<_, CommandError>((name, Sha256::of(&content)))
        };
        SbomFormat::ALL.into_iter().map(write).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(written.into_iter().flatten().collect())
}
