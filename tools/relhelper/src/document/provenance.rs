//! `provenance.json`: an in-toto Statement v1 with the SLSA provenance v1 predicate.
//!
//! It says what the derivations say, so it is the same whoever builds. Who built, when and with
//! what Nix belongs into the signed envelope of that run. `docs/formats/build-type.md`
//!
//! Specs: <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>,
//! <https://slsa.dev/spec/v1.2/provenance>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::json;
use crate::facts::{Artifact, Input, Product, ReleaseFacts, SourceDate, Toolchain};
use crate::nix::{Method, NarHash, StorePath, encoding};

/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// Type of the statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Our `buildType`: what the other fields of the build definition mean.
pub const BUILD_TYPE: &str = "urn:relhelper:build-type:release:1";
/// The builder of a statement that nobody has signed: any machine that builds the derivations.
pub const BUILDER_ID: &str = "urn:relhelper:builder:any";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Resource<'a>>,
    predicate_type: &'static str,
    predicate: Predicate<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    build_definition: BuildDefinition<'a>,
    run_details: RunDetails,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<'a> {
    build_type: &'static str,
    external_parameters: ExternalParameters<'a>,
    internal_parameters: InternalParameters<'a>,
    resolved_dependencies: Vec<Resource<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalParameters<'a> {
    product: &'a Product,
    targets: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InternalParameters<'a> {
    derivations: &'a [StorePath],
    source_date: SourceDate,
    toolchain: &'a Toolchain,
}

#[derive(Serialize)]
struct RunDetails {
    builder: Builder,
}

#[derive(Serialize)]
struct Builder {
    id: &'static str,
}

/// A `ResourceDescriptor`; keys of its digests are those of in-toto, and `narSha256`, `narSha512`
/// and so on for what is pinned by its NAR.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    digest: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    annotations: Annotations<'a>,
}

/// Where a resource is in the store.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotations<'a> {
    store_path: &'a StorePath,
    #[serde(skip_serializing_if = "Option::is_none")]
    nar_hash: Option<NarHash>,
    #[serde(flatten)]
    origin: Option<Maker<'a>>,
}

#[derive(Serialize)]
struct Maker<'a> {
    derivation: &'a StorePath,
    output: &'a str,
    member: &'a str,
}

/// The statement about the artifacts of a release.
#[must_use]
pub fn provenance(facts: &ReleaseFacts) -> Vec<u8> {
    let targets = facts.targets().into_iter().map(|target| target.triple.as_str());
    json::to_bytes(&Statement {
        kind: STATEMENT_TYPE,
        subject: facts.artifacts.iter().map(subject).collect(),
        predicate_type: PREDICATE_TYPE,
        predicate: Predicate {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE,
                external_parameters: ExternalParameters {
                    product: &facts.product,
                    targets: targets.collect(),
                },
                internal_parameters: InternalParameters {
                    derivations: &facts.build.derivations,
                    source_date: facts.source.source_date,
                    toolchain: &facts.toolchain,
                },
                resolved_dependencies: std::iter::once(source(facts))
                    .chain(facts.build.inputs.iter().map(dependency))
                    .collect(),
            },
            run_details: RunDetails { builder: Builder { id: BUILDER_ID } },
        },
    })
}

fn subject(artifact: &Artifact) -> Resource<'_> {
    let origin = &artifact.origin;
    Resource {
        name: artifact.file.as_str(),
        uri: None,
        digest: BTreeMap::from([("sha256".to_owned(), artifact.measured.sha256.to_string())]),
        media_type: Some(&artifact.media_type),
        annotations: Annotations {
            store_path: &origin.tree.path,
            nar_hash: Some(origin.tree.nar_hash),
            origin: Some(Maker {
                derivation: &origin.derivation,
                output: &origin.output,
                member: &origin.member,
            }),
        },
    }
}

fn source(facts: &ReleaseFacts) -> Resource<'_> {
    let tree = &facts.build.source;
    let commit =
        facts.source.revision.iter().map(|revision| ("gitCommit".to_owned(), revision.clone()));
    Resource {
        name: "source",
        uri: None,
        digest: commit.chain([("narSha256".to_owned(), tree.nar_hash.hex())]).collect(),
        media_type: None,
        annotations: Annotations {
            store_path: &tree.path,
            nar_hash: Some(tree.nar_hash),
            origin: None,
        },
    }
}

fn dependency(input: &Input) -> Resource<'_> {
    let algorithm = input.fixed.algorithm.as_str();
    let key = match input.fixed.method {
        Method::Flat => algorithm.to_owned(),
        Method::Nar => format!("nar{}{}", algorithm[..1].to_ascii_uppercase(), &algorithm[1..]),
    };
    Resource {
        name: input.path.name(),
        uri: input.package.as_ref().map(crate::facts::Package::purl),
        digest: BTreeMap::from([(key, encoding::hex(&input.fixed.digest))]),
        media_type: None,
        annotations: Annotations { store_path: &input.path, nar_hash: None, origin: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn never_gives_the_hash_of_a_nar_for_that_of_a_file() {
        let document: Value =
            serde_json::from_slice(&provenance(&samples::release_facts())).unwrap();
        let dependencies = &document["predicate"]["buildDefinition"]["resolvedDependencies"];
        let keys = |row: &Value| {
            let digest = row["digest"].as_object().unwrap();
            format!("{} {:?}", row["name"].as_str().unwrap(), digest.keys().collect::<Vec<_>>())
        };
        let rows: Vec<_> = dependencies.as_array().unwrap().iter().map(keys).collect();
        expect![[r#"
            source ["gitCommit", "narSha256"]
            flat-1.0.crate ["sha256"]
            old-tree ["narSha512"]
            old.tar.gz ["sha1"]
            tree ["narSha256"]"#]]
        .assert_eq(&rows.join("\n"));
    }

    #[test]
    fn names_no_commit_when_there_is_none() {
        let mut value = samples::release_json();
        value["source"]["revision"] = Value::Null;
        let document: Value =
            serde_json::from_slice(&provenance(&samples::release_facts_of(&value))).unwrap();
        let digest = &document["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"];
        assert_eq!(digest, &json!({ "narSha256": "07".repeat(32) }));
    }

    proptest! {
        #[test]
        fn the_order_of_the_metadata_does_not_matter(
            artifacts in Just(samples::release_json()["artifacts"].as_array().unwrap().clone()).prop_shuffle(),
            inputs in Just(samples::release_json()["build"]["inputs"].as_array().unwrap().clone()).prop_shuffle(),
        ) {
            let mut value = samples::release_json();
            value["artifacts"] = json!(artifacts);
            value["build"]["inputs"] = json!(inputs);
            prop_assert_eq!(provenance(&samples::release_facts_of(&value)), provenance(&samples::release_facts()));
        }
    }
}
