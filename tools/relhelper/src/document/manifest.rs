//! `release-manifest.json` of a release: every artifact. `docs/formats/release-manifest.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::json::{self, FORMAT_VERSION};
use crate::facts::{
    Arch, Artifact, ArtifactKind, Os, Product, ReleaseFacts, Sha256, Source, Tier, Toolchain,
};
use crate::release::FileName;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    format_version: u32,
    product: &'a Product,
    source: &'a Source,
    toolchain: &'a Toolchain,
    artifacts: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    kind: ArtifactKind,
    os: Option<Os>,
    arch: Option<Arch>,
    target: Option<&'a FileName>,
    tier: Option<Tier>,
    file: &'a FileName,
    size: u64,
    sha256: Sha256,
    media_type: &'a str,
}

/// The manifest of a release.
#[must_use]
pub fn manifest(facts: &ReleaseFacts) -> Vec<u8> {
    json::to_bytes(&Manifest {
        format_version: FORMAT_VERSION,
        product: &facts.product,
        source: &facts.source,
        toolchain: &facts.toolchain,
        artifacts: facts.artifacts.iter().map(row).collect(),
    })
}

fn row(artifact: &Artifact) -> Row<'_> {
    let target = artifact.target.as_ref();
    Row {
        kind: artifact.kind,
        os: target.map(|target| target.os),
        arch: target.map(|target| target.arch),
        target: target.map(|target| &target.triple),
        tier: target.map(|target| target.tier),
        file: &artifact.file,
        size: artifact.measured.size,
        sha256: artifact.measured.sha256,
        media_type: &artifact.media_type,
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
    fn has_a_row_per_artifact() {
        let mut value = samples::release_json();
        value["artifacts"].as_array_mut().unwrap().truncate(2);
        expect![[r#"
            {
              "formatVersion": 1,
              "product": {
                "name": "hello",
                "version": "1.2.3",
                "description": "Says hello",
                "license": "MIT",
                "homepage": null
              },
              "source": {
                "revision": "0123456789abcdef0123456789abcdef01234567",
                "sourceDate": 1700000000
              },
              "toolchain": {
                "llvm": "22.1.8",
                "rustc": "1.96.0"
              },
              "artifacts": [
                {
                  "kind": "source",
                  "os": null,
                  "arch": null,
                  "target": null,
                  "tier": null,
                  "file": "hello-1.2.3-source.tar.gz",
                  "size": 25,
                  "sha256": "615b5e79977cf3945e52c934d1d70b06c08ad891d278d078d662f200e9bc87f6",
                  "mediaType": "application/gzip"
                },
                {
                  "kind": "bundle",
                  "os": "linux",
                  "arch": "x86_64",
                  "target": "x86_64-unknown-linux-musl",
                  "tier": "native",
                  "file": "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz",
                  "size": 44,
                  "sha256": "0a17ce1da4cdf9c6a91269f4b0b157d767b40d4b4daaa0413a55dcf452f3bb71",
                  "mediaType": "application/gzip"
                }
              ]
            }
        "#]]
        .assert_eq(&String::from_utf8(manifest(&samples::release_facts_of(&value))).unwrap());
    }

    #[test]
    fn says_null_for_what_is_not_known() {
        let mut value = samples::release_json();
        value["toolchain"] = Value::Null;
        value["source"]["revision"] = Value::Null;
        let document: Value =
            serde_json::from_slice(&manifest(&samples::release_facts_of(&value))).unwrap();
        assert_eq!(
            (&document["toolchain"], &document["source"]["revision"]),
            (&Value::Null, &Value::Null)
        );
    }

    proptest! {
        #[test]
        fn the_order_of_the_metadata_does_not_matter(
            artifacts in Just(samples::release_json()["artifacts"].as_array().unwrap().clone()).prop_shuffle(),
            targets in Just(samples::release_json()["targets"].as_array().unwrap().clone()).prop_shuffle(),
        ) {
            let mut value = samples::release_json();
            value["artifacts"] = json!(artifacts);
            value["targets"] = json!(targets);
            let (shuffled, sample) = (samples::release_facts_of(&value), samples::release_facts());
            prop_assert_eq!(manifest(&shuffled), manifest(&sample));
            prop_assert_eq!(crate::document::index(&shuffled), crate::document::index(&sample));
            prop_assert_eq!(crate::document::build_meta(&shuffled), crate::document::build_meta(&sample));
        }
    }
}
