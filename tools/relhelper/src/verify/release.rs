//! What a release says of itself in the documents beside its artifacts.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::documents::index::Index;
use super::documents::manifest::{Manifest, Row};
use super::documents::provenance::Statement;
use super::documents::{read, read_any};
use super::problem::{Findings, Kind};
use super::{build_meta, code_signature, described, difference, provenance};
use crate::facts::metadata::{RawArtifact, RawBuild, RawProduct, RawRelease, RawSource, RawTarget};
use crate::facts::{Artifact, Product, ReleasePlan};
use crate::nix::StorePath;
use crate::release::layout::{BUILD_META, Each, INDEX, MANIFEST, PROVENANCE, SbomFormat, all_of};
use crate::release::{FileName, Layout};
use crate::sbom::{Component, Coverage, Id, artifact_component, artifact_id};

/// The bytes of the documents that there is one of; none where there is nothing to read.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Papers {
    pub manifest: Option<Vec<u8>>,
    pub index: Option<Vec<u8>>,
    pub provenance: Option<Vec<u8>>,
    pub build_meta: Option<Vec<u8>>,
}

impl Papers {
    /// The documents with their names.
    #[must_use]
    pub fn by_name(&self) -> [(&'static str, Option<&[u8]>); 4] {
        [
            (BUILD_META, self.build_meta.as_deref()),
            (INDEX, self.index.as_deref()),
            (MANIFEST, self.manifest.as_deref()),
            (PROVENANCE, self.provenance.as_deref()),
        ]
    }
}

/// What the rest of a release is compared with.
#[derive(Clone, Debug)]
pub struct Release {
    /// The manifest, which every other document is compared with.
    pub manifest: Manifest,
    /// The provenance, if it can be read.
    pub provenance: Option<Statement>,
    /// The artifacts, by their names.
    pub artifacts: BTreeMap<FileName, Row>,
    /// What manifest and provenance say of each of them, where both can be read.
    pub(crate) described: BTreeMap<FileName, Artifact>,
    /// The identifiers that these have in bills of materials.
    pub(super) ids: BTreeSet<Id>,
    /// The bills of materials: those of the release first, then those of each artifact in the order of the names.
    pub sboms: Vec<(Option<FileName>, Each<FileName>)>,
    /// Name and version.
    pub stem: String,
}

impl Release {
    /// Reads the documents and compares them with each other. There is nothing to compare with when the manifest cannot
    /// be read.
    pub fn read(papers: &Papers, findings: &mut Findings) -> Option<Self> {
        let index = papers
            .index
            .as_ref()
            .and_then(|bytes| Some((read::<Index>(INDEX, bytes, findings)?, bytes)));
        let statement: Option<Statement> =
            papers.provenance.as_ref().and_then(|bytes| read_any(PROVENANCE, bytes, findings));
        let manifest: Manifest = read(MANIFEST, papers.manifest.as_ref()?, findings)?;
        let layout = check(&manifest, findings)?;
        code_signature::rows(&manifest, findings);
        if let Some((index, _)) = index {
            let value = |index: &Index| serde_json::to_value(index).unwrap_or_default();
            difference::json(INDEX, &value(&index), &value(&Index::of(&manifest)), findings);
        }
        if let Some((bytes, expected)) = papers.build_meta.as_ref().zip(build_meta::of(&manifest)) {
            difference::text(BUILD_META, bytes, expected.as_bytes(), findings);
        }
        if let Some(statement) = &statement {
            provenance::check(statement, &manifest, findings);
        }
        let artifacts: BTreeMap<FileName, Row> = manifest
            .artifacts
            .iter()
            .filter_map(|row| Some((row.file.parse().ok()?, row.clone())))
            .collect();
        let subjects = std::iter::once(None).chain(artifacts.keys().map(Some));
        let names = |file: Option<&FileName>| {
            let name = |format| layout.sbom(file.map(FileName::as_str), format).parse().ok();
            Some((file.cloned(), all_of(SbomFormat::ALL.map(name))?))
        };
        let sboms = subjects.filter_map(names).collect();
        let stem = layout.stem().to_owned();
        let described = described::artifacts(&manifest, statement.as_ref());
        let ids = described.values().map(artifact_id).collect();
        Some(Self { manifest, provenance: statement, artifacts, described, ids, sboms, stem })
    }

