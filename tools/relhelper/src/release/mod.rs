//! What a release directory looks like.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod added;
pub mod file_name;
pub mod layout;

pub use file_name::{FileName, FileNameError, RelativePath};
pub use layout::{Layout, UnexpectedName};
