//! A whole release: what it should hold (the plan), and what it holds (the facts).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::artifact::{Artifact, DeclaredArtifact, check_artifact};
use super::build::{self, BuildPlan};
use super::metadata::{RawCrateFolders, RawPathInfo, RawRelease};
use super::problem::ProblemList;
use super::{
    ArtifactKind, Build, Measured, Origin, Problem, Problems, Product, Source, Target, Toolchain,
};
use crate::cargo::Crates;
use crate::nix::{Closure, StorePath};
use crate::release::{FileName, Layout};

/// Metadata of a release in which nothing is wrong. The files it names are not read yet.
#[derive(Clone, Debug)]
pub struct ReleasePlan {
    product: Product,
    source: Source,
    toolchain: Toolchain,
    artifacts: Vec<(PathBuf, DeclaredArtifact)>,
    build: BuildPlan,
    crate_folders: BTreeMap<FileName, RawCrateFolders>,
}

/// The same, with what the derivations say. The files it names are not read yet.
#[derive(Clone, Debug)]
pub struct TracedPlan {
    product: Product,
    source: Source,
    toolchain: Toolchain,
    artifacts: Vec<(PathBuf, DeclaredArtifact, Origin)>,
    build: Build,
    crates: BTreeMap<FileName, Crates>,
    runtimes: BTreeMap<FileName, Vec<StorePath>>,
}

impl ReleasePlan {
    /// The derivations whose closure [`Self::trace`] needs.
    #[must_use]
    pub fn derivations(&self) -> &[StorePath] {
        self.build.derivations()
    }

    /// Triple → where [`Self::trace`] finds what cargo compiled for it.
    #[must_use]
    pub fn crate_folders(&self) -> &BTreeMap<FileName, RawCrateFolders> {
        &self.crate_folders
    }

    /// Joins the artifacts with the derivations that make them, and the crates of each target with the
    /// files they are.
    ///
    /// # Errors
    ///
    /// Lists every artifact that no derivation makes, every crate that is no input, and everything that
    /// does not agree.
    pub fn trace(
        self,
        closure: &Closure,
        path_infos: &[RawPathInfo],
        crates: BTreeMap<FileName, Crates>,
    ) -> Result<TracedPlan, Problems> {
        let Self { product, source, toolchain, artifacts, build, crate_folders } = self;
        let mut problems = ProblemList::default();
        let from = artifacts.iter().map(|(from, _)| from.as_path());
        let folders = crate_folders.values().flat_map(|folders| [&folders.program, &folders.std]);
        for folder in folders {
            problems.keep(build::check_made(folder, closure));
        }
        let mut runtimes = BTreeMap::new();
        for (triple, folders) in &crate_folders {
            let files = folders.runtime.iter().flatten();
            let known = files
                .filter_map(|file| problems.keep(build::check_input(file, closure)))
                .collect::<Vec<_>>();
            runtimes.insert(triple.clone(), known);
        }
        let traced = build.trace(closure, path_infos, from, &crates, &mut problems);
        let plan = traced.map(|(build, origins)| {
            let artifacts = artifacts
                .into_iter()
                .zip(origins)
                .map(|((from, declared), origin)| (from, declared, origin));
            let artifacts = artifacts.collect();
            TracedPlan { product, source, toolchain, artifacts, build, crates, runtimes }
        });
        problems.into_result(plan)
    }
}

impl TracedPlan {
    /// Where each artifact comes from, the name it gets, and what it is, in the order of [`Self::measured`].
    pub fn copies(&self) -> impl Iterator<Item = (&PathBuf, &FileName, ArtifactKind)> {
        self.artifacts.iter().map(|(from, artifact, _)| (from, &artifact.file, artifact.kind))
    }

    /// The facts, given size and digest of every artifact in the order of [`Self::copies`].
    ///
    /// # Panics
    ///
    /// When the numbers differ: the caller measured something else.
    #[must_use]
    pub fn measured(self, measured: Vec<Measured>) -> ReleaseFacts {
        assert_eq!(self.artifacts.len(), measured.len(), "one measurement per artifact");
        let artifacts =
            self.artifacts.into_iter().zip(measured).map(|((_, declared, origin), measured)| {
                let DeclaredArtifact { kind, file, target, media_type } = declared;
                Artifact { kind, file, target, media_type, measured, origin }
            });
        ReleaseFacts {
            product: self.product,
            source: self.source,
            toolchain: self.toolchain,
            artifacts: artifacts.collect(),
            build: self.build,
            crates: self.crates,
            runtimes: self.runtimes,
        }
    }
}

