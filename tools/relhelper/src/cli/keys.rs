//! The arguments of `relhelper keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::key_statements::{Revoke, Rotate};

/// Make keys that sign releases, and show their public parts
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help texts say it")]
pub enum Keys {
    Export(Export),
    Fingerprint(Fingerprint),
    Generate(Generate),
    Revoke(Revoke),
    Rotate(Rotate),
    Show(Show),
}

/// Write the public part of a key
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  relhelper keys export release.pem > release.pub.pem")]
pub struct Export {
    /// Secret or public key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Print what a key is called
///
/// The SHA-256 of a key in PEM (of its `SubjectPublicKeyInfo` in DER), the fingerprint of one of OpenSSH, the number of one of minisign, the
/// fingerprint of one of `OpenPGP`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  relhelper keys fingerprint release.pem")]
pub struct Fingerprint {
    /// Secret or public key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Make a new key
///
/// The secret key is written to FILE with mode 0600, the public one to FILE.pub. Neither may exist.
#[derive(Args, Debug)]
#[command(after_help = "Environment:\n  \
    RELHELPER_MINISIGN_PASSPHRASE   encrypts a key of minisign\n\n\
    Examples:\n  \
    relhelper keys generate release.pem\n  \
    relhelper keys generate --kind minisign --passphrase-file phrase minisign.key")]
pub struct Generate {
    /// File for the secret key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to make
    #[arg(long, value_name = "KIND", default_value = "ed25519")]
    pub kind: Kind,
    /// File whose first line is the passphrase of a minisign key; asked for by default
    #[arg(long, value_name = "FILE", conflicts_with = "unencrypted")]
    pub passphrase_file: Option<PathBuf>,
    /// Do not encrypt a minisign key; keys of the kind ed25519 are never encrypted
    #[arg(long)]
    pub unencrypted: bool,
}

/// What `keys generate` makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kind {
    /// Ed25519 in PKCS#8 PEM, as OpenSSL makes it
    Ed25519,
    /// A key of minisign
    Minisign,
}

/// Print the public facts of a key
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  relhelper keys show --json release.pem")]
pub struct Show {
    /// Secret or public key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Write them as JSON
    #[arg(long)]
    pub json: bool,
}
