//! What is released: name, version, and what people should know of it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::metadata::RawProduct;
use super::problem::{Problem, ProblemList};
use crate::release::FileName;

/// A product at one version.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// The name; every file of the release begins with it.
    pub name: FileName,
    /// Version by the rules of Semantic Versioning 2.0.0.
    pub version: semver::Version,
    /// One line.
    pub description: Option<String>,
    /// SPDX licence expression.
    pub license: Option<String>,
    /// Address of a page for people.
    pub homepage: Option<String>,
    /// Who hands it out: a person or organisation. For the bills of materials only.
    #[serde(skip)]
    pub supplier: Option<String>,
}

impl Product {
    /// Checks `raw`; what is wrong goes to `problems`, and then there is no product.
    pub(super) fn check(raw: RawProduct, problems: &mut ProblemList) -> Option<Self> {
        let name = problems
            .keep(raw.name.parse::<FileName>().map_err(|source| Problem::ProductName { source }));
        let version = problems.keep(
            raw.version
                .parse()
                .map_err(|source| Problem::ProductVersion { found: raw.version.clone(), source }),
        );
        let texts = [
            ("description", &raw.description),
            ("license", &raw.license),
            ("homepage", &raw.homepage),
            ("supplier", &raw.supplier),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                problems.one_line(field, text);
            }
        }
        let RawProduct { description, license, homepage, supplier, .. } = raw;
        Some(Self { name: name?, version: version?, description, license, homepage, supplier })
    }
}
