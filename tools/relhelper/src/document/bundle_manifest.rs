//! `release-manifest.json` inside a bundle: every file of the product in it.
//! `docs/formats/release-manifest.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::json::{self, FORMAT_VERSION};
use crate::facts::{Arch, BundleFacts, BundleFile, Os, Product, Sha256, Source, Tier, Toolchain};
use crate::release::{FileName, RelativePath};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BundleManifest<'a> {
    format_version: u32,
    product: &'a Product,
    source: &'a Source,
    toolchain: &'a Toolchain,
    target: &'a FileName,
    os: Os,
    arch: Arch,
    tier: Tier,
    files: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    path: &'a RelativePath,
    executable: bool,
    size: u64,
    sha256: Sha256,
}

/// The manifest of a bundle.
#[must_use]
pub fn bundle_manifest(facts: &BundleFacts) -> Vec<u8> {
    json::to_bytes(&BundleManifest {
        format_version: FORMAT_VERSION,
        product: &facts.product,
        source: &facts.source,
        toolchain: &facts.toolchain,
        target: &facts.target.triple,
        os: facts.target.os,
        arch: facts.target.arch,
        tier: facts.target.tier,
        files: facts.files.iter().map(row).collect(),
    })
}

fn row(file: &BundleFile) -> Row<'_> {
    Row {
        path: &file.path,
        executable: file.executable,
        size: file.measured.size,
        sha256: file.measured.sha256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;

    #[test]
    fn has_a_row_per_file() {
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
              "target": "x86_64-pc-windows-gnullvm",
              "os": "windows",
              "arch": "x86_64",
              "tier": "emulated",
              "files": [
                {
                  "path": "README.md",
                  "executable": false,
                  "size": 9,
                  "sha256": "b335630551682c19a781afebcf4d07bf978fb1f8ac04c6bf87428ed5106870f5"
                },
                {
                  "path": "bin/hello.exe",
                  "executable": true,
                  "size": 13,
                  "sha256": "7d16e9e9ef8c67548dfbe9a0edafdf2d6cb92a05703c3510f3d3113c7a47fb33"
                }
              ]
            }
        "#]]
        .assert_eq(&String::from_utf8(bundle_manifest(&samples::bundle_facts())).unwrap());
    }
}
