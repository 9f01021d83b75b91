//! What cargo compiled, as components.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::component::{license_note, one_line, web_address};
use super::graphs::{Graphs, Parts};
use super::inputs::{ROLE, crate_id, distributor};
use super::{Author, Component, Coverage, Id, Kind, Relation};
use crate::cargo::{CratePackage, CrateRole, CrateSource, Crates};
use crate::facts::purl;
use crate::facts::{Input, PackageKind};

const FEATURES: &str = "features";
const LINKED: &str = "linked";

impl Graphs<'_> {
    /// Adds the crates of a program; the id of the one that the program is.
    pub(super) fn add_crates(&self, crates: &Crates, parts: &mut Parts) -> Option<Id> {
        let ids: Vec<_> =
            crates.packages.iter().map(|package| self.add_crate(package, parts)).collect();
        for (package, id) in crates.packages.iter().zip(&ids) {
            for (relation, others) in
                [(Relation::Links, &package.links), (Relation::BuildNeeds, &package.builds)]
            {
                for other in others.iter().filter_map(|other| ids.get(*other)) {
                    parts.relate(id, relation, other);
                }
            }
        }
        let root = crates.packages.iter().position(|package| package.root)?;
        ids.into_iter().nth(root)
    }

    fn add_crate(&self, package: &CratePackage, parts: &mut Parts) -> Id {
        let version = package.version.to_string();
        let file = self.facts.build.crate_file(package);
        let component = self.crate_component(package, version, file);
        let id = component.id.clone();
        match parts.components.get_mut(&id) {
            // Another target's program has it too, perhaps with other features.
            Some(known) => join(&mut known.notes, &component.notes),
            None => drop(parts.components.insert(id.clone(), component)),
        }
        id
    }

    fn crate_component(
        &self,
        package: &CratePackage,
        version: String,
        file: Option<&Input>,
    ) -> Component {
        let source = match package.source {
            CrateSource::Registry => "registry",
            CrateSource::Toolchain => "toolchain",
            CrateSource::Workspace => "workspace",
        };
        let pinned = file.and_then(|input| input.package.as_ref());
        let sha256 = pinned.map(|pinned| pinned.sha256.to_string());
        let own = |folder: &str| purl::write(folder, &package.name, Some(&version), []);
        let purl = match (package.source, pinned) {
            (CrateSource::Registry, Some(pinned)) => pinned.purl(),
            (CrateSource::Registry, None) => own("cargo"),
            // A crate of that name in the registry may be something else.
            (CrateSource::Toolchain, _) => own("generic/rust"),
            (CrateSource::Workspace, _) => own(&format!("generic/{}", self.facts.product.name)),
        };
        let role = if package.role == CrateRole::Linked { LINKED } else { "build" };
        let mut notes = BTreeMap::from([(ROLE, role.to_owned()), ("source", source.to_owned())]);
        if !package.features.is_empty() {
            let features: Vec<_> = package.features.iter().map(String::as_str).collect();
            notes.insert(FEATURES, features.join(" "));
        }
        notes.extend(license_note(&package.license));
        if let Some(input) = file {
            notes.insert("storePath", input.path.to_string());
        }
        let supplier = match package.source {
            CrateSource::Registry => Some(distributor(PackageKind::Crate).to_owned()),
            CrateSource::Toolchain => Some(distributor(PackageKind::Deb).to_owned()),
            CrateSource::Workspace => self.facts.product.supplier.clone(),
        };
        let id = crate_id(&package.name, &version, source, sha256.as_deref());
        Component {
            kind: if package.root { Kind::Program } else { Kind::Library },
            name: package.name.clone(),
            version: Some(version),
            file: pinned.map(|pinned| pinned.file.clone()),
            digest: pinned.map(|pinned| pinned.sha256.into()),
            purl: Some(purl),
            license: package.license.clone(),
            supplier,
            authors: package.authors.iter().map(|text| Author::from(text.as_str())).collect(),
            description: package
                .description
                .as_deref()
                .map(one_line)
                .filter(|text| !text.is_empty()),
            address: package.repository.as_deref().and_then(web_address),
            notes,
            coverage: Coverage::Complete,
            ..Component::unknown(id)
        }
    }
}

/// Linked into one program is linked; enabled for one target is enabled.
fn join(known: &mut BTreeMap<&'static str, String>, more: &BTreeMap<&'static str, String>) {
    if more.get(ROLE).is_some_and(|role| role == LINKED) {
        known.insert(ROLE, LINKED.to_owned());
    }
    let features = |notes: &BTreeMap<_, String>| {
        let text = notes.get(FEATURES).cloned().unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let all: Vec<_> = features(known).union(&features(more)).cloned().collect();
    if !all.is_empty() {
        known.insert(FEATURES, all.join(" "));
    }
}
