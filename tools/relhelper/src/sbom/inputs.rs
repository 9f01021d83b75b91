//! What the build started from, as components.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::component::{LICENSE, license_note};
use super::graphs::{Graphs, Parts};
use super::{Component, Id, Kind, Relation};
use crate::cargo::License;
use crate::facts::{Input, Package, PackageKind, Product, Target, Tree};
use crate::nix::Method;

/// The note that says what a component is to the programs of the release.
pub(super) const ROLE: &str = "role";

fn crate_of(input: &Input) -> Option<&Package> {
    input.package.as_ref().filter(|package| package.kind == PackageKind::Crate)
}

pub(super) fn crate_id(name: &str, version: &str, source: &str, sha256: Option<&str>) -> Id {
    let identity = [name, version, source, sha256.unwrap_or_default()];
    Id::new("crate", &format!("{name}-{version}"), &identity)
}

pub(super) fn input_id(input: &Input) -> Id {
    match &input.package {
        Some(package) if package.kind == PackageKind::Crate => {
            let Package { name, version, sha256, .. } = package;
            crate_id(name, version, "registry", Some(&sha256.to_string()))
        }
        Some(Package { kind, name, version, sha256, .. }) => {
            let identity = [kind.as_str(), name, version, &sha256.to_string()];
            Id::new(kind.as_str(), &format!("{name}-{version}"), &identity)
        }
        None => Id::new("input", input.path.name(), &[&input.path.to_string()]),
    }
}

pub(super) fn source_id(source: &Tree) -> Id {
    Id::new("source", source.path.name(), &[&source.path.to_string()])
}

/// Who hands out packages of this kind.
pub(super) fn distributor(kind: PackageKind) -> &'static str {
    match kind {
        PackageKind::BootstrapTar | PackageKind::Deb => "Debian",
        PackageKind::Crate => "Rust Foundation",
        PackageKind::Wheel => "Python Software Foundation",
    }
}

/// Adds the inputs that `from` was built with. Those that were compiled are there already.
pub(super) fn add_inputs<'i>(
    from: &Id,
    inputs: impl Iterator<Item = &'i (Id, &'i Input)>,
    parts: &mut Parts,
) {
    for (id, input) in inputs {
        let relation = match crate_of(input) {
            Some(_) if parts.components.contains_key(id) => continue,
            Some(_) => Relation::BuildNeeds,
            None => Relation::BuiltWith,
        };
        parts.relate(from, relation, id);
        parts.components.entry(id.clone()).or_insert_with(|| component(input, id.clone()));
    }
}

impl Graphs<'_> {
    /// Adds the inputs of which parts are linked into every program for the target: the C runtime.
    pub(super) fn add_runtime(&self, program: &Id, target: Option<&Target>, parts: &mut Parts) {
        let paths = target.and_then(|target| self.facts.runtimes.get(&target.triple));
        for (id, input) in paths.into_iter().flatten().filter_map(|path| self.inputs.get(path)) {
            parts.relate(program, Relation::Links, id);
            let mut component = component(input, id.clone());
            component.notes.insert(ROLE, "runtime".to_owned());
            parts.components.insert(id.clone(), component);
        }
    }

    pub(super) fn add_source(&self, parts: &mut Parts) -> Id {
        let revision = self.facts.source.revision.as_deref();
        let source = source_component(&self.facts.product, &self.facts.build.source, revision);
        let id = source.id.clone();
        parts.components.insert(id.clone(), source);
        id
    }
}

/// The component that the source is.
pub(crate) fn source_component(
    product: &Product,
    tree: &Tree,
    revision: Option<&str>,
) -> Component {
    let id = source_id(tree);
    let mut notes = BTreeMap::from([
        ("narHash", tree.nar_hash.to_string()),
        ("storePath", tree.path.to_string()),
    ]);
    if let Some(revision) = revision {
        notes.insert("gitCommit", revision.to_owned());
    }
    let license = License::of_manifest(product.license.as_deref(), None);
    notes.extend(license_note(&license));
    Component {
        kind: Kind::Source,
        name: format!("{}-source", product.name),
        version: Some(product.version.to_string()),
        // Those of SHA-256 have no such identifier.
        swhid: revision.filter(|hash| hash.len() == 40).map(|hash| format!("swh:1:rev:{hash}")),
        license,
        supplier: product.supplier.clone(),
        notes,
        ..Component::unknown(id)
    }
}

fn component(input: &Input, id: Id) -> Component {
    // Nobody asked it; that does not mean that it states none.
    let mut notes =
        BTreeMap::from([(LICENSE, "not known".to_owned()), ("storePath", input.path.to_string())]);
    let flat = input.fixed.method == Method::Flat;
    if !flat {
        let algorithm = input.fixed.algorithm.as_str();
        let digest = crate::nix::encoding::hex(&input.fixed.digest);
        notes.insert("narHash", format!("{algorithm}:{digest}"));
    }
    let digest = flat.then(|| (&input.fixed).into());
    let Some(package) = &input.package else {
        let name = input.path.name().to_owned();
        return Component { kind: Kind::File, name, digest, notes, ..Component::unknown(id) };
    };
    if package.license != License::Missing {
        notes.remove(LICENSE);
    }
    let is_crate = package.kind == PackageKind::Crate;
    if is_crate {
        notes.insert("source", "registry".to_owned());
        notes.insert(ROLE, "input".to_owned());
    }
    Component {
        kind: if is_crate { Kind::Library } else { Kind::Tool },
        name: package.name.clone(),
        version: Some(package.version.clone()),
        file: Some(package.file.clone()),
        digest,
        purl: Some(package.purl()),
        license: package.license.clone(),
        supplier: Some(distributor(package.kind).to_owned()),
        notes,
        ..Component::unknown(id)
    }
}