    /// The component that an artifact is in bills of materials.
    #[must_use]
    pub(crate) fn component(
        &self,
        product: &Product,
        artifact: &Artifact,
        coverage: Coverage,
    ) -> Component {
        let mut component = artifact_component(product, artifact, coverage);
        let row = self.artifacts.get(&artifact.file);
        code_signature::note(&mut component, row.and_then(|row| row.unsigned.as_ref()));
        component
    }

    /// Every file that `SHA256SUMS` has to name.
    #[must_use]
    pub fn files(&self) -> BTreeSet<FileName> {
        let documents = [BUILD_META, INDEX, MANIFEST, PROVENANCE];
        let documents = documents.into_iter().filter_map(|name| name.parse().ok());
        let sboms = self.sboms.iter().flat_map(|(_, names)| names.iter().cloned());
        let signatures = code_signature::files(&self.manifest);
        documents.chain(sboms).chain(self.artifacts.keys().cloned()).chain(signatures).collect()
    }
}

/// Takes note of what no manifest says; the names of the release's files when it has any.
fn check(manifest: &Manifest, findings: &mut Findings) -> Option<Layout> {
    let Manifest { product, source, toolchain, artifacts, .. } = manifest;
    let mut form = |at: &str, found: &str, expected: &str| {
        findings.add(Kind::Form, MANIFEST, Some(at.to_owned()), found, expected);
    };
    let mut targets: BTreeMap<&String, RawTarget> = BTreeMap::new();
    for (index, row) in artifacts.iter().enumerate() {
        let at = format!("$.artifacts[{index}]");
        if row.sha256.parse::<crate::facts::Sha256>().is_err() {
            form(&format!("{at}.sha256"), &row.sha256, "64 lower-case hexadecimal digits");
        }
        let platform = [&row.os, &row.arch, &row.target, &row.tier];
        if platform.iter().any(|word| word.is_some() != row.target.is_some()) {
            let expected = "all four or none of `os`, `arch`, `target`, `tier`";
            form(&at, &format!("{platform:?}"), expected);
        }
        if let [Some(os), Some(arch), Some(triple), Some(tier)] = platform {
            let raw = RawTarget {
                triple: triple.clone(),
                os: os.clone(),
                arch: arch.clone(),
                tier: tier.clone(),
                crates: None,
            };
            let first = targets.entry(triple).or_insert_with(|| raw.clone());
            if (&first.os, &first.arch, &first.tier) != (os, arch, tier) {
                let expected = format!("{}, {}, {}", first.os, first.arch, first.tier);
                form(&at, &format!("{os}, {arch}, {tier} for {triple}"), &expected);
            }
        }
    }
    if let Some(pair) = artifacts.windows(2).find(|pair| pair[0].file >= pair[1].file) {
        let expected = format!("a name behind `{}` in the order of bytes", pair[0].file);
        form("$.artifacts", &pair[1].file, &expected);
    }
    // The rules of names, targets and texts are those that releases are made by.
    let raw = RawRelease {
        format_version: manifest.format_version,
        product: RawProduct {
            name: product.name.clone(),
            version: product.version.clone(),
            description: product.description.clone(),
            license: product.license.clone(),
            homepage: product.homepage.clone(),
            supplier: None,
        },
        source: RawSource { revision: source.revision.clone(), source_date: source.source_date },
        toolchain: toolchain.clone(),
        targets: targets.into_values().collect(),
        artifacts: artifacts
            .iter()
            .map(|row| RawArtifact {
                kind: row.kind.clone(),
                file: row.file.clone(),
                from: PathBuf::new(),
                target: row.target.clone(),
                media_type: row.media_type.clone(),
            })
            .collect(),
        // How it was built is not in the manifest.
        build: RawBuild {
            source: StorePath::of_source("source", &[0; 32]).to_string(),
            derivations: Vec::new(),
            inputs: Vec::new(),
        },
    };
    if let Err(problems) = ReleasePlan::try_from(raw) {
        for problem in problems.list() {
            let expected = "a manifest of its format, docs/formats/release-manifest.md";
            findings.add(Kind::Form, MANIFEST, None, &problem.to_string(), expected);
        }
    }
    Some(Layout::new(&Product {
        name: product.name.parse().ok()?,
        version: product.version.parse().ok()?,
        description: None,
        license: None,
        homepage: None,
        supplier: None,
    }))
}