impl TryFrom<RawRelease> for ReleasePlan {
    type Error = Problems;

    /// Checks the metadata of a release.
    ///
    /// # Errors
    ///
    /// Lists everything that is wrong in it.
    fn try_from(raw: RawRelease) -> Result<Self, Problems> {
        let mut problems = ProblemList::default();
        let product = Product::check(raw.product, &mut problems);
        let source = Source::check(raw.source, &mut problems);
        let toolchain = Toolchain::check(raw.toolchain, &mut problems);
        let build = BuildPlan::check(raw.build, &mut problems);
        let (targets, crate_folders) = Target::check_all(raw.targets, &mut problems);
        if raw.artifacts.is_empty() {
            problems.add(Problem::ArtifactsMissing);
        }
        let mut artifacts = Vec::new();
        problems.distinct(raw.artifacts.iter().map(|artifact| artifact.file.as_str()));
        // Names cannot be judged without the product's name and version.
        if let Some(product) = &product {
            let layout = Layout::new(product);
            let files = || raw.artifacts.iter().map(|artifact| artifact.file.as_str());
            let sboms = layout.sboms(files());
            for file in files().filter(|file| sboms.contains(&file.to_ascii_lowercase())) {
                problems.add(Problem::ArtifactDocument { file: file.to_owned() });
            }
            let checked = raw
                .artifacts
                .into_iter()
                .filter_map(|raw| check_artifact(raw, &layout, &targets, &mut problems));
            artifacts.extend(checked);
        }
        artifacts.sort_by(|(_, a), (_, b)| a.file.cmp(&b.file));
        let plan = product.zip(source).zip(build).map(|((product, source), build)| Self {
            product,
            source,
            toolchain,
            artifacts,
            build,
            crate_folders,
        });
        problems.into_result(plan)
    }
}

/// All that is known of a release; the only thing its documents are made from.
#[derive(Clone, Debug)]
pub struct ReleaseFacts {
    /// What is released.
    pub product: Product,
    /// What it was built from.
    pub source: Source,
    /// What it was built with.
    pub toolchain: Toolchain,
    /// The files people download, in the byte order of their names.
    pub artifacts: Vec<Artifact>,
    /// How they were built.
    pub build: Build,
    /// Triple → what cargo compiled for it; nothing for programs that were made by other means.
    pub crates: BTreeMap<FileName, Crates>,
    /// Triple → the inputs of which parts are linked into its programs beside crates: the C runtime.
    pub runtimes: BTreeMap<FileName, Vec<StorePath>>,
}

impl ReleaseFacts {
    /// The targets there are artifacts for, each once, in the order of their triples.
    #[must_use]
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets: Vec<_> =
            self.artifacts.iter().filter_map(|artifact| artifact.target.as_ref()).collect();
        targets.sort_by(|a, b| a.triple.cmp(&b.triple));
        targets.dedup();
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{metadata, samples};
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    #[track_caller]
    fn check_problems(change: impl FnOnce(&mut Value), expected: Expect) {
        let mut value = samples::release_json();
        change(&mut value);
        let problems =
            ReleasePlan::try_from(metadata::parse::<RawRelease>(&value).unwrap()).unwrap_err();
        expected.assert_eq(&problems.to_string());
    }

