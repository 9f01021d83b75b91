//! What a bill of materials says, against manifest and provenance, and against the one of the whole release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::Documents;
use super::check::Check;
use crate::cargo::License;
use crate::document::Writer;
use crate::release::FileName;
use crate::sbom::{self, Component, Coverage, Graph, Relation};
use crate::verify::Release;
use crate::verify::problem::Findings;

/// What the documents about the whole release say.
#[derive(Clone, Debug)]
pub struct Reference {
    graph: Graph,
    writer: Writer,
}

impl Reference {
    /// Whether the release was written by this version of relhelper.
    #[must_use]
    pub fn writer_is_this(&self) -> bool {
        self.writer.version == Writer::this().version
    }
}

pub(super) fn check_release(
    documents: &Documents,
    release: &Release,
    graph: Graph,
    writer: Writer,
    findings: &mut Findings,
) -> Reference {
    let mut check = Check { documents, release, graph: &graph, findings };
    let Some(product) = check.product() else { return Reference { graph, writer } };
    check.root(&release.stem, &sbom::product(&product));
    check.source(&product);
    let mut contained = BTreeSet::new();
    for artifact in release.described.values() {
        check.component(&release.component(&product, artifact, Coverage::Unknown));
        contained.insert(sbom::artifact_id(artifact));
        check.made(artifact);
    }
    let inside = graph
        .relations
        .iter()
        .filter(|(from, relation, _)| *from == graph.root && *relation == Relation::Contains);
    let inside: BTreeSet<_> = inside.map(|(_, _, id)| id.clone()).collect();
    check.same("what the product contains", &inside, &contained);
    let found = check.inputs();
    if let Some(provenance) = &release.provenance {
        let inputs = provenance.predicate.build_definition.resolved_dependencies.iter().skip(1);
        for missing in inputs.filter(|input| !found.contains(&input.annotations.store_path)) {
            check.differs(
                "the inputs",
                "nothing",
                &format!("{}, as in provenance.json", missing.name),
            );
        }
        let steps: BTreeSet<_> =
            graph.tasks.iter().map(|task| task.derivation.to_string()).collect();
        let stated = &provenance.predicate.build_definition.internal_parameters.derivations;
        for missing in stated.iter().filter(|path| !steps.contains(*path)) {
            check.differs(
                "the steps of the build",
                "nothing",
                &format!("{missing}, as in provenance.json"),
            );
        }
    }
    Reference { graph, writer }
}

pub(super) fn check_artifact(
    documents: &Documents,
    file: &FileName,
    release: &Release,
    (graph, writer): (&Graph, &Writer),
    reference: Option<&Reference>,
    findings: &mut Findings,
) {
    let mut check = Check { documents, release, graph, findings };
    if let Some((product, artifact)) = check.product().zip(release.described.get(file)) {
        let expected = release.component(&product, artifact, Coverage::Unknown);
        check.root(file.as_str(), &expected);
        check.source(&product);
        check.made(artifact);
    }
    check.inputs();
    let Some(reference) = reference else { return };
    check.same("the program that wrote it", writer, &reference.writer);
    check.same("the supplier", &graph.supplier, &reference.graph.supplier);
    for component in graph.components.values() {
        let Some(known) = reference.graph.components.get(&component.id) else {
            check.differs(component.id.as_str(), "a component", "one that the whole release has");
            continue;
        };
        check.fields(&constant(component, component, known), &constant(known, component, known));
    }
    for relation in &graph.relations {
        // What built an artifact is a relation of the product there.
        let own = relation.0 == graph.root
            && matches!(relation.1, Relation::BuildNeeds | Relation::BuiltWith);
        if !own && !reference.graph.relations.contains(relation) {
            check.differs(
                "relations",
                &format!("{relation:?}"),
                "those that the whole release has",
            );
        }
    }
    let steps: BTreeMap<_, _> = reference.graph.tasks.iter().map(|task| (&task.id, task)).collect();
    for task in &graph.tasks {
        let known = steps.get(&task.id).map(|task| (&task.derivation, &task.after, &task.outputs));
        let found = Some((&task.derivation, &task.after, &task.outputs));
        check.same(task.id.as_str(), &found, &known);
    }
}

/// A component without what differs between `one` and `other`, the same one in two documents.
fn constant(component: &Component, one: &Component, other: &Component) -> Component {
    let mut component = component.clone();
    component.coverage = Coverage::Unknown;
    // A crate may be linked into one program and build another, with other features.
    component.notes.retain(|key, _| !["features", "role"].contains(key));
    // Where a crate is only an input, nobody asked its manifest.
    let only_input =
        |component: &Component| component.notes.get("role").is_some_and(|role| role == "input");
    if only_input(one) != only_input(other) {
        component.notes.remove("license");
        component.license = License::Missing;
        component.authors.clear();
        (component.description, component.address) = (None, None);
    }
    component
}
