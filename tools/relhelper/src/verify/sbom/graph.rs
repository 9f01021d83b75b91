//! Documents → the graph that they were written of: the components from `CycloneDX`, the kinds of relations from SPDX.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::License;
use crate::document::Writer;
use crate::facts::SourceDate;
use crate::nix::StorePath;
use crate::nix::hash::Algorithm;
use crate::sbom::{Author, Component, Coverage, Digest, Graph, Id, Kind, Relation, Task};
use crate::verify::documents::cyclonedx::{self, Bom};
use crate::verify::documents::spdx::{Document, Relationship};

/// Keys of notes. Another one is not ours.
const NOTES: [&str; 15] = [
    "derivation",
    "features",
    "gitCommit",
    "license",
    "mediaType",
    "member",
    "narHash",
    "output",
    "role",
    "size",
    "source",
    "storePath",
    "target",
    "unsignedSha256",
    "unsignedSize",
];

/// Why there is no graph.
pub type Defect = String;

/// The graph.
///
/// # Errors
///
/// When they say something that no graph has.
pub fn read(bom: &Bom, document: &Document, created: SourceDate) -> Result<Graph, Defect> {
    let purposes: BTreeMap<&str, &str> = document
        .packages
        .iter()
        .filter_map(|row| {
            Some((row.id.strip_prefix("SPDXRef-")?, row.primary_package_purpose.as_str()))
        })
        .collect();
    let mut coverage = BTreeMap::new();
    for row in &bom.compositions {
        let known = match row.aggregate.as_str() {
            "complete" => Coverage::Complete,
            "incomplete" => Coverage::Incomplete,
            "unknown" => Coverage::Unknown,
            other => return Err(format!("the aggregate `{other}`")),
        };
        coverage.extend(row.dependencies.iter().map(|id| (id.as_str(), known)));
    }
    let mut components = BTreeMap::new();
    for row in std::iter::once(&bom.metadata.component).chain(&bom.components) {
        let id = id(&row.id)?;
        let known = coverage
            .get(row.id.as_str())
            .copied()
            .ok_or_else(|| format!("`{}`, and no composition that has it", row.id))?;
        let purpose = purposes
            .get(row.id.as_str())
            .copied()
            .ok_or_else(|| format!("`{}`, and no package of SPDX for it", row.id))?;
        let component = component(row, id.clone(), purpose, known)?;
        if components.insert(id, component).is_some() {
            return Err(format!("`{}` twice", row.id));
        }
    }
    let mut relations = BTreeSet::new();
    for row in &document.relationships {
        relations.extend(relation(row)?);
    }
    for (from, _, to) in &relations {
        if let Some(lost) = [from, to].into_iter().find(|id| !components.contains_key(*id)) {
            return Err(format!("a relation with `{lost}`, which is no component"));
        }
    }
    let mut tasks = Vec::new();
    for workflow in bom.formulation.iter().flat_map(|formula| &formula.workflows) {
        let after: BTreeMap<_, _> = workflow
            .task_dependencies
            .iter()
            .map(|row| (row.r#ref.as_str(), &row.depends_on))
            .collect();
        for row in &workflow.tasks {
            tasks.push(task(row, after.get(row.id.as_str()).copied())?);
        }
    }
    Ok(Graph {
        name: document.name.clone(),
        root: id(&bom.metadata.component.id)?,
        created,
        supplier: bom.metadata.supplier.as_ref().map(|supplier| supplier.name.clone()),
        components,
        relations,
        tasks,
    })
}

/// The relhelper that a document names.
pub fn writer(document: &Document) -> Option<Writer> {
    let creation = &document.creation_info;
    let tool = creation.creators.iter().find_map(|name| name.strip_prefix("Tool: relhelper-"))?;
    Some(Writer { version: tool.to_owned(), license_list: creation.license_list_version.clone() })
}

fn id(text: &str) -> Result<Id, Defect> {
    Id::read(text).ok_or_else(|| format!("the identifier `{text}`"))
}

fn ids<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<BTreeSet<Id>, Defect> {
    texts.into_iter().map(|text| id(text)).collect()
}

fn component(
    row: &cyclonedx::Component,
    id: Id,
    purpose: &str,
    coverage: Coverage,
) -> Result<Component, Defect> {
    let kind = match purpose {
        "APPLICATION" => Kind::Program,
        "ARCHIVE" => Kind::Archive,
        "FILE" => Kind::File,
        "INSTALL" => Kind::Installer,
        "LIBRARY" => Kind::Library,
        "SOURCE" => Kind::Source,
        other => return Err(format!("the purpose `{other}`")),
    };
    let (mut notes, mut file) = (BTreeMap::new(), None);
    for property in &row.properties {
        let name = property.name.strip_prefix("relhelper:").unwrap_or_default();
        if name == "file" {
            file = Some(property.value.clone());
        } else if let Some(name) = NOTES.into_iter().find(|note| *note == name) {
            notes.insert(name, property.value.clone());
        } else {
            return Err(format!("the property `{}`", property.name));
        }
    }
    let digest = row.hashes.first().map(|hash| {
        let algorithm = match hash.alg.as_str() {
            "BLAKE3" => Algorithm::Blake3,
            "MD5" => Algorithm::Md5,
            "SHA-1" => Algorithm::Sha1,
            "SHA-256" => Algorithm::Sha256,
            "SHA-512" => Algorithm::Sha512,
            other => return Err(format!("the algorithm `{other}`")),
        };
        Ok(Digest { algorithm, hex: hash.content.clone() })
    });
    let license = row.licenses.first().map(|choice| match (&choice.expression, &choice.license) {
        (Some(expression), None) => Ok(License::Expression(expression.clone())),
        (None, Some(license)) => Ok(License::Text(license.name.clone())),
        _ => Err("a licence that is neither expression nor name".to_owned()),
    });
    let author = |author: &cyclonedx::Author| Author {
        name: author.name.clone(),
        email: author.email.clone(),
    };
    Ok(Component {
        kind,
        name: row.name.clone(),
        version: row.version.clone(),
        file,
        digest: digest.transpose()?,
        purl: row.purl.clone(),
        swhid: row.swhid.first().cloned(),
        license: license.transpose()?.unwrap_or(License::Missing),
        supplier: row.supplier.as_ref().map(|supplier| supplier.name.clone()),
        authors: row.authors.iter().map(author).collect(),
        description: row.description.clone(),
        address: row.external_references.first().map(|page| page.url.clone()),
        notes,
        coverage,
        ..Component::unknown(id)
    })
}

/// The relation; none for the rows that follow from other facts.
fn relation(row: &Relationship) -> Result<Option<(Id, Relation, Id)>, Defect> {
    let kind = row.relationship_type.as_str();
    let related = row.related_spdx_element.as_str();
    if kind == "DESCRIBES" || ["NONE", "NOASSERTION"].contains(&related) {
        return Ok(None);
    }
    let element = |text: &str| id(text.strip_prefix("SPDXRef-").unwrap_or_default());
    let (one, other) = (element(&row.spdx_element_id)?, element(related)?);
    Ok(Some(match kind {
        "BUILD_DEPENDENCY_OF" => (other, Relation::BuildNeeds, one),
        "BUILD_TOOL_OF" => (other, Relation::BuiltWith, one),
        "CONTAINS" => (one, Relation::Contains, other),
        "DEPENDS_ON" => (one, Relation::Links, other),
        "GENERATED_FROM" => (one, Relation::GeneratedFrom, other),
        _ => return Err(format!("the relationship `{kind}`")),
    }))
}

fn task(row: &cyclonedx::Task, after: Option<&Vec<String>>) -> Result<Task, Defect> {
    let path = |text: &str| text.parse::<StorePath>().map_err(|error| error.to_string());
    let mut outputs = BTreeMap::new();
    for property in &row.properties {
        let name = property.name.strip_prefix("relhelper:output:");
        let name = name.ok_or_else(|| format!("the property `{}`", property.name))?;
        outputs.insert(name.to_owned(), path(&property.value)?);
    }
    Ok(Task {
        id: id(&row.id)?,
        derivation: path(&row.uid)?,
        after: ids(after.into_iter().flatten())?,
        uses: ids(row.inputs.iter().map(|row| &row.resource.r#ref))?,
        makes: ids(row.outputs.iter().map(|row| &row.resource.r#ref))?,
        outputs,
    })
}
