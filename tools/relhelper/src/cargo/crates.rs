//! The crates of a program for one target, and how they depend on each other.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::License;

/// What cargo compiled to make a program for one target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crates {
    /// In the order of name, version and source. Exactly one is the root. Nothing depends on itself, by
    /// whatever path.
    pub packages: Vec<CratePackage>,
}

/// A crate at one version: what cargo calls a package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CratePackage {
    /// As in its manifest.
    pub name: String,
    /// As in its manifest. The crates of the standard library itself have 0.0.0 there.
    pub version: semver::Version,
    /// Where its source comes from.
    pub source: CrateSource,
    /// What it is there for.
    pub role: CrateRole,
    /// Whether it is the package that the program belongs to.
    pub root: bool,
    /// What its manifest says of the licence.
    pub license: License,
    /// Of its manifest.
    pub authors: Vec<String>,
    /// Of its manifest, in one line.
    pub description: Option<String>,
    /// Of its manifest.
    pub repository: Option<String>,
    /// What was enabled: for the target if it is linked, else on the build machine.
    pub features: BTreeSet<String>,
    /// The crates that are linked into this one, as places in the list.
    pub links: BTreeSet<usize>,
    /// The crates that are needed to build this one and not linked into it, as places in the list.
    pub builds: BTreeSet<usize>,
}

/// Where the source of a crate comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CrateSource {
    /// The registry: a `.crate` file, pinned by the lock file.
    Registry,
    /// The toolchain's own source: std and all it is made of.
    Toolchain,
    /// The workspace of the product.
    Workspace,
}

/// What a crate is there for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CrateRole {
    /// Only build scripts and procedural macros use it, so it is not in the program.
    Build,
    /// It was compiled for the target, and is in the program.
    Linked,
}

impl Crates {
    /// The package that the program belongs to.
    #[must_use]
    pub fn root(&self) -> Option<&CratePackage> {
        self.packages.iter().find(|package| package.root)
    }

    /// The crates in the program, each with its place in the list.
    pub fn linked(&self) -> impl Iterator<Item = (usize, &CratePackage)> {
        let linked = |(_, package): &(usize, &CratePackage)| package.role == CrateRole::Linked;
        self.packages.iter().enumerate().filter(linked)
    }
}
