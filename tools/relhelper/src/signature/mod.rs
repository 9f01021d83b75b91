//! Detached signatures of the files of a release: keys, and one module for each mechanism.
//!
//! Each mechanism signs a file as an ordinary tool does, so that users can check it with the tool they have.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod bare;
pub mod bundle;
pub mod gpg;
pub mod index;
pub mod key;
pub mod keyless;
pub mod minisign;
mod outcome;
pub mod raw;
pub mod required;
pub mod signer;
pub mod ssh;
#[cfg(test)]
mod tests;
mod verifying;

pub use index::Index;
pub use outcome::{CertificateDefect, Mechanism, Outcome};
pub use signer::Signer;
pub use verifying::{VerifyingKey, VerifyingKeyError};

/// Most bytes that a signed file may have: it is held in memory, since Ed25519 reads it twice. 1 GiB.
pub const MAX_SIGNED_BYTES: u64 = 1024 * 1024 * 1024;

/// Most bytes that a signature may have. Sigstore bundles with a certificate and a log entry have about 10 000.
pub const MAX_SIGNATURE_BYTES: u64 = 256 * 1024;
