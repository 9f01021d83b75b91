//! What a signature can cover, and how public keys are written.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use crate::facts::words::words;
use crate::release::layout;

words! {
    /// What a file of a release is to a policy.
    FileKind, "the kind of file", {
        /// `BUILD_META.txt`.
        BuildMetadata = "build-metadata",
        /// `SHA256SUMS`.
        Checksums = "checksums",
        /// `index.json`.
        Index = "index",
        /// `release-manifest.json`.
        Manifest = "manifest",
        /// What people download: every artifact of the manifest.
        Payload = "payload",
        /// `provenance.json`.
        Provenance = "provenance",
        /// A bill of materials, of the release or of an artifact.
        Sbom = "sbom",
    }
}

impl FileKind {
    /// The kind of the file `name` in a release with these artifacts, if policies know such files.
    ///
    /// An artifact is a payload whatever its name is, so that no name takes it out of the rules.
    #[must_use]
    pub fn of(name: &str, artifacts: &BTreeSet<String>) -> Option<Self> {
        Some(match name {
            _ if artifacts.contains(name) => Self::Payload,
            layout::BUILD_META => Self::BuildMetadata,
            layout::INDEX => Self::Index,
            layout::MANIFEST => Self::Manifest,
            layout::PROVENANCE => Self::Provenance,
            layout::SHA256SUMS => Self::Checksums,
            _ if layout::is_sbom(name) => Self::Sbom,
            _ => return None,
        })
    }

    /// Whether a signature on such a file says which product and which version the release is.
    #[must_use]
    pub fn says_which_release(self) -> bool {
        matches!(self, Self::Checksums | Self::Manifest)
    }
}

words! {
    /// How a public key is written.
    KeyKind, "the kind of key", {
        /// No key: the identity in the certificates of sigstore bundles, and the trusted root they lead to.
        Certificate = "certificate",
        /// The public key file of minisign.
        Minisign = "minisign",
        /// One certificate of RFC 9580, as `gpg --armor --export` writes it.
        OpenPgp = "openpgp",
        /// `SubjectPublicKeyInfo` in PEM, as `openssl pkey -pubout` writes it.
        Pem = "pem",
        /// A line of an OpenSSH public key file.
        Ssh = "ssh",
    }
}
