//! The component graph behind the bills of materials: what is in a release or an artifact, and what
//! it was made with. It knows no format; the writers in [`crate::document`] know nothing but it, so
//! all formats say the same. `docs/formats/sbom.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod component;
mod crates;
pub mod graph;
pub mod graphs;
pub mod id;
mod inputs;
#[cfg(test)]
mod tests;

pub use component::{Author, Component, Coverage, Digest, Kind};
pub use graph::{Graph, Relation, Task};
pub use graphs::Graphs;
pub(crate) use graphs::{artifact_component, artifact_id, product};
pub use id::{Id, Uuid};
pub(crate) use inputs::source_component;
