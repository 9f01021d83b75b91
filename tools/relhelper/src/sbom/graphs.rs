//! Facts → graphs.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::component::{license_note, web_address};
use super::{Component, Coverage, Graph, Id, Kind, Relation, Task};
use crate::cargo::License;
use crate::facts::purl;
use crate::facts::{Artifact, ArtifactKind, Input, Product, ReleaseFacts, Step};
use crate::nix::StorePath;
use crate::release::Layout;

/// Makes the graphs of one release.
pub struct Graphs<'a> {
    pub(super) facts: &'a ReleaseFacts,
    /// With their identifiers, since many artifacts are made of the same.
    pub(super) inputs: BTreeMap<&'a StorePath, (Id, &'a Input)>,
    tasks: BTreeMap<&'a StorePath, Id>,
    /// The artifacts that a derivation makes.
    makes: BTreeMap<&'a StorePath, BTreeSet<Id>>,
}

/// A graph in the making.
#[derive(Default)]
pub(super) struct Parts {
    pub components: BTreeMap<Id, Component>,
    pub relations: BTreeSet<(Id, Relation, Id)>,
}

impl Parts {
    pub fn relate(&mut self, from: &Id, relation: Relation, to: &Id) {
        self.relations.insert((from.clone(), relation, to.clone()));
    }
}

impl<'a> Graphs<'a> {
    /// Gets ready for the graphs of this release.
    #[must_use]
    pub fn new(facts: &'a ReleaseFacts) -> Self {
        let inputs = facts.build.inputs.iter();
        let inputs = inputs.map(|input| (&input.path, (super::inputs::input_id(input), input)));
        let tasks = facts.build.steps.iter().map(|(path, _)| (path, task_id(path)));
        let mut makes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for artifact in &facts.artifacts {
            makes.entry(&artifact.origin.derivation).or_default().insert(artifact_id(artifact));
        }
        Self { facts, inputs: inputs.collect(), tasks: tasks.collect(), makes }
    }

    /// The graph of the whole release: everything that is in any artifact, or made one.
    #[must_use]
    pub fn release(&self) -> Graph {
        let mut parts = Parts::default();
        let mut coverage = Coverage::Complete;
        let product = product(&self.facts.product);
        for artifact in &self.facts.artifacts {
            let (id, known) = self.add_artifact(artifact, &mut parts);
            parts.relate(&product.id, Relation::Contains, &id);
            if known != Coverage::Complete {
                coverage = Coverage::Incomplete;
            }
        }
        super::inputs::add_inputs(&product.id, self.inputs.values(), &mut parts);
        let steps = self.facts.build.steps.iter();
        let name = Layout::new(&self.facts.product).stem().to_owned();
        self.graph(name, Component { coverage, ..product }, parts, steps)
    }

    /// The graph of one artifact.
    #[must_use]
    pub fn artifact(&self, artifact: &Artifact) -> Graph {
        let mut parts = Parts::default();
        let (id, _) = self.add_artifact(artifact, &mut parts);
        let steps = self.facts.build.steps.up_to(&artifact.origin.derivation);
        let mut used: BTreeSet<_> = steps.values().flat_map(|step| &step.inputs).collect();
        // An artifact may itself be a content that was fixed beforehand.
        used.insert(&artifact.origin.tree.path);
        let inputs = used.into_iter().filter_map(|path| self.inputs.get(path));
        super::inputs::add_inputs(&id, inputs, &mut parts);
        let root = parts.components[&id].clone();
        self.graph(artifact.file.as_str().to_owned(), root, parts, steps.into_iter())
    }

