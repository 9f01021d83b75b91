//! `provenance.json` against the manifest and against itself: store paths are computed again from the contents they
//! stand for.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::documents::manifest::Manifest;
use super::documents::provenance::{Resource, Statement};
use super::problem::{Findings, Kind};
use crate::document::provenance::{BUILD_TYPE, BUILDER_ID, PREDICATE_TYPE, STATEMENT_TYPE};
use crate::nix::closure::fixed_path;
use crate::nix::derivation::Fixed;
use crate::nix::encoding::from_hex;
use crate::nix::hash::Algorithm;
use crate::nix::{Method, NarHash, StorePath};
use crate::release::layout::PROVENANCE;

const SUBJECT: &str = "$.subject";
const DEFINITION: &str = "$.predicate.buildDefinition";

/// Takes note of everything in which they disagree.
pub fn check(statement: &Statement, manifest: &Manifest, findings: &mut Findings) {
    let mut check = Check { findings };
    let definition = &statement.predicate.build_definition;
    let (external, internal) = (&definition.external_parameters, &definition.internal_parameters);
    check.same("$._type", statement.kind.as_str(), STATEMENT_TYPE);
    check.same("$.predicateType", statement.predicate_type.as_str(), PREDICATE_TYPE);
    check.same(&format!("{DEFINITION}.buildType"), definition.build_type.as_str(), BUILD_TYPE);
    let builder = &statement.predicate.run_details.builder.id;
    check.same("$.predicate.runDetails.builder.id", builder.as_str(), BUILDER_ID);
    let at = format!("{DEFINITION}.externalParameters");
    check.same(&format!("{at}.product"), &external.product, &manifest.product);
    let targets: BTreeSet<_> =
        manifest.artifacts.iter().filter_map(|row| row.target.clone()).collect();
    check.same(&format!("{at}.targets"), &external.targets, &targets.into_iter().collect());
    let at = format!("{DEFINITION}.internalParameters");
    check.same(&format!("{at}.sourceDate"), &internal.source_date, &manifest.source.source_date);
    check.same(&format!("{at}.toolchain"), &internal.toolchain, &manifest.toolchain);

    check.subjects(&statement.subject, manifest);
    let made_by = statement.subject.iter().filter_map(|row| row.annotations.derivation.clone());
    let made_by: Vec<_> = made_by.collect::<BTreeSet<_>>().into_iter().collect();
    // The derivations may be more than those that made something: none of the others is one of ours.
    let stated: BTreeSet<_> = internal.derivations.iter().collect();
    if stated.len() != internal.derivations.len() || !internal.derivations.is_sorted() {
        let expected = "each once, in the order of bytes";
        check.differs(&format!("{at}.derivations"), "another order, or one twice", expected);
    }
    for missing in made_by.iter().filter(|derivation| !stated.contains(derivation)) {
        check.differs(&format!("{at}.derivations"), "a list without it", missing);
    }
    for path in &internal.derivations {
        check.derivation(&format!("{at}.derivations"), path);
    }
    check.dependencies(&definition.resolved_dependencies, manifest);
}

