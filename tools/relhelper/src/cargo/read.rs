//! The program's crates and those of std, joined to one list.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::Package;
use semver::Version;

use super::graph::{Graph, Node, RawCrates};
use super::problem::{CrateProblem, CrateProblems};
use super::{CratePackage, CrateRole, CrateSource, Crates, License};

/// In the order of the list. An id alone would not do: paths decide it.
type Key<'a> = (&'a str, &'a Version, CrateSource);

impl Crates {
    /// Joins what cargo says of the build of a program for `triple` and of that of std.
    ///
    /// Of std's workspace there is what `std` is made of. The other crates that come with it (`test`,
    /// `proc_macro`) are compiled too, but nothing links them.
    ///
    /// # Errors
    ///
    /// Lists everything that is wrong in either.
    pub fn read(triple: &str, program: &RawCrates, std: &RawCrates) -> Result<Self, CrateProblems> {
        let mut problems = Vec::new();
        let program = Graph::new(program, triple, &mut problems);
        let std = Graph::new(std, triple, &mut problems);
        let root = root(&program, &mut problems);
        let std_root = std.nodes.iter().find(|(_, node)| node.package.name.as_str() == "std");
        if std_root.is_none_or(|(_, node)| !node.is_linked()) {
            problems.push(CrateProblem::StdMissing);
        }
        let std_root = std_root.map(|(id, _)| *id);
        let of_std = std_root.map(|id| std.reachable(id)).unwrap_or_default();

        let mut rows: Vec<(Key, &str, &Node)> = Vec::new();
        for (id, node) in &program.nodes {
            let source = source(node.package, &mut problems);
            rows.push((key(node.package, source), id, node));
        }
        for (id, node) in std.nodes.iter().filter(|(id, _)| of_std.contains(*id)) {
            rows.push((key(node.package, CrateSource::Toolchain), id, node));
        }
        rows.sort_by_key(|(key, ..)| *key);
        for pair in rows.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (name, version, _) = pair[0].0;
            problems.push(CrateProblem::Twice { name: name.to_owned(), version: version.clone() });
        }

        // The same id can be in both runs of cargo, with another source.
        let place = |((_, _, source), id, _): &(Key, &'_ str, &Node)| {
            (*source == CrateSource::Toolchain, (*id).to_owned())
        };
        let places: BTreeMap<_, _> =
            rows.iter().enumerate().map(|(index, row)| (place(row), index)).collect();
        let packages: Vec<_> = rows
            .iter()
            .map(|((_, _, source), id, node)| {
                let in_std = *source == CrateSource::Toolchain;
                let find = |id: &str| places.get(&(in_std, id.to_owned())).copied();
                let mut package = package(node, *source, find);
                package.root = !in_std && Some(*id) == root;
                if package.root {
                    package
                        .links
                        .extend(std_root.and_then(|id| places.get(&(true, id.to_owned()))));
                }
                package
            })
            .collect();
        problems.extend(cycle(&packages));
        CrateProblems::of(problems).map_or(Ok(Self { packages }), Err)
    }
}

fn key(package: &Package, source: CrateSource) -> Key<'_> {
    (package.name.as_str(), &package.version, source)
}

fn root<'a>(program: &Graph<'a>, problems: &mut Vec<CrateProblem>) -> Option<&'a str> {
    let mut roots = program.roots.iter();
    let Some(root) = roots.next() else {
        problems.push(CrateProblem::RootMissing);
        return None;
    };
    if roots.next().is_some() {
        let ids = program.roots.iter().map(|id| (*id).to_owned()).collect();
        problems.push(CrateProblem::RootSeveral { ids });
    } else if program.nodes.get(root).is_some_and(|node| !node.is_linked()) {
        problems.push(CrateProblem::RootNotLinked { id: (*root).to_owned() });
    }
    Some(root)
}

fn source(package: &Package, problems: &mut Vec<CrateProblem>) -> CrateSource {
    match &package.source {
        None => CrateSource::Workspace,
        Some(source) => {
            let known = ["registry+", "sparse+"].iter().any(|kind| source.repr.starts_with(kind));
            if !known {
                let (id, found) = (package.id.repr.clone(), source.repr.clone());
                problems.push(CrateProblem::Source { id, found });
            }
            CrateSource::Registry
        }
    }
}

fn package(node: &Node, source: CrateSource, find: impl Fn(&str) -> Option<usize>) -> CratePackage {
    let Package { name, version, authors, description, repository, license, license_file, .. } =
        node.package;
    CratePackage {
        name: name.to_string(),
        version: version.clone(),
        source,
        role: if node.is_linked() { CrateRole::Linked } else { CrateRole::Build },
        root: false,
        license: License::of_manifest(
            license.as_deref(),
            license_file.as_ref().map(|file| file.as_str()),
        ),
        authors: authors.clone(),
        description: description.as_deref().map(one_line).filter(|text| !text.is_empty()),
        repository: repository.clone(),
        features: node.features().clone(),
        links: node.links().iter().filter_map(|id| find(id)).collect(),
        builds: node.builds().filter_map(find).collect(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Packages that need each other, if there are any: those of one cycle, in its order.
fn cycle(packages: &[CratePackage]) -> Option<CrateProblem> {
    // What needs nothing that is left is no part of a cycle, and is taken away.
    let mut left: BTreeSet<usize> = (0..packages.len()).collect();
    let needs = |index: usize| packages[index].links.union(&packages[index].builds).copied();
    loop {
        let (stay, go): (BTreeSet<_>, BTreeSet<_>) =
            left.iter().partition(|index| needs(**index).any(|needed| left.contains(&needed)));
        left = stay;
        if go.is_empty() {
            break;
        }
    }
    // Everything that is left needs something that is left: walk until one comes again.
    let mut path = vec![*left.first()?];
    loop {
        let next = needs(*path.last()?).find(|needed| left.contains(needed))?;
        if let Some(start) = path.iter().position(|seen| *seen == next) {
            let around = path[start..].iter().chain([&next]);
            let names = around.map(|index| packages[*index].name.clone()).collect();
            return Some(CrateProblem::Cycle { names });
        }
        path.push(next);
    }
}
