//! Which files must be signed, and how.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Mechanism;
use crate::release::layout;

/// What a file of a release is to those who sign it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What describes the release: manifest, index, provenance, bills of materials, build facts, notes.
    Documents,
    /// What people download to use.
    Payloads,
    /// `SHA256SUMS`, which covers all others.
    Sums,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Documents, Self::Payloads, Self::Sums];

    /// What the file with this name is.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let document = [
            layout::BUILD_META,
            layout::INDEX,
            layout::MANIFEST,
            layout::PROVENANCE,
            layout::RELEASE_NOTES,
        ];
        if name == layout::SHA256SUMS {
            Self::Sums
        } else if document.contains(&name)
            || layout::is_sbom(name)
            || layout::code_signed(name).is_some()
        {
            Self::Documents
        } else {
            Self::Payloads
        }
    }
}

/// The table `[signing]` of `release.toml`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signing {
    /// What is signed.
    pub files: BTreeSet<Kind>,
    /// How each of them must be signed, at least.
    pub mechanisms: BTreeSet<Mechanism>,
}

/// Everything is signed, in whatever way there is a key for.
impl Default for Signing {
    fn default() -> Self {
        Self { files: Kind::ALL.into(), mechanisms: BTreeSet::new() }
    }
}

/// What is wrong with the table `[signing]`.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SigningError {
    #[error(transparent)]
    Mechanism(#[from] super::outcome::UnknownMechanism),
    #[error("it cannot be read as TOML: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("signing.files is empty, so nothing would be signed")]
    NoFiles,
}

#[derive(Deserialize)]
struct File {
    signing: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    files: Option<BTreeSet<Kind>>,
    #[serde(default)]
    mechanisms: Vec<String>,
}

impl Signing {
    /// Reads the table out of `release.toml`; other tables are for those who build.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, or the table has something that it should not.
    pub fn from_toml(text: &str) -> Result<Self, SigningError> {
        let Some(table) = toml::from_str::<File>(text)?.signing else {
            return Ok(Self::default());
        };
        let files = table.files.unwrap_or_else(|| Kind::ALL.into());
        if files.is_empty() {
            return Err(SigningError::NoFiles);
        }
        let mechanisms = table.mechanisms.iter().map(|word| word.parse());
        Ok(Self { files, mechanisms: mechanisms.collect::<Result<_, _>>()? })
    }

    /// Whether the file with this name is signed.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.files.contains(&Kind::of(name))
    }

    /// The signatures that a release with the files `names` must have.
    pub fn demanded<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<Demand> {
        let covered = names.into_iter().filter(|name| self.covers(name));
        let by_all = |name: &str| {
            let file = name.to_owned();
            self.mechanisms.iter().map(move |how| Demand { file: file.clone(), mechanism: *how })
        };
        covered.flat_map(by_all).collect()
    }
}

/// A signature that must be there.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Demand {
    /// The file that must be signed.
    pub file: String,
    /// How.
    pub mechanism: Mechanism,
}

impl Demand {
    /// The name of the signature.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}{}", self.file, self.mechanism.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_table_and_refuses_what_it_does_not_know() {
        assert_eq!(Signing::from_toml("[product]\nname = 'a'\n").unwrap(), Signing::default());
        let signing =
            Signing::from_toml("[signing]\nfiles = ['sums']\nmechanisms = ['gpg', 'ed25519']\n")
                .unwrap();
        assert!(signing.covers("SHA256SUMS") && !signing.covers("a-1.tar.gz"));
        for broken in [
            "[signing]\nfile = ['sums']\n",
            "[signing]\nfiles = ['all']\n",
            "[signing]\nfiles = []\n",
            "[signing]\nmechanisms = ['pgp']\n",
            "[signing\n",
        ] {
            assert!(Signing::from_toml(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn lists_every_signature_that_must_be_there() {
        let names = ["SHA256SUMS", "a-1.tar.gz", "a-1.tar.gz.spdx.json", "index.json"];
        let mut signing = Signing::default();
        assert_eq!(signing.demanded(names), [].into());
        signing.mechanisms = [Mechanism::Ed25519].into();
        let listed = |signing: &Signing| {
            let demanded = signing.demanded(names).into_iter();
            demanded.map(|demand| demand.signature()).collect::<Vec<_>>()
        };
        let all = names.map(|name| format!("{name}.sig"));
        assert_eq!(listed(&signing), all);
        signing.files = [Kind::Payloads].into();
        signing.mechanisms = [Mechanism::Minisign, Mechanism::Ssh].into();
        assert_eq!(listed(&signing), ["a-1.tar.gz.minisig", "a-1.tar.gz.ssh.sig"]);
    }
}
