//! The documents of a release whose programs were signed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::envelope::detached::FileDigest;
use crate::document::{json, sbom_by};
use crate::release::FileName;
use crate::release::layout::{BUILD_META, Each, INDEX, MANIFEST, PROVENANCE, SbomFormat};
use crate::sbom::{Graph, Id, artifact_id};
use crate::verify::documents::index::Index;
use crate::verify::documents::manifest::Manifest;
use crate::verify::documents::provenance::Statement;
use crate::verify::sbom::{self, Documents};
use crate::verify::{Findings, Papers, Release, build_meta};

/// Documents that cannot be made anew.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum RemakeError {
    #[error("the release was code-signed already: {file}")]
    Already { file: String },
    #[error("there is no {0} that can be read")]
    Missing(&'static str),
    #[error("{0}")]
    Problem(String),
}

/// Nothing of the release is code-signed yet.
///
/// # Errors
///
/// [`RemakeError::Already`]
pub fn as_built(release: &Release) -> Result<(), RemakeError> {
    let signed = release.manifest.artifacts.iter().find(|row| row.unsigned.is_some());
    signed.map_or(Ok(()), |row| Err(RemakeError::Already { file: row.file.clone() }))
}

/// A release before and after some of its files were replaced by signed ones.
#[derive(Clone, Debug)]
pub struct Remade {
    /// Manifest, index, provenance and build facts for the signed files.
    pub papers: Papers,
    new: Release,
    /// Identifier of an artifact → the artifact, and its identifier afterwards.
    ids: BTreeMap<Id, (FileName, Id)>,
}

impl Remade {
    /// Makes the documents of `release` anew, of which `signed` are replaced by files with those sizes and digests.
    ///
    /// # Errors
    ///
    /// When the release has code-signed files already, or its documents cannot be read.
    pub fn new(
        release: &Release,
        signed: &BTreeMap<FileName, FileDigest>,
    ) -> Result<Self, RemakeError> {
        as_built(release)?;
        let manifest = manifest(release.manifest.clone(), signed);
        let statement = release.provenance.clone().ok_or(RemakeError::Missing(PROVENANCE))?;
        let meta = build_meta::of(&manifest).ok_or(RemakeError::Missing(BUILD_META))?;
        let papers = Papers {
            index: Some(json::to_bytes(&Index::of(&manifest))),
            provenance: Some(json::to_bytes(&provenance(statement, &manifest))),
            build_meta: Some(meta.into_bytes()),
            manifest: Some(json::to_bytes(&manifest)),
        };
        let mut findings = Findings::default();
        let new = Release::read(&papers, &mut findings);
        findings.none().map_err(RemakeError::Problem)?;
        let new = new.ok_or(RemakeError::Missing(MANIFEST))?;
        let pairs = release.described.iter().filter_map(|(file, old)| {
            let new = new.described.get(file)?;
            Some((artifact_id(old), (file.clone(), artifact_id(new))))
        });
        Ok(Self { ids: pairs.collect(), papers, new })
    }

    /// The release afterwards.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.new
    }

    /// The documents by their names.
    pub fn papers(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let papers = [
            (BUILD_META, &self.papers.build_meta),
            (INDEX, &self.papers.index),
            (MANIFEST, &self.papers.manifest),
            (PROVENANCE, &self.papers.provenance),
        ];
        papers.into_iter().filter_map(|(name, bytes)| Some((name, bytes.as_deref()?)))
    }

    /// Bills of materials about one thing, made anew. `before` is the release that they are of.
    ///
    /// # Errors
    ///
    /// When they are not what is written of one graph.
    pub fn sboms(
        &self,
        documents: &Documents,
        before: &Release,
    ) -> Result<Each<Vec<u8>>, RemakeError> {
        let mut findings = Findings::default();
        let read = sbom::read(documents, before, &mut findings);
        findings.none().map_err(RemakeError::Problem)?;
        let (graph, writer) =
            read.ok_or_else(|| RemakeError::Problem(format!("{} cannot be read", documents[0].0)))?;
        let graph = self.graph(graph)?;
        Ok(SbomFormat::ALL.map(|format| sbom_by(&writer, &graph, format)))
    }

    /// The graph with the artifacts as they are afterwards.
    fn graph(&self, mut graph: Graph) -> Result<Graph, RemakeError> {
        let product = sbom::product(&self.new, &graph).ok_or(RemakeError::Missing(MANIFEST))?;
        for (id, (file, new_id)) in &self.ids {
            let Some(old) = graph.components.remove(id) else { continue };
            let artifact = self.new.described.get(file).ok_or(RemakeError::Missing(MANIFEST))?;
            let mut component = self.new.component(&product, artifact, old.coverage);
            component.kind = old.kind;
            graph.components.insert(new_id.clone(), component);
        }
        let renamed = |id: &Id| self.ids.get(id).map_or_else(|| id.clone(), |(_, id)| id.clone());
        let all = |ids: &BTreeSet<Id>| ids.iter().map(renamed).collect::<BTreeSet<_>>();
        graph.root = renamed(&graph.root);
        let relations = graph.relations.iter();
        graph.relations =
            relations.map(|(from, kind, to)| (renamed(from), *kind, renamed(to))).collect();
        for task in &mut graph.tasks {
            (task.uses, task.makes) = (all(&task.uses), all(&task.makes));
        }
        Ok(graph)
    }
}

fn manifest(mut manifest: Manifest, signed: &BTreeMap<FileName, FileDigest>) -> Manifest {
    for row in &mut manifest.artifacts {
        let new = row.file.parse::<FileName>().ok().and_then(|file| signed.get(&file));
        let Some(new) = new else { continue };
        row.unsigned = Some(FileDigest { size: row.size, sha256: row.sha256.clone() });
        (row.size, row.sha256) = (new.size, new.sha256.clone());
    }
    manifest
}

/// What was built is where it was; what people download of it is signed.
fn provenance(mut statement: Statement, manifest: &Manifest) -> Statement {
    for row in manifest.artifacts.iter().filter(|row| row.unsigned.is_some()) {
        for subject in statement.subject.iter_mut().filter(|subject| subject.name == row.file) {
            subject.digest.insert("sha256".to_owned(), row.sha256.clone());
            subject.annotations.unsigned.clone_from(&row.unsigned);
        }
    }
    statement
}
