//! Comparing a published file with a rebuilt one: whether they are the same, and if not, why.
//!
//! Equal bytes are a match and nothing else is. What explains a difference reads the files with care, but never decides.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod archive;
mod bundle;
pub mod bytes;
pub mod cause;
pub mod envelope;
pub mod executable;
pub mod explain;
pub mod html;
mod json;
mod judge;
mod packing;
mod render;
pub mod report;
mod tar_fields;
#[cfg(test)]
mod tests;
mod text;
mod words;
mod zip_fields;

pub use cause::{Cause, Difference, Excerpt};
pub use explain::{Explanation, explain};
pub use judge::{Judged, judge};
pub use report::{FileReport, Report, Verdict};
