//! An input from outside, as its registry knows it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::metadata::RawInput;
use super::problem::{Problem, ProblemList};
use super::{PackageKind, Sha256, purl};
use crate::cargo::License;

/// A pinned file and the package it is a release of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Package {
    /// Name of the file.
    pub file: String,
    /// Of the file.
    pub sha256: Sha256,
    /// Where such files come from.
    pub kind: PackageKind,
    /// Name in that registry.
    pub name: String,
    /// Version in that registry.
    pub version: String,
    /// Debian's suite.
    pub suite: Option<String>,
    /// What is known of its licence.
    pub license: License,
}

impl Package {
    pub(super) fn check(raw: RawInput, problems: &mut ProblemList) -> Option<Self> {
        let RawInput { file, sha256, kind, name, version, suite, license } = raw;
        for (field, text) in
            [("input", &file), ("input's name", &name), ("input's version", &version)]
        {
            problems.one_line(field, text);
        }
        if let Some(text) = &license {
            problems.one_line("input's license", text);
        }
        let license = License::of_manifest(license.as_deref(), None);
        let digest =
            sha256.parse().map_err(|()| Problem::InputDigest { file: file.clone(), found: sha256 });
        let kind = kind.parse().map_err(|source| Problem::InputKind { file: file.clone(), source });
        let (sha256, kind) = (problems.keep(digest), problems.keep(kind));
        Some(Self { sha256: sha256?, kind: kind?, file, name, version, suite, license })
    }

    /// The package URL.
    #[must_use]
    pub fn purl(&self) -> String {
        let name = match self.kind {
            PackageKind::Wheel => self.name.to_ascii_lowercase().replace('_', "-"),
            PackageKind::Deb => self.name.to_ascii_lowercase(),
            PackageKind::BootstrapTar | PackageKind::Crate => self.name.clone(),
        };
        let kind = match self.kind {
            PackageKind::BootstrapTar => "generic",
            PackageKind::Crate => "cargo",
            PackageKind::Deb => "deb/debian",
            PackageKind::Wheel => "pypi",
        };
        let checksum = format!("sha256:{}", self.sha256);
        let suite = self.suite.as_deref().filter(|_| self.kind == PackageKind::Deb);
        let file = Some(self.file.as_str()).filter(|_| self.kind == PackageKind::Wheel);
        let qualifiers = [
            ("arch", self.architecture()),
            ("checksum", Some(&checksum)),
            ("distro", suite),
            ("file_name", file),
        ];
        purl::write(kind, &name, Some(&self.version), qualifiers)
    }

    /// The last part of the name of a Debian package's file.
    fn architecture(&self) -> Option<&str> {
        let stem = self.file.strip_suffix(".deb").filter(|_| self.kind == PackageKind::Deb)?;
        stem.rsplit_once('_').map(|(_, architecture)| architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(kind: PackageKind, name: &str, version: &str, file: &str, expected: Expect) {
        let package = Package {
            file: file.to_owned(),
            sha256: Sha256::from([0xab; 32]),
            kind,
            name: name.to_owned(),
            version: version.to_owned(),
            suite: (kind == PackageKind::Deb).then(|| "trixie".to_owned()),
            license: License::Missing,
        };
        expected.assert_eq(&package.purl().replace(&"ab".repeat(32), "…"));
    }

    #[test]
    fn writes_package_urls() {
        check(
            PackageKind::Crate,
            "zstd-sys",
            "2.0.1+zstd.1.5.2",
            "zstd-sys-2.0.1+zstd.1.5.2.crate",
            expect!["pkg:cargo/zstd-sys@2.0.1%2Bzstd.1.5.2?checksum=sha256:…"],
        );
        check(
            PackageKind::Deb,
            "libstdc++6",
            "1:14.2.0-19~x",
            "libstdc++6_14.2.0-19~x_amd64.deb",
            expect![
                "pkg:deb/debian/libstdc%2B%2B6@1:14.2.0-19~x?arch=amd64&checksum=sha256:…&distro=trixie"
            ],
        );
        check(
            PackageKind::Wheel,
            "Zig_lang",
            "0.17.0",
            "z-0.17.0-py3.whl",
            expect!["pkg:pypi/zig-lang@0.17.0?checksum=sha256:…&file_name=z-0.17.0-py3.whl"],
        );
        check(
            PackageKind::BootstrapTar,
            "busybox",
            "1:1.37",
            "busybox-1.37.tar",
            expect!["pkg:generic/busybox@1:1.37?checksum=sha256:…"],
        );
    }
}
