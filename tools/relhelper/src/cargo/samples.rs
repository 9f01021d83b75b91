//! Two programs' crates, for the tests of other modules: a procedural macro, crates of a build script, one that is
//! both linked and used by a macro, and every kind of licence.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{CratePackage, CrateRole, CrateSource, Crates, License};
use crate::facts::{Sha256, samples};
use crate::nix::derivation::Fixed;
use crate::nix::hash::{Algorithm, sha256};
use crate::nix::{Closure, Derivation, Method, Output, StorePath};
use crate::release::FileName;

use CrateRole::{Build, Linked};
use CrateSource::{Registry, Toolchain, Workspace};

/// The crates of `hello`; the program for Windows has one more.
pub(crate) fn crates() -> BTreeMap<FileName, Crates> {
    let triple = |text: &str| text.parse().unwrap();
    BTreeMap::from([
        (triple("x86_64-unknown-linux-musl"), crates_of(false)),
        (triple("x86_64-pc-windows-gnullvm"), crates_of(true)),
    ])
}

type Row = (
    &'static str,
    CrateSource,
    CrateRole,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

fn crates_of(windows: bool) -> Crates {
    let rows: [Row; 10] = [
        ("both 1.0.0", Registry, Linked, "MIT OR Apache-2.0", &[], &[]),
        ("core 0.0.0", Toolchain, Linked, "MIT OR Apache-2.0", &[], &[]),
        ("derive 2.0.0-rc.1+build", Registry, Build, "MIT/Apache-2.0", &["helper"], &[]),
        ("generator 0.9.1", Registry, Build, "see the website", &[], &["helper"]),
        ("hashbrown 0.15.5", Toolchain, Linked, "MIT OR Apache-2.0", &["core"], &[]),
        ("hello 1.2.3", Workspace, Linked, "MIT", &["hello-core", "std"], &["generator"]),
        ("hello-core 1.2.3", Workspace, Linked, "MIT", &["both"], &["derive"]),
        ("helper 0.3.0", Registry, Build, "file:COPYING", &["both"], &[]),
        ("only-windows 0.1.0", Registry, Linked, "", &[], &[]),
        ("std 0.0.0", Toolchain, Linked, "MIT OR Apache-2.0", &["core", "hashbrown"], &[]),
    ];
    let rows: Vec<_> =
        rows.iter().filter(|row| windows || !row.0.starts_with("only-windows")).collect();
    let place = |name: &str| rows.iter().position(|row| row.0.starts_with(&format!("{name} ")));
    let package = |(title, source, role, license, links, builds): &&Row| {
        let (name, version) = title.split_once(' ').unwrap();
        let mut links: BTreeSet<_> = links.iter().filter_map(|name| place(name)).collect();
        if name == "both" {
            links.extend(place("only-windows"));
        }
        CratePackage {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            source: *source,
            role: *role,
            root: name == "hello",
            license: License::of_manifest(
                Some(license).filter(|text| !text.starts_with("file:")).copied(),
                license.strip_prefix("file:"),
            ),
            authors: (name == "both")
                .then(|| "Zoë Example <zoe@example.org>".to_owned())
                .into_iter()
                .collect(),
            description: (*source == Registry).then(|| format!("The crate {name}")),
            repository: (name == "derive").then(|| "https://example.org/derive".to_owned()),
            features: (name == "both").then(|| "std".to_owned()).into_iter().collect(),
            links,
            builds: builds.iter().filter_map(|name| place(name)).collect(),
        }
    };
    Crates { packages: rows.iter().map(package).collect() }
}

fn from_registry() -> Vec<CratePackage> {
    crates_of(true).packages.into_iter().filter(|package| package.source == Registry).collect()
}

fn content(package: &CratePackage) -> Vec<u8> {
    format!("{}-{}.crate", package.name, package.version).into_bytes()
}

/// Rows of `build.inputs` for the crates of the registry.
pub(crate) fn inputs_json() -> Vec<Value> {
    let row = |package: CratePackage| {
        let content = content(&package);
        let version = package.version.to_string();
        json!({
            "file": std::str::from_utf8(&content).unwrap(), "sha256": Sha256::of(&content),
            "kind": "crate", "name": package.name, "version": version,
        })
    };
    from_registry().into_iter().map(row).collect()
}

/// The closure of the fixtures, and a derivation that fetches each crate of the registry.
pub(crate) fn closure() -> Closure {
    let fetch = |package: CratePackage| {
        let content = content(&package);
        let (name, digest) = (std::str::from_utf8(&content).unwrap(), sha256(&content));
        let inner = format!("fixed:out:sha256:{}:", Sha256::from(digest));
        let path = StorePath::of_output("out", &sha256(inner.as_bytes()), name);
        let fixed =
            Fixed { method: Method::Flat, algorithm: Algorithm::Sha256, digest: digest.to_vec() };
        let derivation = Derivation {
            outputs: BTreeMap::from([("out".to_owned(), Output { path, fixed: Some(fixed) })]),
            input_derivations: BTreeMap::new(),
            input_sources: BTreeSet::new(),
            system: b"builtin".to_vec(),
            builder_path: b"builtin:fetchurl".to_vec(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        };
        let text = derivation.to_bytes();
        (StorePath::of_text(&format!("{name}.drv"), &text, &BTreeSet::new()), text)
    };
    samples::closure_with(from_registry().into_iter().map(fetch).collect())
}

#[test]
fn the_samples_join() {
    let facts = samples::release_facts_with_crates();
    for package in facts.crates.values().flat_map(|crates| &crates.packages) {
        let file = facts.build.crate_file(package).and_then(|input| input.package.as_ref());
        let expected = (package.source == Registry)
            .then(|| format!("{}-{}.crate", package.name, package.version));
        assert_eq!(file.map(|package| package.file.clone()), expected);
    }
}
