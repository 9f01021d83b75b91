//! The library behind the program `relhelper`: it writes, bundles and checks the files of a
//! reproducible release.
//!
//! The way of the data is one-way: what the build said ([`facts::metadata`]) is checked once and
//! becomes [`facts::ReleaseFacts`] or [`facts::BundleFacts`]; every [`document`] is a total, pure
//! function of those. Files are touched in [`io`] and [`commands`] only.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod archive;
pub mod attestation;
pub mod auditable;
pub mod cargo;
pub mod cli;
pub mod codesign;
pub mod commands;
pub mod compare;
pub mod document;
pub mod error;
pub mod facts;
#[cfg(test)]
mod fixtures;
pub mod inputs;
pub mod io;
pub mod macho;
pub mod nix;
pub mod portable;
pub mod rebuild;
pub mod release;
pub mod sbom;
pub mod signature;
pub mod stamp;
pub mod trust;
pub mod verify;