    #[test]
    fn lists_every_problem_not_only_the_first() {
        check_problems(
            |value| {
                value["product"]["version"] = json!("1.2");
                value["product"]["homepage"] = json!("two\nlines");
                value["source"] = json!({ "revision": "HEAD", "sourceDate": -5 });
                value["targets"][0]["os"] = json!("macos");
                value["targets"][1]["tier"] = json!("good");
            },
            expect![[r#"
                the metadata has 6 problems
                  - the product's version is `1.2`, expected a version by SemVer 2.0.0: unexpected end of input while parsing minor version number
                  - homepage: `two\nlines` is not one line of text
                  - the source's revision is `HEAD`, expected 40 or 64 lower-case hexadecimal digits, or null
                  - source: the source date is -5, expected seconds since 1970 between 0 and 253402300799
                  - the target `x86_64-unknown-linux-musl` is said to be macos on x86_64
                  - target `x86_64-pc-windows-gnullvm`: the tier is `good`, expected one of `emulated`, `native`, `structure`"#]],
        );
    }

    #[test]
    fn judges_each_artifact() {
        check_problems(
            |value| {
                value["artifacts"][0]["kind"] = json!("sources");
                value["artifacts"][1]["target"] = json!("riscv64gc-unknown-linux-musl");
                value["artifacts"][2]["mediaType"] = json!("binary");
                value["artifacts"][3]["file"] = json!("HELLO-1.2.3-X86_64-UNKNOWN-LINUX-MUSL");
            },
            expect![[r#"
                the metadata has 5 problems
                  - two files are called `hello-1.2.3-x86_64-unknown-linux-musl` and `HELLO-1.2.3-X86_64-UNKNOWN-LINUX-MUSL`, which are one name on Windows and macOS
                  - artifact `hello-1.2.3-source.tar.gz`: the kind of artifact is `sources`, expected one of `binary`, `bundle`, `installer`, `other`, `provenance`, `sbom`, `signature`, `source`, `updater-manifest`
                  - artifact `hello-1.2.3-x86_64-unknown-linux-musl.tar.gz` is for the target `riscv64gc-unknown-linux-musl`, which is not among `targets`
                  - artifact `hello-1.2.3-x86_64-unknown-linux-musl`: the media type is `binary`, expected `type/subtype`
                  - artifact: the bundle is called `HELLO-1.2.3-X86_64-UNKNOWN-LINUX-MUSL`, expected `hello-1.2.3-x86_64-pc-windows-gnullvm.zip`"#]],
        );
    }

    #[test]
    fn keeps_the_names_of_bills_of_materials_for_itself() {
        check_problems(
            |value| {
                value["artifacts"][0]["kind"] = json!("sbom");
                value["artifacts"][0]["file"] = json!("hello-1.2.3.spdx.json");
                value["artifacts"][1]["kind"] = json!("other");
                value["artifacts"][1]["file"] = json!(format!("hello-1.2.3-{}", "x".repeat(235)));
            },
            expect![[r#"
                the metadata has 2 problems
                  - artifact: `hello-1.2.3.spdx.json` is a document that relhelper writes
                  - artifact: `hello-1.2.3-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.cdx.json` is not a plain file name: it has 256 bytes, expected at most 255"#]],
        );
    }

    #[track_caller]
    fn check_trace(change: impl FnOnce(&mut Value, &mut Vec<RawPathInfo>), expected: Expect) {
        let (mut value, mut path_infos) = (samples::release_json(), samples::path_infos());
        change(&mut value, &mut path_infos);
        let plan = ReleasePlan::try_from(metadata::parse::<RawRelease>(&value).unwrap()).unwrap();
        let problems = plan.trace(&samples::closure(), &path_infos, BTreeMap::new()).unwrap_err();
        expected.assert_eq(&problems.to_string());
    }

    #[test]
    fn refuses_artifacts_that_cannot_be_traced() {
        check_trace(
            |value, _| value["artifacts"][0]["from"] = json!("/in/file"),
            expect![[r#"
            the metadata has 1 problem
              - `/in/file` is not a store path: it does not start with `/nix/store/`"#]],
        );
        let unknown = "/nix/store/00000000000000000000000000000000-a/file";
        check_trace(
            |value, _| value["artifacts"][0]["from"] = json!(unknown),
            expect![[r#"
            the metadata has 1 problem
              - no derivation among `build.derivations` makes /nix/store/00000000000000000000000000000000-a"#]],
        );
        check_trace(
            |_, path_infos| path_infos.retain(|row| row.path.ends_with("-source")),
            expect![[r#"
                the metadata has 4 problems
                  - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
                  - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
                  - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
                  - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`"#]],
        );
        check_trace(
            |_, path_infos| path_infos.retain(|row| !row.path.ends_with("-source")),
            expect![[r#"
                the metadata has 1 problem
                  - Nix says no NAR hash of /nix/store/5q38sab06inldyjys4p4vy08zqgy7w8y-source; name it in `exportReferencesGraph.paths`"#]],
        );
        check_trace(
            |_, path_infos| path_infos[1].nar_hash = "sha256:0".to_owned(),
            expect![[r#"
            the metadata has 5 problems
              - /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2: `sha256:0` is not a NAR hash, expected `sha256-` and 44 digits of base 64, or `sha256:` and 52 digits of base 32 or 64 hexadecimal ones
              - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
              - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
              - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`
              - Nix says no NAR hash of /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2; name it in `exportReferencesGraph.paths`"#]],
        );
        let other = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        check_trace(
            |_, path_infos| path_infos[0].nar_hash = other.to_owned(),
            expect![[r#"
            the metadata has 1 problem
              - the source is said to be /nix/store/5q38sab06inldyjys4p4vy08zqgy7w8y-source, but by its NAR hash it is /nix/store/f6jkrn77ysv9dhs8hh6s2faflhjc930i-source"#]],
        );
    }

    #[test]
    fn refuses_crates_that_cannot_be_traced() {
        check_trace(
            |value, _| {
                let unknown = "/nix/store/00000000000000000000000000000000-std/crates";
                value["targets"][0]["crates"] =
                    json!({ "program": "/in/crates", "std": unknown, "runtime": [&unknown[..47]] });
            },
            expect![[r#"
                the metadata has 3 problems
                  - `/in/crates` is not a store path: it does not start with `/nix/store/`
                  - no derivation among `build.derivations` makes /nix/store/00000000000000000000000000000000-std
                  - `crates.runtime` has /nix/store/00000000000000000000000000000000-std, which is no input of the build"#]],
        );
        let value = samples::release_json();
        let plan = ReleasePlan::try_from(metadata::parse::<RawRelease>(&value).unwrap()).unwrap();
        let crates = crate::cargo::samples::crates();
        let problems = plan.trace(&samples::closure(), &samples::path_infos(), crates).unwrap_err();
        expect![[r#"
            the metadata has 5 problems
              - the crate `both` 1.0.0 was compiled, but no input of the build is its file
              - the crate `derive` 2.0.0-rc.1+build was compiled, but no input of the build is its file
              - the crate `generator` 0.9.1 was compiled, but no input of the build is its file
              - the crate `helper` 0.3.0 was compiled, but no input of the build is its file
              - the crate `only-windows` 0.1.0 was compiled, but no input of the build is its file"#]].assert_eq(&problems.to_string());
    }

    #[test]
    fn refuses_a_build_that_is_not_one() {
        check_problems(
            |value| {
                value["build"]["source"] = json!("/home/user");
                value["build"]["inputs"][0]["kind"] = json!("rpm");
                value["build"]["inputs"][1]["sha256"] = json!("0");
            },
            expect![[r#"
                the metadata has 3 problems
                  - `/home/user` is not a store path: it does not start with `/nix/store/`
                  - input `flat-1.0.crate`: the kind of input is `rpm`, expected one of `bootstrap-tar`, `crate`, `deb`, `wheel`
                  - input `unused_1_amd64.deb`: the sha256 is `0`, expected 64 lower-case hexadecimal digits"#]],
        );
        check_problems(
            |value| {
                let mut again = value["build"]["inputs"][0].clone();
                again["version"] = json!("2.0");
                value["build"]["inputs"].as_array_mut().unwrap().push(again);
            },
            expect![[r#"
                the metadata has 1 problem
                  - the inputs `flat-1.0.crate` and `flat-1.0.crate` have the same sha256 but are not the same package"#]],
        );
    }

    #[test]
    fn refuses_a_release_of_nothing() {
        check_problems(
            |value| value["artifacts"] = json!([]),
            expect![[r#"
            the metadata has 1 problem
              - there are no artifacts"#]],
        );
    }

    #[test]
    fn refuses_a_target_that_is_listed_twice() {
        check_problems(
            |value| {
                let again = value["targets"][0].clone();
                value["targets"].as_array_mut().unwrap().push(again);
            },
            expect![[r#"
                the metadata has 1 problem
                  - the target `x86_64-unknown-linux-musl` is listed twice"#]],
        );
    }
}
