//! The names of the files in a release directory; the only place that knows them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::iter;

use crate::facts::{ArtifactKind, Os, Product, Target};
use crate::release::FileName;
use crate::signature::Mechanism;

/// Facts for people.
pub const BUILD_META: &str = "BUILD_META.txt";
/// Digests of every file of a bundle, beside them.
pub const BUNDLE_CHECKSUMS: &str = "checksums.txt";
/// Platform-aware entry point.
pub const INDEX: &str = "index.json";
/// Signed statements about the keys of a product.
pub const KEY_STATEMENTS: &str = "key-statements.jsonl";
/// Every artifact of a release; in a bundle, every file of it.
pub const MANIFEST: &str = "release-manifest.json";
/// The deterministic in-toto statement.
pub const PROVENANCE: &str = "provenance.json";
/// What changed, for people.
pub const RELEASE_NOTES: &str = "release-notes.md";
/// How to go back to an earlier version; in every bundle.
pub const ROLLBACK: &str = "ROLLBACK.txt";
/// What describes the signatures of a release.
pub const SIGNATURES: &str = "signatures.json";
/// What the keys are called that signed a release.
pub const SIGNING_KEY_FINGERPRINT: &str = "release-signing-key-fingerprint.txt";
/// Digests of every file of a release.
pub const SHA256SUMS: &str = "SHA256SUMS";

/// The signed statements about the release whose files begin with `stem`: one envelope a line, added by whoever builds it.
#[must_use]
pub fn attestations(stem: &str) -> String {
    format!("{stem}.intoto.jsonl")
}

/// What the name of a detached code signature ends with.
const CODE_SIGNATURE: &str = ".codesign.json";

/// The detached code signature of the program `file`, or of the one at `path` in the bundle with the top folder `file`.
#[must_use]
pub fn code_signature(file: &str, path: Option<&str>) -> String {
    let path = path.map(|path| format!(".{}", path.replace('/', "."))).unwrap_or_default();
    format!("{file}{path}{CODE_SIGNATURE}")
}

/// What a detached code signature called `name` is for: the name without its ending.
#[must_use]
pub fn code_signed(name: &str) -> Option<&str> {
    name.strip_suffix(CODE_SIGNATURE)
}

/// The documents that `emit bundle` writes; no file of a bundle may have their names.
pub const BUNDLE_DOCUMENTS: [&str; 3] = [BUNDLE_CHECKSUMS, MANIFEST, ROLLBACK];

/// A format of bills of materials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SbomFormat {
    CycloneDx16,
    CycloneDx17,
    Spdx,
    Spdx3,
}

impl SbomFormat {
    /// All of them: each is written for the release and for each artifact.
    pub const ALL: [Self; 4] = [Self::CycloneDx16, Self::CycloneDx17, Self::Spdx, Self::Spdx3];

    fn suffix(self) -> &'static str {
        match self {
            Self::CycloneDx16 => ".cdx.json",
            Self::CycloneDx17 => ".v1.7.cdx.json",
            Self::Spdx => ".spdx.json",
            Self::Spdx3 => ".spdx3.json",
        }
    }
}

/// One for each format, in the order of [`SbomFormat::ALL`].
pub type Each<T> = [T; SbomFormat::ALL.len()];

/// All of them, unless one is missing.
#[must_use]
pub fn all_of<T>(each: Each<Option<T>>) -> Option<Each<T>> {
    each.into_iter().collect::<Option<Vec<T>>>()?.try_into().ok()
}

/// Whether a file with this name is a bill of materials.
#[must_use]
pub fn is_sbom(name: &str) -> bool {
    SbomFormat::ALL.iter().any(|format| name.ends_with(format.suffix()))
}

/// Whom the certificates of sigstore bundles are of, where these are made without a key; in the place of a public key.
pub const SIGNING_IDENTITY: &str = "release-signing-public-key.json";

/// The public key that verifies the signatures of this kind.
#[must_use]
pub fn signing_public_key(mechanism: Mechanism) -> String {
    let extension = match mechanism {
        Mechanism::Ecdsa => "ecdsa.pem",
        Mechanism::Ed25519 => "pem",
        Mechanism::Gpg => "asc",
        Mechanism::Minisign => "minisign.pub",
        Mechanism::Rsa => "rsa.pem",
        Mechanism::Sigstore => "sigstore.pem",
        Mechanism::Ssh => "ssh.pub",
    };
    format!("release-signing-public-key.{extension}")
}

/// The names of one release.
#[derive(Clone, Debug)]
pub struct Layout {
    stem: String,
}

impl Layout {
    /// The names of the files in a release of `product`.
    #[must_use]
    pub fn new(product: &Product) -> Self {
        Self { stem: format!("{}-{}", product.name, product.version) }
    }

    /// Name and version, which most file names begin with.
    #[must_use]
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The one top folder in a bundle.
    #[must_use]
    pub fn bundle_folder(&self, target: &Target) -> String {
        format!("{}-{}", self.stem, target.triple)
    }

    /// The archive of a bundle: zip where people expect zip.
    #[must_use]
    pub fn bundle(&self, target: &Target) -> String {
        let extension = if target.os == Os::Windows { "zip" } else { "tar.gz" };
        format!("{}.{extension}", self.bundle_folder(target))
    }

    /// The bill of materials of the artifact `file`, or of the whole release.
    #[must_use]
    pub fn sbom(&self, file: Option<&str>, format: SbomFormat) -> String {
        format!("{}{}", file.unwrap_or(&self.stem), format.suffix())
    }

