//! What to build of a release, and which expression leads to it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::Published;
use crate::nix::StorePath;
use crate::release::FileName;

/// The system on which releases are built, whatever their targets.
pub const SYSTEM: &str = "x86_64-linux";

/// What the caller asked for; nothing means everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// Names of artifacts.
    pub artifacts: BTreeSet<String>,
    /// Target triples.
    pub targets: BTreeSet<String>,
}

/// What is built and compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The artifacts that are compared.
    pub artifacts: BTreeSet<FileName>,
    /// Whether it is the whole release, with its sidecars.
    pub whole: bool,
}

/// A choice that the release does not offer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SelectionError {
    #[error("the release has no artifact `{found}`; it has {known}")]
    Artifact { found: String, known: String },
    #[error("the release has no artifact for the target `{found}`; it has {known}")]
    Target { found: String, known: String },
}

impl Plan {
    /// Chooses from what is published.
    ///
    /// # Errors
    ///
    /// When something was asked for that is not there.
    pub fn new(published: &Published, selection: &Selection) -> Result<Self, SelectionError> {
        let artifacts = &published.artifacts;
        for found in &selection.artifacts {
            if !artifacts.keys().any(|file| file.as_str() == found) {
                let known = list(artifacts.keys().map(FileName::as_str));
                return Err(SelectionError::Artifact { found: found.clone(), known });
            }
        }
        let targets: BTreeSet<_> =
            artifacts.values().filter_map(|one| one.target.as_deref()).collect();
        for found in &selection.targets {
            if !targets.contains(found.as_str()) {
                let known = list(targets.iter().copied());
                return Err(SelectionError::Target { found: found.clone(), known });
            }
        }
        let whole = selection.artifacts.is_empty() && selection.targets.is_empty();
        let chosen = artifacts.iter().filter(|(file, artifact)| {
            let target = artifact.target.as_ref();
            whole
                || selection.artifacts.contains(file.as_str())
                || target.is_some_and(|target| selection.targets.contains(target))
        });
        Ok(Self { artifacts: chosen.map(|(file, _)| file.clone()).collect(), whole })
    }

    /// The derivations that make it: those of the chosen artifacts, and with all of them `release`,
    /// which makes the sidecars.
    #[must_use]
    pub fn wanted(&self, published: &Published, release: &StorePath) -> BTreeSet<StorePath> {
        let makers = self.artifacts.iter().filter_map(|file| published.artifacts.get(file));
        let makers = makers.map(|artifact| artifact.derivation.clone());
        makers.chain(self.whole.then(|| release.clone())).collect()
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// The function that leads from a flake's packages to the path of the derivation of a release.
///
/// `attributes` are plain names; see [`Published::attributes`].
#[must_use]
pub fn expression(attributes: &[String]) -> String {
    let tried = list(attributes.iter().map(String::as_str));
    let otherwise = format!("(throw \"the flake has no package of these: {tried}\")");
    let chosen = attributes
        .iter()
        .rev()
        .fold(otherwise, |otherwise, name| format!("(packages.\"{name}\" or {otherwise})"));
    format!("packages: {chosen}.drvPath")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::samples;
    use expect_test::expect;

    fn choose(artifacts: &[&str], targets: &[&str]) -> Result<Plan, SelectionError> {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection { artifacts: set(artifacts), targets: set(targets) };
        Plan::new(&samples::published(), &selection)
    }

    #[test]
    fn everything_is_everything_with_the_sidecars() {
        let (published, plan) = (samples::published(), choose(&[], &[]).unwrap());
        let release = published.derivations[0].clone();
        assert!(plan.whole);
        assert_eq!(plan.artifacts.len(), published.artifacts.len());
        assert!(plan.wanted(&published, &release).contains(&release));
    }

    #[test]
    fn artifacts_and_targets_add_up_and_leave_the_sidecars_out() {
        let plan = choose(&["hello-1.2.3-source.tar.gz"], &["x86_64-unknown-linux-musl"]).unwrap();
        let names: Vec<_> = plan.artifacts.iter().map(FileName::as_str).collect();
        assert_eq!(
            names,
            [
                "hello-1.2.3-source.tar.gz",
                "hello-1.2.3-x86_64-unknown-linux-musl",
                "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz"
            ]
        );
        assert!(!plan.whole);
        let release = StorePath::of_source("release.drv", &[1; 32]);
        assert!(!plan.wanted(&samples::published(), &release).contains(&release));
    }

    #[test]
    fn says_what_there_is_instead() {
        expect!["the release has no artifact for the target `riscv`; it has x86_64-pc-windows-gnullvm, x86_64-unknown-linux-musl"]
            .assert_eq(&choose(&[], &["riscv"]).unwrap_err().to_string());
        expect!["the release has no artifact `hello`; it has hello-1.2.3-source.tar.gz, hello-1.2.3-x86_64-pc-windows-gnullvm.zip, hello-1.2.3-x86_64-unknown-linux-musl, hello-1.2.3-x86_64-unknown-linux-musl.tar.gz"]
            .assert_eq(&choose(&["hello"], &[]).unwrap_err().to_string());
    }

    #[test]
    fn tries_the_attributes_in_their_order() {
        expect![[r#"packages: (packages."a-release" or (packages."release" or (throw "the flake has no package of these: a-release, release"))).drvPath"#]]
            .assert_eq(&expression(&["a-release".to_owned(), "release".to_owned()]));
    }
}
