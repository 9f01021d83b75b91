//! One bill of materials against manifest and provenance.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::Documents;
use crate::facts::{Artifact, Product, purl};
use crate::sbom::{self, Component, Graph};
use crate::verify::Release;
use crate::verify::described::tree;
use crate::verify::problem::Findings;

pub(super) struct Check<'a> {
    pub documents: &'a Documents<'a>,
    pub release: &'a Release,
    pub graph: &'a Graph,
    pub findings: &'a mut Findings,
}

impl Check<'_> {
    /// All documents say it; the first stands for them.
    pub fn differs(&mut self, at: &str, found: &str, expected: &str) {
        self.findings.disagreement(self.documents[0].0.as_str(), at, found, expected);
    }

    pub fn same<T: PartialEq + std::fmt::Debug>(&mut self, at: &str, found: &T, expected: &T) {
        self.findings.same(self.documents[0].0.as_str(), at, found, expected);
    }

    pub fn product(&self) -> Option<Product> {
        product(self.release, self.graph)
    }

    pub fn root(&mut self, name: &str, expected: &Component) {
        self.same("the name of the document", &self.graph.name.as_str(), &name);
        self.same("what the document is about", &self.graph.root, &expected.id);
        self.component(expected);
    }

    /// One of the components is this one, but for how much is known of it.
    pub fn component(&mut self, expected: &Component) {
        let Some(mut found) = self.graph.components.get(&expected.id).cloned() else {
            return self.differs(expected.id.as_str(), "nothing", "a component");
        };
        found.coverage = expected.coverage;
        // SPDX has one word for products, programs and tools.
        found.kind = if same_word(&found, expected) { expected.kind } else { found.kind };
        self.fields(&found, expected);
    }

    /// The fields of a component are these.
    pub fn fields(&mut self, found: &Component, expected: &Component) {
        for ((name, found), (_, wanted)) in fields(found).iter().zip(&fields(expected)) {
            if found != wanted {
                self.differs(&format!("{}, {name}", expected.id), found, wanted);
            }
        }
    }

    pub fn source(&mut self, product: &Product) {
        let Some(provenance) = &self.release.provenance else { return };
        let source = provenance.predicate.build_definition.resolved_dependencies.first();
        if let Some(tree) = source.and_then(tree) {
            let revision = self.release.manifest.source.revision.as_deref();
            self.component(&sbom::source_component(product, &tree, revision));
        }
    }

    /// The step that made an artifact is there and says so. A content that was fixed beforehand may have none.
    pub fn made(&mut self, artifact: &Artifact) {
        let origin = &artifact.origin;
        let task = self.graph.tasks.iter().find(|task| task.derivation == origin.derivation);
        let Some(task) = task else { return };
        let output = task.outputs.get(&origin.output).map(ToString::to_string);
        let at = format!("{}, output {}", task.id, origin.output);
        self.same(&at, &output, &Some(origin.tree.path.to_string()));
        if !task.makes.contains(&sbom::artifact_id(artifact)) {
            self.differs(&at, "an output that is no artifact", artifact.file.as_str());
        }
    }

    /// Every component that the build found in the store is an input of the provenance, with that digest and
    /// package URL; the store paths of these.
    pub fn inputs(&mut self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let Some(provenance) = &self.release.provenance else { return found };
        let dependencies = &provenance.predicate.build_definition.resolved_dependencies;
        let inputs: BTreeMap<_, _> = dependencies
            .iter()
            .skip(1)
            .map(|row| (row.annotations.store_path.as_str(), row))
            .collect();
        for component in self.graph.components.values() {
            let Some(path) = component.notes.get("storePath") else { continue };
            if self.release.ids.contains(&component.id) || component.kind == sbom::Kind::Source {
                continue;
            }
            let at = component.id.to_string();
            let Some(input) = inputs.get(path.as_str()) else {
                self.differs(&at, path, "an input that provenance.json has");
                continue;
            };
            found.insert(path.clone());
            self.same(&at, &component.purl, &input.uri);
            if !names_itself(component) {
                let found = format!("{} {:?}", component.name, component.version);
                let expected = format!("what its package URL says, {:?}", component.purl);
                self.differs(&at, &found, &expected);
            }
            if let Some(digest) = &component.digest {
                let stated = input.digest.get(digest.algorithm.as_str());
                self.same(&at, &Some(&digest.hex), &stated);
            } else if !input.digest.keys().all(|key| key.starts_with("nar")) {
                self.differs(&at, "no hash", &format!("{:?}", input.digest));
            }
        }
        found
    }
}

/// The product as bills of materials describe it.
pub(crate) fn product(release: &Release, graph: &Graph) -> Option<Product> {
    let product = &release.manifest.product;
    Some(Product {
        name: product.name.parse().ok()?,
        version: product.version.parse().ok()?,
        description: product.description.clone(),
        license: product.license.clone(),
        homepage: product.homepage.clone(),
        // It stands in bills of materials only.
        supplier: graph.supplier.clone(),
    })
}

fn same_word(one: &Component, other: &Component) -> bool {
    use sbom::Kind::{Product, Program, Tool};
    let application = |kind| matches!(kind, Product | Program | Tool);
    application(one.kind) && application(other.kind)
}

/// Whether name and version are those of its package URL, if it has one.
fn names_itself(component: &Component) -> bool {
    let Some(purl) = &component.purl else { return true };
    let plain = |text: &str| text.to_ascii_lowercase().replace('_', "-");
    let stated = purl.split('?').next().and_then(|path| path.rsplit('/').next());
    let own = purl::write("generic", &component.name, component.version.as_deref(), []);
    stated.map(plain) == own.rsplit('/').next().map(plain)
}

/// The fields with their names, as text.
fn fields(component: &Component) -> [(&'static str, String); 15] {
    let Component { id, kind, name, version, file, digest, purl, swhid, license, .. } = component;
    let Component { supplier, authors, description, address, notes, coverage, .. } = component;
    [
        ("identifier", id.to_string()),
        ("kind", format!("{kind:?}")),
        ("name", name.clone()),
        ("version", format!("{version:?}")),
        ("file", format!("{file:?}")),
        (
            "hash",
            format!("{:?}", digest.as_ref().map(|digest| (digest.algorithm.as_str(), &digest.hex))),
        ),
        ("package URL", format!("{purl:?}")),
        ("SWHID", format!("{swhid:?}")),
        ("licence", format!("{license:?}")),
        ("supplier", format!("{supplier:?}")),
        ("authors", format!("{authors:?}")),
        ("description", format!("{description:?}")),
        ("address", format!("{address:?}")),
        ("notes", format!("{notes:?}")),
        ("coverage", format!("{coverage:?}")),
    ]
}
