//! What a release says of itself in `provenance.json`, which nobody signed: what those who build it are held against.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;

use super::provenance::{Definition, Provenance};
use super::statement::{Statement, StatementError, Subject};
use crate::document::provenance::PREDICATE_TYPE;
use crate::release::{FileName, FileNameError, layout};

/// The artifacts of a release, and how they are built.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// One for each artifact, as the release has it.
    pub subjects: Vec<(FileName, Subject)>,
    /// The build that all builders should have done.
    pub definition: Definition,
    /// Name of the product.
    pub name: String,
    /// Version of the product.
    pub version: String,
}

/// A `provenance.json` that is not that of a release.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum PublishedError {
    #[error(transparent)]
    Name(#[from] FileNameError),
    #[error("its predicate is `{}`, expected `{PREDICATE_TYPE}`", .found.escape_debug())]
    PredicateType { found: String },
    #[error("its externalParameters name no product: {0}")]
    Product(serde_json::Error),
    #[error(transparent)]
    Statement(#[from] StatementError),
}

#[derive(Deserialize)]
struct RawProduct {
    name: String,
    version: String,
}

impl Published {
    /// Reads `provenance.json`.
    ///
    /// # Errors
    ///
    /// When it is no SLSA provenance of a product, or an artifact has no plain name.
    pub fn parse(bytes: &[u8]) -> Result<Self, PublishedError> {
        let Statement { subjects, predicate_type, predicate } = Statement::parse(bytes)?;
        if predicate_type != PREDICATE_TYPE {
            return Err(PublishedError::PredicateType { found: predicate_type });
        }
        let definition = Provenance::read(&predicate)?.build_definition;
        let product = definition.external_parameters.get("product").cloned().unwrap_or_default();
        let RawProduct { name, version } =
            serde_json::from_value(product).map_err(PublishedError::Product)?;
        let subjects = subjects
            .into_iter()
            .map(|subject| Ok((subject.name.parse::<FileName>()?, subject)))
            .collect::<Result<_, FileNameError>>()?;
        let published = Self { subjects, definition, name, version };
        published.attestations()?;
        Ok(published)
    }

    /// The name of the file with the attestations of this release.
    ///
    /// # Errors
    ///
    /// When name and version do not make a plain file name.
    pub fn attestations(&self) -> Result<FileName, FileNameError> {
        layout::attestations(&format!("{}-{}", self.name, self.version)).parse()
    }

    /// The artifact called `name`.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.iter().find(|(file, _)| file.as_str() == name).map(|(_, subject)| subject)
    }
}
