//! What a release directory looks like.

pub mod file_name;
pub mod layout;

pub use file_name::{FileName, FileNameError, RelativePath};
pub use layout::{Layout, UnexpectedName};
