//! How it was made: one workflow, with a task for each derivation.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde::Serialize;

use super::component::Property;
use super::{Dependency, property};
use crate::nix::StorePath;
use crate::sbom::{Graph, Id, Task};

#[derive(Serialize)]
pub(super) struct Formula<'a> {
    #[serde(rename = "bom-ref")]
    id: &'static str,
    workflows: [Workflow<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Workflow<'a> {
    #[serde(rename = "bom-ref")]
    id: &'static str,
    uid: &'a str,
    name: &'static str,
    task_types: [&'static str; 1],
    tasks: Vec<Row<'a>>,
    task_dependencies: Vec<Dependency<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(rename = "bom-ref")]
    id: &'a Id,
    uid: &'a StorePath,
    name: &'a str,
    task_types: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Resource<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Resource<'a>>,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    resource: Reference<'a>,
}

#[derive(Serialize)]
struct Reference<'a> {
    r#ref: &'a Id,
}

/// Empty when nothing was built.
pub(super) fn of(graph: &Graph) -> Vec<Formula<'_>> {
    if graph.tasks.is_empty() {
        return Vec::new();
    }
    vec![Formula {
        id: "formula-nix",
        workflows: [Workflow {
            id: "workflow-nix",
            uid: graph.root.as_str(),
            name: "Nix derivations",
            task_types: ["build"],
            tasks: graph.tasks.iter().map(row).collect(),
            task_dependencies: graph.tasks.iter().map(after).collect(),
        }],
    }]
}

fn after(task: &Task) -> Dependency<'_> {
    Dependency { r#ref: &task.id, depends_on: task.after.iter().collect() }
}

fn row(task: &Task) -> Row<'_> {
    let name = task.derivation.name();
    Row {
        id: &task.id,
        uid: &task.derivation,
        name: name.strip_suffix(".drv").unwrap_or(name),
        task_types: ["build"],
        inputs: resources(&task.uses, None),
        outputs: resources(&task.makes, Some("artifact")),
        properties: task
            .outputs
            .iter()
            .map(|(output, path)| property(&format!("output:{output}"), &path.to_string()))
            .collect(),
    }
}

fn resources<'a>(ids: &'a BTreeSet<Id>, kind: Option<&'static str>) -> Vec<Resource<'a>> {
    ids.iter().map(|id| Resource { r#type: kind, resource: Reference { r#ref: id } }).collect()
}
