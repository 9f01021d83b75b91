//! Folders of inputs: looked at, and written.

pub mod check;
pub mod export;

use super::origin::{Origin, OriginError};
use crate::inputs::{List, ListError};
use crate::release::layout::PROVENANCE;
use crate::verify::MAX_DOCUMENT_BYTES;

/// Inputs of a release that cannot be told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ListingError {
    #[error("cannot tell what {place} was built from")]
    List { place: String, source: ListError },
    #[error(transparent)]
    Origin(#[from] OriginError),
}

/// The inputs that the provenance of a release names.
///
/// # Errors
///
/// When it cannot be read, or is none.
pub fn list(release: &dyn Origin) -> Result<List, ListingError> {
    let unnamed = |error| OriginError::Unreadable {
        what: PROVENANCE.to_owned(),
        source: std::io::Error::other(error),
    };
    let name = PROVENANCE.parse().map_err(unnamed)?;
    let bytes = release.read(&name, MAX_DOCUMENT_BYTES)?;
    List::read(&bytes).map_err(|source| ListingError::List { place: release.name(), source })
}
