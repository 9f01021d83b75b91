//! Whose signatures a release needs, and whether it has them.
//!
//! A [`Policy`] (`trust.toml`) says which identities must have signed which kinds of file. [`evaluate`] holds it against
//! what is known of the signatures ([`Facts`]). Nothing here reads a file or a clock: the time is an argument.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod check;
mod evaluate;
mod fact;
mod follow;
pub mod judge;
mod keyring;
mod kind;
mod material;
mod outcome;
mod policy;
mod problem;
mod raw;
mod state;
pub mod statement;
#[cfg(test)]
mod tests;

pub use check::Identify;
pub use evaluate::evaluate;
pub use fact::{Check, Facts, KeyId, Signature, Unfit};
pub use follow::{Followed, follow};
pub use keyring::{Keyring, Member};
pub use kind::{FileKind, KeyKind};
pub use outcome::{Decision, Outcome, Report, Word, not_checked, unreadable};
pub use policy::{
    EarlierSignatures, GivenKey, Key, KeyName, Policy, Quorum, Requirement, Revocation, Tolerated,
};
pub use problem::{PolicyError, Problem, ProblemKind};
pub use raw::PolicyFile;
pub use state::{SeenRevocation, State, StateError};
