//! Who says what about a release: signed statements, and which of them count.
//!
//! A line of `N-V.intoto.jsonl` ([`jsonl`]) is an envelope ([`dsse`]) around a statement ([`statement`]): that a builder
//! made artifacts ([`provenance`]), made others ([`difference`]), or that a verifier was satisfied ([`summary`]). A policy
//! ([`policy`]) names the builders, and [`count`](mod@count) counts them. `docs/formats/attestations.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod attest;
pub mod count;
pub mod difference;
pub mod dsse;
pub mod json;
pub mod jsonl;
pub mod outcome;
pub mod policy;
pub mod provenance;
pub mod published;
pub mod report;
pub mod run;
#[cfg(test)]
pub(crate) mod samples;
pub mod signed;
pub mod statement;
pub mod summary;

pub use count::count;
