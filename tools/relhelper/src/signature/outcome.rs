//! How a file is signed, and what looking at one signature told.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

/// A way to sign a file. Each has a suffix of its own behind the name of the file.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mechanism {
    /// ECDSA over P-256 with SHA-256, or P-384 with SHA-384, as `openssl dgst -sign` makes it.
    Ecdsa,
    /// Ed25519 (RFC 8032), 64 bytes, as `openssl pkeyutl -sign -rawin` makes it.
    Ed25519,
    /// `OpenPGP`, armoured, as `gpg --detach-sign --armor` makes it.
    Gpg,
    /// The format of minisign, with a trusted comment.
    Minisign,
    /// RSA PKCS#1 v1.5 with SHA-256, as `openssl dgst -sha256 -sign` makes it.
    Rsa,
    /// A sigstore bundle, version 0.3.
    Sigstore,
    /// The format of `ssh-keygen -Y sign`, with the namespace `file`.
    Ssh,
}

impl Mechanism {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 7] = [
        Self::Ecdsa,
        Self::Ed25519,
        Self::Gpg,
        Self::Minisign,
        Self::Rsa,
        Self::Sigstore,
        Self::Ssh,
    ];

    /// What the name of a signature ends with, behind the name of the signed file.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Ecdsa => ".ecdsa.sig",
            Self::Ed25519 => ".sig",
            Self::Gpg => ".asc",
            Self::Minisign => ".minisig",
            Self::Rsa => ".rsa.sig",
            Self::Sigstore => ".sigstore.json",
            Self::Ssh => ".ssh.sig",
        }
    }

    /// Whether its keys sign statements, too (DSSE): those in PEM, whose signatures have no envelope of their own.
    #[must_use]
    pub fn has_statements(self) -> bool {
        matches!(self, Self::Ecdsa | Self::Ed25519 | Self::Rsa)
    }

    /// The file that the signature file `name` is about, and how it is signed; nothing for other names.
    #[must_use]
    pub fn of_name(name: &str) -> Option<(&str, Self)> {
        // The longest suffix: `.ssh.sig` ends with `.sig`.
        let found = Self::ALL.into_iter().filter(|mechanism| name.ends_with(mechanism.suffix()));
        let mechanism = found.max_by_key(|mechanism| mechanism.suffix().len())?;
        let file = name.strip_suffix(mechanism.suffix())?;
        (!file.is_empty()).then_some((file, mechanism))
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ecdsa => "ecdsa",
            Self::Ed25519 => "ed25519",
            Self::Gpg => "gpg",
            Self::Minisign => "minisign",
            Self::Rsa => "rsa",
            Self::Sigstore => "sigstore",
            Self::Ssh => "ssh",
        })
    }
}

impl std::str::FromStr for Mechanism {
    type Err = UnknownMechanism;

    fn from_str(s: &str) -> Result<Self, UnknownMechanism> {
        let mut all = Self::ALL.into_iter();
        all.find(|mechanism| mechanism.to_string() == s).ok_or(UnknownMechanism(s.to_owned()))
    }
}

/// A word that is no mechanism.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is no mechanism of signatures, expected ecdsa, ed25519, gpg, minisign, rsa, sigstore or ssh", .0.escape_debug())]
pub struct UnknownMechanism(pub String);

/// Why a right signature with a certificate does not count. Sorted by how far it got: the last ones are of the wrong people, the
/// first ones of nobody.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateDefect {
    /// The certificate or the log does not lead to the trusted root.
    Untrusted,
    /// It is not proven to be in a log.
    NotInLog,
    /// The certificate was not valid when the log took the signature.
    Expired,
    /// Another one than expected vouches for the identity.
    Issuer,
    /// The certificate is of another identity.
    Identity,
}

impl fmt::Display for CertificateDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => "untrusted certificate",
            Self::NotInLog => "not in a trusted log",
            Self::Expired => "expired certificate",
            Self::Issuer => "wrong issuer",
            Self::Identity => "wrong identity",
        })
    }
}

/// What one signature says about one file under one key. Only [`Outcome::Valid`] is a pass.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The signature is not one of this key over these bytes.
    BadSignature,
    /// The signature is right, and its certificate or its place in a log does not make it count.
    Certificate {
        /// In which way.
        defect: CertificateDefect,
        /// In words.
        reason: String,
    },
    /// Nothing was found out, for the reason told: a program is missing, a file is too large.
    CouldNotCheck {
        /// Why.
        reason: String,
    },
    /// The signature is right, and its key had expired.
    ExpiredKey,
    /// The file is no signature of its mechanism.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// There is no signature.
    Missing,
    /// The signature is right, and its key is revoked.
    RevokedKey,
    /// The signature says that it is of another key.
    UnknownKey {
        /// Which one, as its mechanism writes it.
        found: String,
    },
    /// The key's signature over these bytes.
    Valid,
    /// The signature says that it is about another file.
    WrongFile {
        /// What it says: a name, or a digest.
        found: String,
    },
}

impl Outcome {
    /// Whether this is a pass.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        *self == Self::Valid
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSignature => f.write_str("bad signature"),
            Self::Certificate { defect, reason } => write!(f, "{defect}: {reason}"),
            Self::CouldNotCheck { reason } => write!(f, "could not check: {reason}"),
            Self::ExpiredKey => f.write_str("expired key"),
            Self::Malformed { reason } => write!(f, "malformed signature: {reason}"),
            Self::Missing => f.write_str("no signature"),
            Self::RevokedKey => f.write_str("revoked key"),
            Self::UnknownKey { found } => write!(f, "unknown key: {found}"),
            Self::Valid => f.write_str("valid"),
            Self::WrongFile { found } => write!(f, "wrong file: the signature is about {found}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_told_from_its_name() {
        for mechanism in Mechanism::ALL {
            let name = format!("a.tar.gz{}", mechanism.suffix());
            assert_eq!(Mechanism::of_name(&name), Some(("a.tar.gz", mechanism)));
            assert_eq!(mechanism.to_string().parse(), Ok(mechanism));
            let word = serde_json::to_value(mechanism).unwrap();
            assert_eq!(word, mechanism.to_string());
        }
        assert_eq!(Mechanism::of_name("a.tar.gz"), None);
        assert_eq!(Mechanism::of_name(".sig"), None);
        let error = "pgp".parse::<Mechanism>().unwrap_err();
        assert!(error.to_string().starts_with("`pgp` is no mechanism"));
    }
}
