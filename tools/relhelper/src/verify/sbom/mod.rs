//! Bills of materials: the formats of one thing with each other, and with the release.
//!
//! The graph is read from `CycloneDX` 1.6 and SPDX together, and all documents are written of it again. They must be
//! those bytes; so no fact can stand in one of them otherwise than in the others, and the names that documents have from
//! their content are theirs.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod check;
mod facts;
mod graph;

pub(crate) use check::product;
pub use facts::Reference;

use super::documents::cyclonedx::Bom;
use super::documents::malformed;
use super::documents::spdx::Document;
use super::problem::{Findings, Kind};
use super::{Release, difference};
use crate::document::{Writer, sbom_by};
use crate::facts::SourceDate;
use crate::release::FileName;
use crate::release::layout::{Each, SbomFormat};
use crate::sbom::Graph;

/// The documents about one thing, in the order of [`SbomFormat::ALL`].
pub type Documents<'a> = Each<(&'a FileName, &'a [u8])>;

/// Checks the documents about the whole release; what those of artifacts are compared with comes back.
pub fn check_release(
    documents: &Documents,
    release: &Release,
    findings: &mut Findings,
) -> Option<Reference> {
    let (graph, writer) = read(documents, release, findings)?;
    Some(facts::check_release(documents, release, graph, writer, findings))
}

/// Checks the documents about the artifact `file`.
pub fn check_artifact(
    documents: &Documents,
    file: &FileName,
    release: &Release,
    reference: Option<&Reference>,
    findings: &mut Findings,
) {
    if let Some((graph, writer)) = read(documents, release, findings) {
        facts::check_artifact(documents, file, release, (&graph, &writer), reference, findings);
    }
}

/// The graph behind the documents, after they were compared with what is written of it.
pub(crate) fn read(
    documents: &Documents,
    release: &Release,
    findings: &mut Findings,
) -> Option<(Graph, Writer)> {
    let [(one_six, bytes), _, (spdx, spdx_bytes), _] = documents;
    let bom: Option<Bom> = parse(one_six, bytes, findings);
    let document: Option<Document> = parse(spdx, spdx_bytes, findings);
    let (bom, document) = bom.zip(document)?;
    let created = SourceDate::from_seconds(release.manifest.source.source_date).ok()?;
    let graph = match graph::read(&bom, &document, created) {
        Ok(graph) => graph,
        Err(defect) => {
            let expected = format!("what relhelper writes, the same in {spdx}");
            findings.add(Kind::Form, one_six.as_str(), None, &defect, &expected);
            return None;
        }
    };
    let Some(writer) = graph::writer(&document) else {
        let found = format!("{:?}", document.creation_info.creators);
        findings.add(Kind::Form, spdx.as_str(), None, &found, "the creator `Tool: relhelper-…`");
        return None;
    };
    for ((name, bytes), format) in documents.iter().zip(SbomFormat::ALL) {
        let written = sbom_by(&writer, &graph, format);
        if written != *bytes {
            compare(name, bytes, &written, &writer, findings);
        }
    }
    Some((graph, writer))
}

fn parse<T: serde::de::DeserializeOwned>(
    name: &FileName,
    bytes: &[u8],
    findings: &mut Findings,
) -> Option<T> {
    let document = serde_json::from_slice(bytes);
    let expected = "a bill of materials, docs/formats/sbom.md";
    let defect = |error| malformed(name.as_str(), &error, expected, findings);
    document.map_err(defect).ok()
}

/// Takes note of what a document has that is not written of the graph.
fn compare(
    name: &FileName,
    bytes: &[u8],
    written: &[u8],
    writer: &Writer,
    findings: &mut Findings,
) {
    if writer.version != Writer::this().version {
        let reason = format!(
            "it is not what relhelper {} writes, but relhelper {} is said to have written it",
            Writer::this().version,
            writer.version
        );
        return findings.unchecked(name.as_str(), &reason);
    }
    let value = |bytes| serde_json::from_slice(bytes).unwrap_or_default();
    let (found, expected): (serde_json::Value, serde_json::Value) = (value(bytes), value(written));
    if found == expected {
        difference::text(name.as_str(), bytes, written, findings);
    } else {
        difference::json(name.as_str(), &found, &expected, findings);
    }
}
