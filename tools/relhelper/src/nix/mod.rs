//! Formats that Nix defines: bytes in, types out.
//!
//! Everything is read from the `.drv` files themselves and checked against their own store paths,
//! never from the output of a `nix` command, whose shape differs between versions.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod aterm;
pub mod closure;
pub mod derivation;
pub mod encoding;
pub mod hash;
pub mod lock;
pub mod nar;
pub mod nar_hash;
pub mod path;
#[cfg(test)]
mod tests;
mod write;

pub use closure::{Closure, ClosureError};
pub use derivation::{Derivation, DerivationError, Method, Output};
pub use nar_hash::{NarHash, NarHashError};
pub use path::{StorePath, StorePathError};
