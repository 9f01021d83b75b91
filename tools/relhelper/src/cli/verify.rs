//! `relhelper verify`, as data.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Server;

/// Check that a release is complete and agrees with itself
///
/// Reads every file once: digests and sizes against SHA256SUMS and the manifest, every document against every other one
/// (manifest, index, provenance, build facts, bills of materials), names, formats, and whether anything is missing or
/// too much. Lists everything that is wrong. Needs no network for a folder.
///
/// Who made the release, signatures tell, and only with a key or a policy that did not come with it: whoever can change
/// every document can make them agree. Without either, it is only looked whether the signatures are there that
/// signatures.json names.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("whom").multiple(true).args(["keys", "certificate_identity"]))]
#[command(group = ArgGroup::new("keyholders").multiple(true).args(["keys", "policy"]))]
#[command(after_help = "Examples:\n  \
    relhelper verify hello-1.0.0/\n  \
    relhelper verify https://hello.example/releases/1.0.0/\n  \
    relhelper verify --json hello-1.0.0/ > report.json\n  \
    relhelper verify --key hello.pub.pem --require-signature hello-1.0.0/\n  \
    relhelper verify --certificate-identity alice@example.com --certificate-oidc-issuer https://accounts.example.com hello-1.0.0/\n  \
    relhelper verify --config release.toml --key release.pem.pub dist\n  \
    relhelper verify --policy trust.toml --state ~/.local/state/hello.json hello-1.0.0/\n\
    Exit codes: 0 nothing is wrong; 1 something is; 2 something could not be checked, and nothing else is wrong")]
pub struct Verify {
    /// Folder with the files of one release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Public key that has signed SHA256SUMS (PEM, minisign, SSH or gpg); any one of several, or a successor of one in PEM
    #[arg(conflicts_with = "policy", long = "key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
    /// Who has signed SHA256SUMS without a key of their own.
    #[command(flatten)]
    pub certificate: Certificate,
    /// Every payload must be signed by such a key too, not only SHA256SUMS
    #[arg(long, requires = "whom")]
    pub require_signature: bool,
    /// Who must have signed what: a trust.toml
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// release.toml, whose table [signing] says which signatures must be there; whose they are, keys and policies tell
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Signed statements about keys: successors, revocations. Those beside the release are read anyway
    #[arg(long, requires = "keyholders", value_name = "FILE")]
    pub key_statements: Vec<PathBuf>,
    /// Remember versions and keys in this file, and refuse what is older; it is made if it is not there
    #[arg(long, requires = "policy", value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long)]
    pub json: bool,
    /// How a server is asked.
    #[command(flatten)]
    pub server: Server,
}

/// Whom the certificate in sigstore bundles must be of.
#[derive(Args, Debug)]
pub struct Certificate {
    /// Address of mail or URI in the certificate of a sigstore bundle that has signed SHA256SUMS; a `*` at its end behind
    /// `@refs/tags/` stands for any tag
    #[arg(
        conflicts_with = "policy",
        long,
        requires = "certificate_oidc_issuer",
        value_name = "ID"
    )]
    pub certificate_identity: Option<String>,
    /// Who vouches for that identity
    #[arg(long, requires = "certificate_identity", value_name = "URL")]
    pub certificate_oidc_issuer: Option<String>,
    /// Trusted root of sigstore (JSON), as `cosign trusted-root create` writes it; that of the public instance by default
    #[arg(long, requires = "certificate_identity", value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
}
