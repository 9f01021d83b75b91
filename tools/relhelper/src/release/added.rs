//! What signing and publishing add to a release directory; never part of the release itself.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::layout::{SHA256SUMS, SIGNING_IDENTITY, signing_public_key};
use crate::signature::Mechanism;

/// What is added under its own name.
const FIXED: [&str; 12] = [
    "inputs",
    "key-statements.jsonl",
    "release-assets.txt",
    "release-signing-key-fingerprint.txt",
    SIGNING_IDENTITY,
    "release-summary.json",
    "release-summary.md",
    "release-url.txt",
    "remote-verify.json",
    "remote-verify.md",
    "signatures.json",
    "trust.toml",
];

/// Whether signing and publishing may add something called `name` to the release `stem` (name and version) with the
/// files `files`.
#[must_use]
pub fn is_added<'a>(name: &str, stem: &str, files: impl IntoIterator<Item = &'a str>) -> bool {
    let alone = |name: &str| {
        FIXED.contains(&name)
            || name.strip_prefix(stem) == Some(".intoto.jsonl")
            || Mechanism::ALL.into_iter().any(|mechanism| signing_public_key(mechanism) == name)
    };
    if alone(name) {
        return true;
    }
    let suffixes = Mechanism::ALL.into_iter().map(Mechanism::suffix);
    let signed: BTreeSet<_> = suffixes.filter_map(|suffix| name.strip_suffix(suffix)).collect();
    signed.iter().any(|file| *file == SHA256SUMS || alone(file))
        || files.into_iter().any(|file| signed.contains(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_signing_adds_and_nothing_else() {
        let added = |name| is_added(name, "a-1", ["a-1.tar.gz", "index.json"]);
        for name in [
            "SHA256SUMS.asc",
            "SHA256SUMS.sig",
            "a-1.intoto.jsonl",
            "a-1.tar.gz.minisig",
            "a-1.tar.gz.ssh.sig",
            "release-signing-public-key.asc",
            "release-signing-public-key.ecdsa.pem",
            "release-signing-public-key.json",
            "release-signing-public-key.minisign.pub",
            "index.json.sigstore.json",
            "release-signing-public-key.pem",
            "signatures.json",
            "a-1.intoto.jsonl.sig",
        ] {
            assert!(added(name), "{name}");
        }
        for name in [
            "SHA256SUMS",
            "a-1.tar.gz.pgp.sig",
            "release-signing-public-key.other.pub",
            "a-1.tar.gz",
            "a-1.tar.gz.sig.exe",
            "a-2.intoto.jsonl",
            "a-2.tar.gz.sig",
            "release-signing-public-key.",
            "release-signing-public-key.com",
            "release-signing-public-key.exe",
            "release-signing-public-key.exe.sig",
            "release-signing-public-key.a/b",
            "SIGNATURES.JSON",
            "setup.exe",
        ] {
            assert!(!added(name), "{name}");
        }
    }
}
