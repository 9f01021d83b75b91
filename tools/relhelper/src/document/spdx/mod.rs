//! A bill of materials in SPDX 2.3, as JSON. `docs/formats/sbom.md`
//!
//! Spec: <https://spdx.github.io/spdx-spec/v2.3/>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod package;

use std::collections::BTreeMap;

use serde::Serialize;

use super::json;
use crate::sbom::{Coverage, Graph, Id, Relation};
use package::{Package, package};
pub(super) use package::{declared, notes};

const NOASSERTION: &str = "NOASSERTION";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are those of the format")]
struct Document<'a> {
    #[serde(rename = "SPDXID")]
    id: &'static str,
    spdx_version: &'static str,
    data_license: &'static str,
    name: &'a str,
    /// Written last.
    document_namespace: &'static str,
    creation_info: CreationInfo,
    packages: Vec<Package<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<Extracted>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationInfo {
    created: String,
    creators: Vec<String>,
    comment: &'static str,
    license_list_version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extracted {
    license_id: String,
    extracted_text: String,
}

#[derive(Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are those of the format")]
struct Relationship {
    spdx_element_id: String,
    relationship_type: &'static str,
    related_spdx_element: String,
}

pub(super) fn write(writer: &super::Writer, graph: &Graph) -> Vec<u8> {
    let mut extracted = BTreeMap::new();
    let packages = graph.root_first().map(|component| package(component, &mut extracted)).collect();
    let extracted = extracted
        .into_iter()
        .map(|(license_id, extracted_text)| Extracted { license_id, extracted_text });
    let organization = graph.supplier.iter().map(|name| format!("Organization: {name}"));
    let tool = format!("Tool: relhelper-{}", writer.version);
    let document = Document {
        id: "SPDXRef-DOCUMENT",
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        name: &graph.name,
        document_namespace: "",
        creation_info: CreationInfo {
            created: graph.created.to_string(),
            creators: organization.chain([tool]).collect(),
            comment: "Generation context: build. The time is that of the source.",
            license_list_version: writer.license_list.clone(),
        },
        packages,
        has_extracted_licensing_infos: extracted.collect(),
        relationships: relationships(graph),
    };
    json::to_named_bytes(&document, "documentNamespace", |uuid| {
        format!("https://spdx.org/spdxdocs/{}-{uuid}", graph.name)
    })
}

/// Of the list that expressions are read with, as `MAJOR.MINOR`.
pub(super) fn list_version() -> String {
    spdx::license_version().splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

fn element(id: &Id) -> String {
    format!("SPDXRef-{id}")
}

fn relationships(graph: &Graph) -> Vec<Relationship> {
    let row = |from: String, kind, to: String| Relationship {
        spdx_element_id: from,
        relationship_type: kind,
        related_spdx_element: to,
    };
    let mut rows = vec![row("SPDXRef-DOCUMENT".to_owned(), "DESCRIBES", element(&graph.root))];
    for (from, relation, to) in &graph.relations {
        let (from, to) = (element(from), element(to));
        rows.push(match relation {
            Relation::BuildNeeds => row(to, "BUILD_DEPENDENCY_OF", from),
            Relation::BuiltWith => row(to, "BUILD_TOOL_OF", from),
            Relation::Contains => row(from, "CONTAINS", to),
            Relation::GeneratedFrom => row(from, "GENERATED_FROM", to),
            Relation::Links => row(from, "DEPENDS_ON", to),
        });
    }
    for (id, needs) in graph.needs() {
        match graph.components.get(id).map(|component| component.coverage) {
            Some(Coverage::Complete) if needs.is_empty() => {
                rows.push(row(element(id), "DEPENDS_ON", "NONE".to_owned()));
            }
            Some(Coverage::Complete) | None => {}
            Some(Coverage::Incomplete | Coverage::Unknown) => {
                rows.push(row(element(id), "DEPENDS_ON", NOASSERTION.to_owned()));
            }
        }
    }
    rows.sort();
    rows
}
