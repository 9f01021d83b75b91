//! What the publisher says of a release: the parts of `provenance.json` and
//! `release-manifest.json` that a rebuild is measured against.
//!
//! That these documents agree with each other and with the files is not looked into here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::facts::Sha256;
use crate::nix::{NarHash, NarHashError, StorePath, StorePathError};
use crate::release::{FileName, FileNameError, RelativePath};

/// A release as its publisher describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    /// Name of the product.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit, where there is one.
    pub revision: Option<String>,
    /// Time of that commit, in seconds since 1970.
    pub source_date: i64,
    /// Where the source is in the store; its digest is that of the tree.
    pub source: StorePath,
    /// Digest of the source as a tree.
    pub source_nar: NarHash,
    /// The files that people download, by name.
    pub artifacts: BTreeMap<FileName, Artifact>,
    /// The derivations of all artifacts.
    pub derivations: Vec<StorePath>,
    /// Inputs whose content was fixed beforehand: store path → algorithm and digest, as in-toto has them.
    pub inputs: BTreeMap<StorePath, BTreeMap<String, String>>,
}

/// A file that people download, and how it comes to be.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Artifact {
    pub sha256: Sha256,
    pub target: Option<String>,
    pub derivation: StorePath,
    pub output: StorePath,
    /// Path inside of the output.
    pub member: RelativePath,
}

/// Documents of a release that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum PublishedError {
    #[error("{document} is not what it should be: {source}")]
    Json { document: &'static str, source: serde_json::Error },
    #[error("provenance.json: {0}")]
    FileName(#[from] FileNameError),
    #[error("provenance.json: {0}")]
    NarHash(#[from] NarHashError),
    #[error("provenance.json: {0}")]
    StorePath(#[from] StorePathError),
    #[error("provenance.json: `{field}` of {subject} is missing, or not what it should be")]
    Field { subject: String, field: &'static str },
    #[error("provenance.json: {file} stands there twice")]
    Twice { file: FileName },
    #[error("provenance.json names no source tree, so no source can be checked against it")]
    SourceMissing,
    #[error(
        "provenance.json has the build type `{found}`, expected `{}`",
        crate::document::provenance::BUILD_TYPE
    )]
    BuildType { found: String },
    #[error(
        "the product is called `{found}`, expected lower case letters, digits, `.`, `_` and `-`"
    )]
    Name { found: String },
}

