//! `index.json`: the platform-aware entry point for install and upgrade. `docs/formats/index.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::json::{self, FORMAT_VERSION};
use crate::facts::{Arch, Artifact, ArtifactKind, Os, ReleaseFacts, Sha256, Source, Target, Tier};
use crate::release::FileName;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    format_version: u32,
    name: &'a FileName,
    version: &'a semver::Version,
    source: &'a Source,
    targets: BTreeMap<&'a str, Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    os: Os,
    arch: Arch,
    tier: Tier,
    bundle: Option<Download<'a>>,
    binary: Option<Download<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Download<'a> {
    file: &'a FileName,
    size: u64,
    sha256: Sha256,
    media_type: &'a str,
}

/// The index of a release: for each target, what to download.
#[must_use]
pub fn index(facts: &ReleaseFacts) -> Vec<u8> {
    let entry = |target: &Target| Entry {
        os: target.os,
        arch: target.arch,
        tier: target.tier,
        bundle: find(facts, target, ArtifactKind::Bundle),
        binary: find(facts, target, ArtifactKind::Binary),
    };
    json::to_bytes(&Index {
        format_version: FORMAT_VERSION,
        name: &facts.product.name,
        version: &facts.product.version,
        source: &facts.source,
        targets: facts
            .targets()
            .into_iter()
            .map(|target| (target.triple.as_str(), entry(target)))
            .collect(),
    })
}

// There is at most one: the layout has one name for each kind and target, and names are distinct.
fn find<'a>(facts: &'a ReleaseFacts, target: &Target, kind: ArtifactKind) -> Option<Download<'a>> {
    let fits =
        |artifact: &&Artifact| artifact.kind == kind && artifact.target.as_ref() == Some(target);
    facts.artifacts.iter().find(fits).map(|artifact| Download {
        file: &artifact.file,
        size: artifact.measured.size,
        sha256: artifact.measured.sha256,
        media_type: &artifact.media_type,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;

    #[test]
    fn has_an_entry_per_target() {
        expect![[r#"
            {
              "formatVersion": 1,
              "name": "hello",
              "version": "1.2.3",
              "source": {
                "revision": "0123456789abcdef0123456789abcdef01234567",
                "sourceDate": 1700000000
              },
              "targets": {
                "x86_64-pc-windows-gnullvm": {
                  "os": "windows",
                  "arch": "x86_64",
                  "tier": "emulated",
                  "bundle": {
                    "file": "hello-1.2.3-x86_64-pc-windows-gnullvm.zip",
                    "size": 41,
                    "sha256": "01470fb7be7b5fbeaef54c1262f9c693faefca51d52da25c6154edb608f98413",
                    "mediaType": "application/zip"
                  },
                  "binary": null
                },
                "x86_64-unknown-linux-musl": {
                  "os": "linux",
                  "arch": "x86_64",
                  "tier": "native",
                  "bundle": {
                    "file": "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz",
                    "size": 44,
                    "sha256": "0a17ce1da4cdf9c6a91269f4b0b157d767b40d4b4daaa0413a55dcf452f3bb71",
                    "mediaType": "application/gzip"
                  },
                  "binary": {
                    "file": "hello-1.2.3-x86_64-unknown-linux-musl",
                    "size": 37,
                    "sha256": "764324758b8be9bf78144dc7720d82b3fc01d81a6d9291dfc9ef9de00769a6a6",
                    "mediaType": "application/octet-stream"
                  }
                }
              }
            }
        "#]]
        .assert_eq(&String::from_utf8(index(&samples::release_facts())).unwrap());
    }
}
