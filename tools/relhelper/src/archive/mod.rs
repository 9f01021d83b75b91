//! Deterministic archives: equal trees and source dates give equal bytes, whatever the number of
//! threads, the order of the folder, the owners and times of the files, or the machine.
//!
//! `read` is the other direction, for archives that others made.
//!
//! What decides the bytes is this module, the version of zlib-rs in Cargo.lock, and the level.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod deflate;
pub mod entry;
pub mod gzip;
pub mod read;
pub mod tar;
pub mod zip;
mod zip_record;

pub use deflate::{Effort, Level};
pub use entry::{ArchiveFormat, Content, Entry};
