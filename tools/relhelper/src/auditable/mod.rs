//! What a program says of the crates it is made of, in the form that `cargo auditable` introduced: JSON,
//! compressed by zlib, in a section `.dep-v0`. `cargo audit bin`, `rust-audit-info` and syft read it.
//!
//! The linker reserves the section, filled with zeros; `relhelper stamp` fills it. So compiling depends
//! neither on `cargo auditable` nor on what is said here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod content;
pub mod section;

pub use section::{AuditableError, Filled, fill};
