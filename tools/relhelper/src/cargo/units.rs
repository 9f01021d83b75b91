//! What one run of cargo compiles: the output of `cargo build --unit-graph`.
//!
//! Spec: <https://doc.rust-lang.org/cargo/reference/unstable.html#unit-graph>. It is unstable, so its version
//! is checked; fields that are not needed here may come and go.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;

/// The version of the format that is read.
pub const VERSION: u64 = 1;

/// Units of work, and which of them were asked for.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "cargo's reference describes the fields")]
pub struct UnitGraph {
    pub units: Vec<Unit>,
    pub roots: Vec<usize>,
}

/// One run of the compiler, or of a build script.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "cargo's reference describes the fields")]
pub struct Unit {
    pub pkg_id: String,
    pub target: UnitTarget,
    pub platform: Option<String>,
    pub mode: String,
    pub features: Vec<String>,
    pub dependencies: Vec<UnitDependency>,
}

/// The part of a package that is compiled. Nothing to do with target triples.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "cargo's reference describes the fields")]
pub struct UnitTarget {
    pub kind: Vec<String>,
}

/// A unit that has to be done before.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "cargo's reference describes the fields")]
pub struct UnitDependency {
    pub index: usize,
}

/// Where the result of a unit goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Into the program.
    Target,
    /// Into a build script or procedural macro.
    Host,
    /// It is a procedural macro.
    Macro,
    /// It is a build script, or the run of one.
    Script,
}

impl Unit {
    /// Where its result goes.
    ///
    /// NB: the run of a build script has the platform of the target, for which the script decides things.
    #[must_use]
    pub fn side(&self) -> Side {
        let is = |kind: &str| self.target.kind.iter().any(|found| found == kind);
        if is("custom-build") {
            Side::Script
        } else if is("proc-macro") {
            Side::Macro
        } else if self.platform.is_some() {
            Side::Target
        } else {
            Side::Host
        }
    }

    /// Whether it belongs to a build; there are others for tests and documentation.
    #[must_use]
    pub fn is_built(&self) -> bool {
        matches!(self.mode.as_str(), "build" | "run-custom-build")
    }
}
