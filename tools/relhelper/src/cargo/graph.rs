//! From units to packages: one run of cargo.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Metadata, Package};

use super::problem::{CargoOutputError, CrateProblem};
use super::units::{Side, Unit, UnitGraph, VERSION};

/// What cargo says of one build: its unit graph, and its metadata of the packages in there.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the types say it")]
pub struct RawCrates {
    pub units: UnitGraph,
    pub metadata: Metadata,
}

impl RawCrates {
    /// Reads both outputs.
    ///
    /// # Errors
    ///
    /// When one is of another form or version.
    pub fn parse(unit_graph: &[u8], metadata: &[u8]) -> Result<Self, CargoOutputError> {
        let value: serde_json::Value =
            serde_json::from_slice(unit_graph).map_err(CargoOutputError::UnitGraph)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => {}
            Some(found) => return Err(CargoOutputError::Version { found }),
            None => return Err(CargoOutputError::VersionMissing),
        }
        let units = serde_json::from_value(value).map_err(CargoOutputError::UnitGraph)?;
        let metadata = serde_json::from_slice(metadata).map_err(CargoOutputError::Metadata)?;
        Ok(Self { units, metadata })
    }
}

/// The packages that one run of cargo compiles, by their ids.
pub(super) struct Graph<'a> {
    pub nodes: BTreeMap<&'a str, Node<'a>>,
    /// The packages whose programs or libraries are asked for.
    pub roots: BTreeSet<&'a str>,
}

/// A package: all its units together.
pub(super) struct Node<'a> {
    pub package: &'a Package,
    /// What is compiled for the target; none when it is not.
    target: Option<Part<'a>>,
    host: Part<'a>,
    /// Everything that any of its units needs.
    needs: BTreeSet<&'a str>,
}

#[derive(Default)]
struct Part<'a> {
    features: BTreeSet<String>,
    links: BTreeSet<&'a str>,
}

impl<'a> Node<'a> {
    pub fn is_linked(&self) -> bool {
        self.target.is_some()
    }

    fn part(&self) -> &Part<'a> {
        self.target.as_ref().unwrap_or(&self.host)
    }

    pub fn features(&self) -> &BTreeSet<String> {
        &self.part().features
    }

    /// The packages that are linked into it.
    pub fn links(&self) -> &BTreeSet<&'a str> {
        &self.part().links
    }

    /// The packages that it needs and that are not linked into it.
    pub fn builds(&self) -> impl Iterator<Item = &'a str> {
        self.needs.difference(self.links()).copied()
    }
}

impl<'a> Graph<'a> {
    /// Puts the units of each package together. Units that are not usable are left out and listed.
    pub fn new(raw: &'a RawCrates, triple: &str, problems: &mut Vec<CrateProblem>) -> Self {
        let packages: BTreeMap<_, _> = raw
            .metadata
            .packages
            .iter()
            .map(|package| (package.id.repr.as_str(), package))
            .collect();
        let units = &raw.units.units;
        let mut nodes = BTreeMap::new();
        for unit in units {
            let id = unit.pkg_id.as_str();
            check(unit, triple, problems);
            let Some(package) = packages.get(id) else {
                problems.push(CrateProblem::PackageUnknown { id: id.to_owned() });
                continue;
            };
            let node = nodes.entry(id).or_insert_with(|| Node {
                package,
                target: None,
                host: Part::default(),
                needs: BTreeSet::new(),
            });
            let part = match unit.side() {
                Side::Target => node.target.get_or_insert_default(),
                Side::Host | Side::Macro | Side::Script => &mut node.host,
            };
            part.features.extend(unit.features.iter().cloned());
            for dependency in &unit.dependencies {
                let index = dependency.index;
                let Some(needed) = units.get(index) else {
                    let id = id.to_owned();
                    problems.push(CrateProblem::UnitMissing { id, index, units: units.len() });
                    continue;
                };
                // A package's library, programs and build script need each other.
                if needed.pkg_id != unit.pkg_id && packages.contains_key(needed.pkg_id.as_str()) {
                    node.needs.insert(&needed.pkg_id);
                    if is_linked_into(needed.side(), unit.side()) {
                        part.links.insert(&needed.pkg_id);
                    }
                }
            }
        }
        let mut roots = BTreeSet::new();
        for index in &raw.units.roots {
            match units.get(*index) {
                Some(unit) => {
                    roots.insert(unit.pkg_id.as_str());
                }
                None => problems.push(CrateProblem::UnitMissing {
                    id: "roots".to_owned(),
                    index: *index,
                    units: units.len(),
                }),
            }
        }
        Self { nodes, roots }
    }

    /// All that `root` needs, and itself.
    pub fn reachable(&self, root: &'a str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut todo = vec![root];
        while let Some(id) = todo.pop() {
            if let Some(node) = self.nodes.get(id)
                && found.insert(id)
            {
                todo.extend(&node.needs);
            }
        }
        found
    }
}

/// Whether a unit on the side `needed` becomes a part of one on the side `user`.
fn is_linked_into(needed: Side, user: Side) -> bool {
    match user {
        Side::Target => needed == Side::Target,
        Side::Host | Side::Macro => needed == Side::Host,
        Side::Script => false,
    }
}

fn check(unit: &Unit, triple: &str, problems: &mut Vec<CrateProblem>) {
    let id = || unit.pkg_id.clone();
    if !unit.is_built() {
        problems.push(CrateProblem::UnitMode { id: id(), found: unit.mode.clone() });
    }
    if let Some(found) = unit.platform.as_ref().filter(|found| *found != triple) {
        let (found, expected) = (found.clone(), triple.to_owned());
        problems.push(CrateProblem::Platform { id: id(), found, expected });
    }
}
