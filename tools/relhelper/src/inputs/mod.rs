//! The files a release was built from: which, by its provenance; and what is wrong with a folder of them.
//! `docs/formats/inputs-folder.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod list;
mod report;

pub use list::{Input, List, ListError, NotFlat};
pub use report::{Finding, FindingKind, Report, Unchecked, Verdict};

/// The folder in a folder of inputs that holds the files; each is called by its own SHA-256.
pub const FOLDER: &str = "sha256";

/// Most bytes of one input.
///
/// The provenance has no sizes. The largest input known is a tenth of this.
pub const MAX_INPUT_BYTES: u64 = 4 * 1024 * 1024 * 1024;