    fn graph<'s>(
        &self,
        name: String,
        root: Component,
        mut parts: Parts,
        steps: impl Iterator<Item = (&'s StorePath, &'s Step)>,
    ) -> Graph {
        let id = root.id.clone();
        parts.components.insert(id.clone(), root);
        let tasks = steps.map(|(derivation, step)| self.task(derivation, step, &parts));
        let tasks = tasks.collect();
        let Parts { components, relations } = parts;
        let created = self.facts.source.source_date;
        let supplier = self.facts.product.supplier.clone();
        Graph { name, root: id, created, supplier, components, relations, tasks }
    }

    fn task(&self, derivation: &StorePath, step: &Step, parts: &Parts) -> Task {
        let id = |path| self.tasks.get(path).cloned().unwrap_or_else(|| task_id(path));
        let inputs = step.inputs.iter().filter_map(|path| self.inputs.get(path));
        let mut uses: BTreeSet<_> = inputs.map(|(id, _)| id.clone()).collect();
        let source = &self.facts.build.source;
        if step.sources.contains(&source.path) {
            uses.insert(super::inputs::source_id(source));
        }
        uses.retain(|id| parts.components.contains_key(id));
        let makes = self.makes.get(derivation).into_iter().flatten();
        let makes = makes.filter(|id| parts.components.contains_key(*id)).cloned().collect();
        Task {
            id: id(derivation),
            derivation: derivation.clone(),
            after: step.after.iter().map(id).collect(),
            uses,
            makes,
            outputs: step.outputs.clone(),
        }
    }

    /// Adds an artifact, the source, and what is linked into it.
    fn add_artifact(&self, artifact: &Artifact, parts: &mut Parts) -> (Id, Coverage) {
        let id = artifact_id(artifact);
        let source = self.add_source(parts);
        let crates =
            artifact.target.as_ref().and_then(|target| self.facts.crates.get(&target.triple));
        let coverage = match (artifact.kind, crates) {
            (ArtifactKind::Source, _) => {
                parts.relate(&id, Relation::Contains, &source);
                Coverage::Complete
            }
            (ArtifactKind::Binary | ArtifactKind::Bundle, Some(crates)) => {
                if let Some(root) = self.add_crates(crates, parts) {
                    parts.relate(&id, Relation::Contains, &root);
                    self.add_runtime(&root, artifact.target.as_ref(), parts);
                }
                parts.relate(&id, Relation::GeneratedFrom, &source);
                Coverage::Complete
            }
            _ => {
                parts.relate(&id, Relation::GeneratedFrom, &source);
                Coverage::Unknown
            }
        };
        let component = artifact_component(&self.facts.product, artifact, coverage);
        parts.components.insert(id.clone(), component);
        (id, coverage)
    }
}

fn task_id(derivation: &StorePath) -> Id {
    Id::new("task", derivation.name(), &[&derivation.to_string()])
}

/// The component that an artifact is.
pub(crate) fn artifact_component(
    product: &Product,
    artifact: &Artifact,
    coverage: Coverage,
) -> Component {
    let id = artifact_id(artifact);
    let Product { name, version, license, supplier, .. } = product;
    let (file, origin) = (artifact.file.as_str(), &artifact.origin);
    let checksum = format!("sha256:{}", artifact.measured.sha256);
    let qualifiers = [("checksum", Some(checksum.as_str())), ("file_name", Some(file))];
    let mut notes = BTreeMap::from([
        ("derivation", origin.derivation.to_string()),
        ("mediaType", artifact.media_type.clone()),
        ("narHash", origin.tree.nar_hash.to_string()),
        ("output", origin.output.clone()),
        ("size", artifact.measured.size.to_string()),
        ("storePath", origin.tree.path.to_string()),
    ]);
    if !origin.member.is_empty() {
        notes.insert("member", origin.member.clone());
    }
    if let Some(target) = &artifact.target {
        notes.insert("target", target.triple.to_string());
    }
    let license = License::of_manifest(license.as_deref(), None);
    notes.extend(license_note(&license));
    Component {
        kind: match artifact.kind {
            ArtifactKind::Binary => Kind::Program,
            ArtifactKind::Bundle | ArtifactKind::Source => Kind::Archive,
            ArtifactKind::Installer => Kind::Installer,
            _ => Kind::File,
        },
        name: file.to_owned(),
        version: Some(version.to_string()),
        file: Some(file.to_owned()),
        digest: Some(artifact.measured.sha256.into()),
        purl: Some(purl::write("generic", name.as_str(), Some(&version.to_string()), qualifiers)),
        license,
        supplier: supplier.clone(),
        notes,
        coverage,
        ..Component::unknown(id)
    }
}

pub(crate) fn artifact_id(artifact: &Artifact) -> Id {
    let file = artifact.file.as_str();
    Id::new("artifact", file, &[file, &artifact.measured.sha256.to_string()])
}

/// The component that a product is.
pub(crate) fn product(product: &Product) -> Component {
    let Product { name, version, description, license, homepage, supplier } = product;
    let version = version.to_string();
    let id = Id::new("product", &format!("{name}-{version}"), &[name.as_str(), &version]);
    let license = License::of_manifest(license.as_deref(), None);
    Component {
        kind: Kind::Product,
        name: name.to_string(),
        purl: Some(purl::write("generic", name.as_str(), Some(&version), [])),
        version: Some(version),
        notes: license_note(&license).into_iter().collect(),
        license,
        supplier: supplier.clone(),
        description: description.clone(),
        address: homepage.as_deref().and_then(web_address),
        ..Component::unknown(id)
    }
}