    /// The names of all bills of materials of a release with the artifacts `files`, in lower case, so that
    /// names can be looked up as file systems do which ignore case.
    #[must_use]
    pub fn sboms<'a>(&self, files: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
        let names = |file| SbomFormat::ALL.map(|format| self.sbom(file, format));
        let names = iter::once(None).chain(files.map(Some)).flat_map(names);
        names.map(|name| name.to_ascii_lowercase()).collect()
    }

    /// Accepts `name` for an artifact of this kind and target, as a plain file name.
    ///
    /// # Errors
    ///
    /// When it is not a plain name, too long for that of its bills of materials, or not the one this layout has for
    /// such an artifact.
    pub fn accept(
        &self,
        name: &str,
        kind: ArtifactKind,
        target: Option<&Target>,
    ) -> Result<FileName, UnexpectedName> {
        let file_name = name.parse::<FileName>()?;
        for format in SbomFormat::ALL {
            self.sbom(Some(name), format).parse::<FileName>()?;
        }
        let expected = self.expected(name, kind, target)?;
        let any_of_this_release = expected.is_empty();
        let fits = if any_of_this_release {
            name == RELEASE_NOTES
                || name.strip_prefix(&self.stem).is_some_and(|rest| rest.starts_with(['-', '.']))
        } else {
            expected.iter().any(|candidate| candidate == name)
        };
        if fits {
            return Ok(file_name);
        }
        let expected =
            if any_of_this_release { vec![format!("{}-…", self.stem)] } else { expected };
        let expected =
            expected.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        Err(UnexpectedName::Name { found: name.to_owned(), kind, expected })
    }

    /// All names an artifact of this kind may have; empty when any name of this release will do.
    fn expected(
        &self,
        name: &str,
        kind: ArtifactKind,
        target: Option<&Target>,
    ) -> Result<Vec<String>, UnexpectedName> {
        let stem = &self.stem;
        let with_target = |target: Option<&Target>| {
            target.cloned().ok_or(UnexpectedName::TargetMissing { file: name.to_owned(), kind })
        };
        Ok(match kind {
            ArtifactKind::Binary => {
                let target = with_target(target)?;
                vec![format!("{}{}", self.bundle_folder(&target), target.os.exe_suffix())]
            }
            ArtifactKind::Bundle => vec![self.bundle(&with_target(target)?)],
            ArtifactKind::Installer => {
                vec![format!("{stem}-installer.sh"), format!("{stem}-installer.ps1")]
            }
            ArtifactKind::Provenance => vec![PROVENANCE.to_owned()],
            ArtifactKind::Source => vec![format!("{stem}-source.tar.gz")],
            ArtifactKind::Other
            | ArtifactKind::Sbom
            | ArtifactKind::Signature
            | ArtifactKind::UpdaterManifest => vec![],
        })
    }
}

impl Os {
    /// What the name of an executable ends with.
    #[must_use]
    pub fn exe_suffix(self) -> &'static str {
        if self == Self::Windows { ".exe" } else { "" }
    }
}

/// A name that this layout does not have for such an artifact.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnexpectedName {
    #[error("the {kind} is called `{found}`, expected {expected}")]
    Name { found: String, kind: ArtifactKind, expected: String },
    #[error(transparent)]
    NotPlain(#[from] super::FileNameError),
    #[error("the {kind} `{file}` has no target")]
    TargetMissing { file: String, kind: ArtifactKind },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check_error(name: &str, kind: ArtifactKind, target: Option<&Target>, expected: Expect) {
        let layout = Layout::new(&samples::product());
        expected.assert_eq(&layout.accept(name, kind, target).unwrap_err().to_string());
    }

    #[test]
    fn names_follow_the_platform() {
        let layout = Layout::new(&samples::product());
        assert_eq!(
            layout.bundle(&samples::linux()),
            "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz"
        );
        assert_eq!(layout.bundle(&samples::windows()), "hello-1.2.3-x86_64-pc-windows-gnullvm.zip");
        let binary = "hello-1.2.3-x86_64-pc-windows-gnullvm.exe";
        let accepted = layout.accept(binary, ArtifactKind::Binary, Some(&samples::windows()));
        assert_eq!(accepted.unwrap().as_str(), binary);
    }

    #[test]
    fn refuses_names_of_another_release_platform_or_folder() {
        use ArtifactKind::{Binary, Bundle, Other, Source};
        let linux = samples::linux();
        check_error(
            "hello-1.2.3-x86_64-unknown-linux-musl.zip",
            Bundle,
            Some(&linux),
            expect![
                "the bundle is called `hello-1.2.3-x86_64-unknown-linux-musl.zip`, expected `hello-1.2.3-x86_64-unknown-linux-musl.tar.gz`"
            ],
        );
        check_error("hello-1.2.3", Binary, None, expect!["the binary `hello-1.2.3` has no target"]);
        check_error(
            "hello-1.2.2-source.tar.gz",
            Source,
            None,
            expect![
                "the source is called `hello-1.2.2-source.tar.gz`, expected `hello-1.2.3-source.tar.gz`"
            ],
        );
        check_error(
            "hello-1.2.34-notes.md",
            Other,
            None,
            expect!["the other is called `hello-1.2.34-notes.md`, expected `hello-1.2.3-…`"],
        );
        check_error(
            "SHA256SUMS",
            Other,
            None,
            expect!["the other is called `SHA256SUMS`, expected `hello-1.2.3-…`"],
        );
        check_error(
            "../hello-1.2.3-source.tar.gz",
            Source,
            None,
            expect![
                "`../hello-1.2.3-source.tar.gz` is not a plain file name: it has `/` at byte 2, expected one of `A-Za-z0-9+-._`"
            ],
        );
    }
}