struct Check<'a> {
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn same<T: PartialEq + std::fmt::Debug + ?Sized>(&mut self, at: &str, found: &T, expected: &T) {
        self.findings.same(PROVENANCE, at, found, expected);
    }

    fn differs(&mut self, at: &str, found: &str, expected: &str) {
        self.findings.disagreement(PROVENANCE, at, found, expected);
    }

    fn form(&mut self, at: &str, found: &str, expected: &str) {
        self.findings.add(Kind::Form, PROVENANCE, Some(at.to_owned()), found, expected);
    }

    fn subjects(&mut self, subjects: &[Resource], manifest: &Manifest) {
        self.same(&format!("{SUBJECT}.length"), &subjects.len(), &manifest.artifacts.len());
        for (index, (subject, row)) in subjects.iter().zip(&manifest.artifacts).enumerate() {
            let at = format!("{SUBJECT}[{index}]");
            let sha256 = BTreeMap::from([("sha256".to_owned(), row.sha256.clone())]);
            self.same(&format!("{at}.name"), &subject.name, &row.file);
            self.same(&format!("{at}.digest"), &subject.digest, &sha256);
            self.same(
                &format!("{at}.mediaType"),
                &subject.media_type,
                &Some(row.media_type.clone()),
            );
            self.same(&format!("{at}.uri"), &subject.uri, &None);
            let annotations = &subject.annotations;
            self.same(&format!("{at}.annotations.unsigned"), &annotations.unsigned, &row.unsigned);
            let path =
                self.store_path(&format!("{at}.annotations.storePath"), &annotations.store_path);
            self.nar_hash(&format!("{at}.annotations.narHash"), annotations.nar_hash.as_deref());
            let derivation = annotations.derivation.as_deref().unwrap_or_default();
            let derivation = self.derivation(&format!("{at}.annotations.derivation"), derivation);
            let Some((output, member)) =
                annotations.output.as_ref().zip(annotations.member.as_ref())
            else {
                self.form(&format!("{at}.annotations"), "no `output` or no `member`", "both");
                continue;
            };
            if let Some((path, derivation)) = path.zip(derivation) {
                let stem = derivation.name().strip_suffix(".drv").unwrap_or_default().to_owned();
                let name = if output == "out" { stem } else { format!("{stem}-{output}") };
                self.same(&format!("{at}.annotations.storePath"), path.name(), &name);
            }
            let inside =
                member.is_empty() || member.split('/').all(|part| !["", ".", ".."].contains(&part));
            if !inside {
                self.form(&format!("{at}.annotations.member"), member, "a path inside the output");
            }
        }
    }

    fn store_path(&mut self, at: &str, text: &str) -> Option<StorePath> {
        let path = text.parse::<StorePath>();
        path.map_err(|error| self.form(at, &error.to_string(), "a store path")).ok()
    }

    fn derivation(&mut self, at: &str, text: &str) -> Option<StorePath> {
        let path = self.store_path(at, text)?;
        if path.name().strip_suffix(".drv").is_none() {
            self.form(at, text, "a store path that ends with `.drv`");
        }
        Some(path)
    }

    fn nar_hash(&mut self, at: &str, text: Option<&str>) -> Option<NarHash> {
        let text = text.unwrap_or_default();
        let hash = text.parse::<NarHash>().ok().filter(|hash| hash.to_string() == text);
        if hash.is_none() {
            self.form(at, text, "`sha256-` and 44 digits of base 64");
        }
        hash
    }

    fn dependencies(&mut self, all: &[Resource], manifest: &Manifest) {
        let at = format!("{DEFINITION}.resolvedDependencies");
        let Some((source, inputs)) = all.split_first() else {
            return self.form(&at, "an empty list", "the source and the inputs");
        };
        self.source(&format!("{at}[0]"), source, manifest);
        for (index, input) in inputs.iter().enumerate() {
            self.input(&format!("{at}[{}]", index.saturating_add(1)), input);
        }
        let key = |input: &Resource| (input.name.clone(), input.annotations.store_path.clone());
        if let Some(pair) = inputs.windows(2).find(|pair| key(&pair[0]) >= key(&pair[1])) {
            let expected = format!("a name behind `{}` in the order of bytes", pair[0].name);
            self.form(&at, &pair[1].name, &expected);
        }
    }

    fn source(&mut self, at: &str, source: &Resource, manifest: &Manifest) {
        let annotations = &source.annotations;
        let path = self.store_path(&format!("{at}.annotations.storePath"), &annotations.store_path);
        let Some(nar) =
            self.nar_hash(&format!("{at}.annotations.narHash"), annotations.nar_hash.as_deref())
        else {
            return;
        };
        let commit = manifest.source.revision.iter().map(|id| ("gitCommit".to_owned(), id.clone()));
        let digest: BTreeMap<_, _> = commit.chain([("narSha256".to_owned(), nar.hex())]).collect();
        self.same(&format!("{at}.digest"), &source.digest, &digest);
        self.same(&format!("{at}.name"), source.name.as_str(), "source");
        self.same(&format!("{at}.uri"), &source.uri, &None);
        self.same(&format!("{at}.mediaType"), &source.media_type, &None);
        let rest = (
            &annotations.derivation,
            &annotations.output,
            &annotations.member,
            &annotations.unsigned,
        );
        self.same(&format!("{at}.annotations"), &rest, &(&None, &None, &None, &None));
        if let Some(path) = path {
            let computed = StorePath::of_source(path.name(), nar.bytes());
            self.same(
                &format!("{at}.annotations.storePath"),
                &path.to_string(),
                &computed.to_string(),
            );
        }
    }

    fn input(&mut self, at: &str, input: &Resource) {
        let annotations = &input.annotations;
        let rest = (
            &annotations.nar_hash,
            &annotations.derivation,
            &annotations.output,
            &annotations.member,
            &annotations.unsigned,
        );
        self.same(&format!("{at}.annotations"), &rest, &(&None, &None, &None, &None, &None));
        self.same(&format!("{at}.mediaType"), &input.media_type, &None);
        let Some(fixed) = fixed(&input.digest) else {
            let found = format!("{:?}", input.digest);
            return self.form(&format!("{at}.digest"), &found, "one digest of a known algorithm");
        };
        let computed = fixed_path(&input.name, &fixed).to_string();
        self.same(&format!("{at}.annotations.storePath"), &annotations.store_path, &computed);
        let Some(uri) = &input.uri else { return };
        let checksum = input.digest.get("sha256").map(|digest| format!("checksum=sha256:{digest}"));
        let fits = uri.split(['?', '&']).any(|part| Some(part) == checksum.as_deref());
        if !fits || !uri.starts_with("pkg:") {
            let expected = format!("a package URL with {}", checksum.unwrap_or_default());
            self.differs(&format!("{at}.uri"), uri, &expected);
        }
    }
}

/// What an input is pinned by: the one digest of its file, or of its NAR.
fn fixed(digest: &BTreeMap<String, String>) -> Option<Fixed> {
    let (key, hex) = digest.first_key_value().filter(|_| digest.len() == 1)?;
    let (method, name) = match key.strip_prefix("nar") {
        Some(name) => (Method::Nar, name.to_ascii_lowercase()),
        None => (Method::Flat, key.clone()),
    };
    let algorithm = Algorithm::named(&name)?;
    let digest = from_hex(hex).filter(|bytes| bytes.len() == algorithm.digest_bytes())?;
    Some(Fixed { method, algorithm, digest })
}