#[derive(Deserialize)]
struct Statement {
    subject: Vec<Resource>,
    predicate: Predicate,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Predicate {
    build_definition: BuildDefinition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: ExternalParameters,
    internal_parameters: InternalParameters,
    resolved_dependencies: Vec<Resource>,
}

#[derive(Deserialize)]
struct ExternalParameters {
    product: Product,
}

#[derive(Deserialize)]
struct Product {
    name: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InternalParameters {
    derivations: Vec<String>,
    source_date: i64,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    digest: BTreeMap<String, String>,
    annotations: Annotations,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Annotations {
    store_path: String,
    nar_hash: Option<String>,
    derivation: Option<String>,
    member: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    artifacts: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    file: String,
    target: Option<String>,
}

impl Published {
    /// Reads the two documents.
    ///
    /// # Errors
    ///
    /// When one is not what it should be, or holds names that are none.
    pub fn read(provenance: &[u8], manifest: &[u8]) -> Result<Self, PublishedError> {
        let json = |document| move |source| PublishedError::Json { document, source };
        let statement: Statement =
            serde_json::from_slice(provenance).map_err(json("provenance.json"))?;
        let manifest: Manifest =
            serde_json::from_slice(manifest).map_err(json("release-manifest.json"))?;
        let definition = statement.predicate.build_definition;
        if definition.build_type != crate::document::provenance::BUILD_TYPE {
            return Err(PublishedError::BuildType { found: definition.build_type });
        }
        let Product { name, version } = definition.external_parameters.product;
        check_name(&name)?;

        let targets: BTreeMap<_, _> =
            manifest.artifacts.into_iter().map(|row| (row.file, row.target)).collect();
        let mut artifacts = BTreeMap::new();
        for subject in statement.subject {
            let target = targets.get(&subject.name).cloned().flatten();
            let (file, artifact) = artifact(subject, target)?;
            if artifacts.insert(file.clone(), artifact).is_some() {
                return Err(PublishedError::Twice { file });
            }
        }
        let mut source = None;
        let mut inputs = BTreeMap::new();
        for dependency in definition.resolved_dependencies {
            let path: StorePath = dependency.annotations.store_path.parse()?;
            match dependency.annotations.nar_hash {
                Some(nar) => {
                    source =
                        Some((path, nar.parse()?, dependency.digest.get("gitCommit").cloned()));
                }
                None => {
                    inputs.insert(path, dependency.digest);
                }
            }
        }
        let (source, source_nar, revision) = source.ok_or(PublishedError::SourceMissing)?;
        let derivations = definition.internal_parameters.derivations.iter();
        let derivations = derivations.map(|path| path.parse()).collect::<Result<_, _>>()?;
        Ok(Self {
            name,
            version,
            revision,
            source_date: definition.internal_parameters.source_date,
            source,
            source_nar,
            artifacts,
            derivations,
            inputs,
        })
    }

    /// The flake attributes that may hold the release, in the order in which they are tried.
    #[must_use]
    pub fn attributes(&self) -> [String; 2] {
        [format!("{}-release", self.name), "release".to_owned()]
    }

    /// What the source archive is called, if it is among the artifacts.
    #[must_use]
    pub fn source_archive(&self) -> Option<(&FileName, &Artifact)> {
        let name = format!("{}-{}-source.tar.gz", self.name, self.version);
        self.artifacts.iter().find(|(file, _)| file.as_str() == name)
    }
}

/// The name becomes part of a Nix expression, so it is held to the rule that `release.toml` has for it.
fn check_name(name: &str) -> Result<(), PublishedError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = name.starts_with(plain) && name.chars().all(|c| plain(c) || "._-".contains(c));
    if good { Ok(()) } else { Err(PublishedError::Name { found: name.to_owned() }) }
}

fn artifact(
    subject: Resource,
    target: Option<String>,
) -> Result<(FileName, Artifact), PublishedError> {
    let Resource { name, digest, annotations } = subject;
    let missing = |field| PublishedError::Field { subject: name.clone(), field };
    let sha256 = digest.get("sha256").and_then(|digest| digest.parse().ok());
    let derivation = annotations.derivation.as_deref().ok_or_else(|| missing("derivation"))?;
    let member = annotations.member.as_deref().ok_or_else(|| missing("member"))?;
    let artifact = Artifact {
        sha256: sha256.ok_or_else(|| missing("sha256"))?,
        target,
        derivation: derivation.parse()?,
        output: annotations.store_path.parse()?,
        member: member.parse()?,
    };
    Ok((name.parse()?, artifact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::samples;
    use serde_json::{Value, json};

    #[test]
    fn reads_what_this_program_writes() {
        let published = samples::published();
        assert_eq!((published.name.as_str(), published.version.as_str()), ("hello", "1.2.3"));
        assert_eq!(published.attributes(), ["hello-release", "release"]);
        assert!(published.artifacts.len() >= 2);
        assert!(published.artifacts.values().any(|artifact| artifact.target.is_some()));
        assert_eq!(published.source, StorePath::of_source("source", published.source_nar.bytes()));
        assert!(!published.inputs.contains_key(&published.source));
        assert!(!published.inputs.is_empty());
    }

    #[test]
    fn names_what_is_missing_or_wrong() {
        let refused = |pointer: &str, value: Value| {
            let (provenance, manifest) = samples::documents();
            let mut document: Value = serde_json::from_slice(&provenance).unwrap();
            *document.pointer_mut(pointer).unwrap() = value;
            let bytes = serde_json::to_vec(&document).unwrap();
            Published::read(&bytes, &manifest).unwrap_err().to_string()
        };
        let definition = "/predicate/buildDefinition";
        assert!(refused("/subject/0/name", json!("../a")).contains("`../a` is not a plain"));
        assert!(refused("/subject/0/annotations/member", json!("a/../b")).contains("file name"));
        assert!(refused("/subject/0/annotations/derivation", json!("x")).contains("store path"));
        assert!(refused("/subject/0/digest/sha256", json!("00")).contains("`sha256`"));
        assert!(refused(&format!("{definition}/buildType"), json!("x")).contains("type `x`"));
        let name = format!("{definition}/externalParameters/product/name");
        assert!(refused(&name, json!("a\" or x")).contains("expected lower case"));
        let dependencies = format!("{definition}/resolvedDependencies");
        assert!(refused(&dependencies, json!([])).contains("no source tree"));
    }
}
