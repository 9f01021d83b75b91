//! The inputs of a release, from its provenance.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::document::provenance::{BUILD_TYPE, STATEMENT_TYPE};
use crate::facts::Sha256;
use crate::nix::closure::fixed_path;
use crate::nix::derivation::Fixed;
use crate::nix::hash::Algorithm;
use crate::nix::{Method, StorePath, StorePathError, encoding};
use crate::verify::documents::provenance::{Resource, Statement};

/// A file that stock Nix can take from a mirror by its SHA-256.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// What it is called in the store.
    pub name: String,
    /// By its package URL.
    pub version: Option<String>,
    /// Of its bytes.
    pub sha256: Sha256,
    /// What package it is, if the provenance says so.
    pub purl: Option<String>,
    /// Where the build finds it; computed from name and digest, and the same in the provenance.
    pub store_path: StorePath,
}

/// An input that has no place in a folder of inputs, because Nix asks no mirror for it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotFlat {
    /// What it is called in the store.
    pub name: String,
    /// What it is pinned by, as in the provenance.
    pub digest: BTreeMap<String, String>,
    /// Where the build finds it.
    pub store_path: StorePath,
}

/// All that a release was built from, but its source.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct List {
    /// In the order of the provenance: by name.
    pub inputs: Vec<Input>,
    /// The same.
    pub not_flat: Vec<NotFlat>,
}

/// A provenance that names no inputs that could be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ListError {
    #[error("the provenance has the build type `{}`, expected `{BUILD_TYPE}`", .found.escape_debug())]
    BuildType { found: String },
    #[error(
        "the input `{}` has the SHA-256 `{}`, expected 64 lower-case hexadecimal digits",
        .name.escape_debug(), .found.escape_debug()
    )]
    Digest { name: String, found: String },
    #[error("the input `{}` is said to be at {stated}, which has another name", .name.escape_debug())]
    Name { name: String, stated: StorePath },
    #[error("the input `{}` is said to be at {stated}, but by its digest it is {computed}", .name.escape_debug())]
    Path { name: String, stated: StorePath, computed: StorePath },
    #[error("cannot make sense of the provenance")]
    Provenance(#[from] serde_json::Error),
    #[error("the provenance names no source")]
    SourceMissing,
    #[error("the input `{}` is at no store path", .name.escape_debug())]
    StorePath { name: String, source: StorePathError },
    #[error("the provenance is a `{}`, expected `{STATEMENT_TYPE}`", .found.escape_debug())]
    Type { found: String },
}

impl List {
    /// The inputs that the provenance of a release names.
    ///
    /// # Errors
    ///
    /// When it is of another format, or an input is not where its digest would put it.
    pub fn read(provenance: &[u8]) -> Result<Self, ListError> {
        let statement: Statement = serde_json::from_slice(provenance)?;
        if statement.kind != STATEMENT_TYPE {
            return Err(ListError::Type { found: statement.kind });
        }
        let definition = statement.predicate.build_definition;
        if definition.build_type != BUILD_TYPE {
            return Err(ListError::BuildType { found: definition.build_type });
        }
        let mut dependencies = definition.resolved_dependencies.into_iter();
        if dependencies.next().is_none_or(|source| source.name != "source") {
            return Err(ListError::SourceMissing);
        }
        let mut list = Self::default();
        for dependency in dependencies {
            list.add(dependency)?;
        }
        Ok(list)
    }

    /// The digests of all inputs, each once.
    #[must_use]
    pub fn digests(&self) -> BTreeSet<Sha256> {
        self.inputs.iter().map(|input| input.sha256).collect()
    }

    fn add(&mut self, dependency: Resource) -> Result<(), ListError> {
        let Resource { name, uri, digest, annotations, .. } = dependency;
        let stated: StorePath = annotations
            .store_path
            .parse()
            .map_err(|source| ListError::StorePath { name: name.clone(), source })?;
        let Some(sha256) = digest.get("sha256") else {
            if name != stated.name() {
                return Err(ListError::Name { name, stated });
            }
            self.not_flat.push(NotFlat { name, digest, store_path: stated });
            return Ok(());
        };
        let parsed = encoding::from_hex(sha256).zip(sha256.parse().ok());
        let Some((digest, sha256)) = parsed else {
            return Err(ListError::Digest { name, found: sha256.clone() });
        };
        let fixed = Fixed { method: Method::Flat, algorithm: Algorithm::Sha256, digest };
        let computed = fixed_path(&name, &fixed);
        if computed != stated {
            return Err(ListError::Path { name, stated, computed });
        }
        let version = uri.as_deref().and_then(version);
        self.inputs.push(Input { name, version, sha256, purl: uri, store_path: computed });
        Ok(())
    }
}

