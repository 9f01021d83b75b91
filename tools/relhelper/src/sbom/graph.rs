//! Components, and how they relate.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::{Component, Coverage, Id};
use crate::facts::SourceDate;
use crate::nix::StorePath;

/// What is in a release or artifact, and what it was made with.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Name for a document about it.
    pub name: String,
    /// What it is about; one of the components.
    pub root: Id,
    /// Time of the source.
    pub created: SourceDate,
    /// Who hands it out.
    pub supplier: Option<String>,
    /// By their ids. Every component can be reached from the root.
    pub components: BTreeMap<Id, Component>,
    /// From a component to one that it needs, and how.
    pub relations: BTreeSet<(Id, Relation, Id)>,
    /// The steps of the build, in the order of their derivations.
    pub tasks: Vec<Task>,
}

/// How one component needs another.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Relation {
    /// The other is in it.
    Contains,
    /// The other is linked into it.
    Links,
    /// It is made from the other.
    GeneratedFrom,
    /// The other is compiled, or ready to be compiled, in order to build it.
    BuildNeeds,
    /// The other is a tool, or part of one, that it is built with.
    BuiltWith,
}

impl Relation {
    /// Whether the other is there when it runs.
    #[must_use]
    pub fn is_in(self) -> bool {
        matches!(self, Self::Contains | Self::Links)
    }
}

/// A step of the build.
#[derive(Clone, Debug)]
pub struct Task {
    /// Names it in a document.
    pub id: Id,
    /// What it is in Nix.
    pub derivation: StorePath,
    /// The steps that come before it.
    pub after: BTreeSet<Id>,
    /// The components it uses.
    pub uses: BTreeSet<Id>,
    /// The components it makes.
    pub makes: BTreeSet<Id>,
    /// Name of an output → where it comes to be.
    pub outputs: BTreeMap<String, StorePath>,
}

impl Graph {
    /// What each component needs, whatever the reason; leaves too.
    #[must_use]
    pub fn needs(&self) -> BTreeMap<&Id, BTreeSet<&Id>> {
        let mut needs: BTreeMap<_, BTreeSet<_>> =
            self.components.keys().map(|id| (id, BTreeSet::new())).collect();
        for (from, _, to) in &self.relations {
            needs.entry(from).or_default().insert(to);
        }
        needs
    }

    /// The components that are surely not in what the graph is about: only its build needs them.
    #[must_use]
    pub fn excluded(&self) -> BTreeSet<&Id> {
        // Something may be in a program of which nobody knows what is in it.
        if self.coverage() != Coverage::Complete {
            return BTreeSet::new();
        }
        let mut inside: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
        for (from, _, to) in self.relations.iter().filter(|(_, relation, _)| relation.is_in()) {
            inside.entry(from).or_default().push(to);
        }
        let mut excluded: BTreeSet<_> = self.components.keys().collect();
        let mut todo = vec![&self.root];
        while let Some(id) = todo.pop() {
            if excluded.remove(id) {
                todo.extend(inside.get(id).into_iter().flatten());
            }
        }
        excluded
    }

    /// The root, and then the other components in the order of their ids.
    pub fn root_first(&self) -> impl Iterator<Item = &Component> {
        let others = self.components.values().filter(|component| component.id != self.root);
        self.components.get(&self.root).into_iter().chain(others)
    }

    /// How much is known of what the graph is about.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.components.get(&self.root).map_or(Coverage::Unknown, |root| root.coverage)
    }
}
