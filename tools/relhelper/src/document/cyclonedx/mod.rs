//! A bill of materials in `CycloneDX` 1.6 and 1.7, as JSON. `docs/formats/sbom.md`
//!
//! Specs: <https://cyclonedx.org/docs/1.6/json/>, <https://cyclonedx.org/docs/1.7/json/>. What 1.7
//! adds is about things that are not known here, so the two differ in their version only.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod component;
mod formulation;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::json;
use crate::sbom::{Coverage, Graph, Id};
use component::{Component, Organization, Property};
use formulation::Formula;

/// A version of the format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Version {
    V1_6,
    V1_7,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are those of the format")]
struct Bom<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    /// Written last.
    serial_number: &'static str,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Component<'a>>,
    dependencies: Vec<Dependency<'a>>,
    compositions: Vec<Composition<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    formulation: Vec<Formula<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    lifecycles: [Lifecycle; 1],
    tools: Tools<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<Organization<'a>>,
    component: Option<Component<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Organization<'a>>,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools<'a> {
    components: [Component<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    r#ref: &'a Id,
    depends_on: BTreeSet<&'a Id>,
}

#[derive(Serialize)]
struct Composition<'a> {
    aggregate: &'static str,
    dependencies: Vec<&'a Id>,
}

pub(super) fn write(writer: &super::Writer, graph: &Graph, version: Version) -> Vec<u8> {
    let (schema, spec_version) = match version {
        Version::V1_6 => ("http://cyclonedx.org/schema/bom-1.6.schema.json", "1.6"),
        Version::V1_7 => ("http://cyclonedx.org/schema/bom-1.7.schema.json", "1.7"),
    };
    let excluded = graph.excluded();
    let supplier = || graph.supplier.as_deref().map(|name| Organization { name });
    let bom = Bom {
        schema,
        bom_format: "CycloneDX",
        spec_version,
        serial_number: "",
        version: 1,
        metadata: Metadata {
            timestamp: graph.created.to_string(),
            lifecycles: [Lifecycle { phase: "build" }],
            tools: Tools { components: [Component::tool("relhelper", &writer.version)] },
            manufacturer: supplier(),
            component: graph.root_first().next().map(Component::of),
            supplier: supplier(),
        },
        components: graph
            .root_first()
            .skip(1)
            .map(|component| Component {
                scope: Some(if excluded.contains(&component.id) { "excluded" } else { "required" })
                    .filter(|_| graph.coverage() == Coverage::Complete),
                ..Component::of(component)
            })
            .collect(),
        dependencies: graph
            .needs()
            .into_iter()
            .map(|(r#ref, depends_on)| Dependency { r#ref, depends_on })
            .collect(),
        compositions: compositions(graph),
        formulation: formulation::of(graph),
    };
    json::to_named_bytes(&bom, "serialNumber", |uuid| format!("urn:uuid:{uuid}"))
}

/// How much is known of what each component depends on.
fn compositions(graph: &Graph) -> Vec<Composition<'_>> {
    let mut by_coverage: BTreeMap<Coverage, Vec<&Id>> = BTreeMap::new();
    for component in graph.components.values() {
        by_coverage.entry(component.coverage).or_default().push(&component.id);
    }
    let row = |(coverage, dependencies)| Composition {
        aggregate: match coverage {
            Coverage::Complete => "complete",
            Coverage::Incomplete => "incomplete",
            Coverage::Unknown => "unknown",
        },
        dependencies,
    };
    by_coverage.into_iter().map(row).collect()
}

fn property(name: &str, value: &str) -> Property {
    Property { name: format!("relhelper:{name}"), value: value.to_owned() }
}