/// The version in a package URL, without its percent-encoding.
fn version(purl: &str) -> Option<String> {
    let path = purl.split(['?', '#']).next()?;
    let (_, version) = path.rsplit('/').next()?.split_once('@')?;
    let mut bytes = Vec::new();
    let mut rest = version.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?.to_ascii_lowercase();
            bytes.extend(encoding::from_hex(&digits)?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::provenance;
    use crate::facts::samples;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn document() -> Value {
        serde_json::from_slice(&provenance(&samples::release_facts())).unwrap()
    }

    #[track_caller]
    fn check_error(pointer: &str, value: Value, expected: Expect) {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = value;
        let error = List::read(document.to_string().as_bytes()).unwrap_err();
        expected.assert_eq(&error.to_string());
    }

    const DEFINITION: &str = "/predicate/buildDefinition";

    #[test]
    fn tells_files_from_what_no_mirror_has() {
        let list = List::read(document().to_string().as_bytes()).unwrap();
        let names: Vec<_> = list.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["flat-1.0.crate"]);
        assert_eq!(list.inputs[0].version.as_deref(), Some("1.0"));
        let names: Vec<_> = list.not_flat.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["old-tree", "old.tar.gz", "tree"]);
        assert_eq!(list.digests().len(), 1);
    }

    #[test]
    fn says_what_is_wrong() {
        let input = format!("{DEFINITION}/resolvedDependencies/1");
        check_error(
            "/_type",
            json!("a"),
            expect!["the provenance is a `a`, expected `https://in-toto.io/Statement/v1`"],
        );
        check_error(
            &format!("{DEFINITION}/buildType"),
            json!("a"),
            expect![
                "the provenance has the build type `a`, expected `urn:relhelper:build-type:release:1`"
            ],
        );
        check_error(
            &format!("{DEFINITION}/resolvedDependencies"),
            json!([]),
            expect!["the provenance names no source"],
        );
        check_error(
            &format!("{input}/digest/sha256"),
            json!("../../etc/passwd"),
            expect![
                "the input `flat-1.0.crate` has the SHA-256 `../../etc/passwd`, expected 64 lower-case hexadecimal digits"
            ],
        );
        check_error(
            &format!("{input}/annotations/storePath"),
            json!("/etc/passwd"),
            expect!["the input `flat-1.0.crate` is at no store path"],
        );
        check_error(
            &format!("{input}/name"),
            json!("flat-1.0.crate.exe"),
            expect![
                "the input `flat-1.0.crate.exe` is said to be at /nix/store/g50fmlwj6bfxxc09j260sf7blbmncy6p-flat-1.0.crate, but by its digest it is /nix/store/v2kqg6j4plwzm10l9k2lil2g4yy4g7l4-flat-1.0.crate.exe"
            ],
        );
        let mut renamed = document();
        let name = format!("{DEFINITION}/resolvedDependencies/2/name");
        *renamed.pointer_mut(&name).unwrap() = json!("\u{1b}[2J");
        let error = List::read(renamed.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, ListError::Name { .. }), "{error}");
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
        let other = Sha256::of(b"other").to_string();
        assert!(matches!(
            {
                let mut document = document();
                *document.pointer_mut(&format!("{input}/digest/sha256")).unwrap() = json!(other);
                List::read(document.to_string().as_bytes())
            },
            Err(ListError::Path { .. })
        ));
    }

    #[test]
    fn finds_versions_in_package_urls() {
        for (purl, expected) in [
            ("pkg:cargo/a@1.0?checksum=b", Some("1.0")),
            ("pkg:deb/debian/a@1:1.3%2Bb1?arch=amd64", Some("1:1.3+b1")),
            ("pkg:npm/%40scope/a@2", Some("2")),
            ("pkg:cargo/a", None),
            ("pkg:cargo/a@?b", None),
            ("pkg:cargo/a@%zz", None),
            ("pkg:cargo/a@%ff", None),
            ("pkg:cargo/a@%4", None),
        ] {
            assert_eq!(version(purl).as_deref(), expected, "{purl}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}|pkg:[a-z%@/0-9?]{0,30}") {
            let _ = version(&text);
            let _ = List::read(text.as_bytes());
        }

        #[test]
        fn what_is_written_is_read(version_text in "[0-9a-zA-Z.+:~-]{1,20}") {
            let purl = crate::facts::purl::write("deb/debian", "a", Some(&version_text), []);
            prop_assert_eq!(version(&purl), Some(version_text));
        }
    }
}
