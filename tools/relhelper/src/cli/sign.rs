//! The arguments of `relhelper sign`.

use std::path::PathBuf;

use clap::Args;

use super::Server;

/// Sign the files of a release
///
/// Signs SHA256SUMS, the documents and the payloads with every key that is configured, writes the public keys and their fingerprints beside
/// them, and says in signatures.json which file is signed how. The files must be those that SHA256SUMS lists.
///
/// Keys come from files or environment variables, never from arguments. Without any key nothing is written: the release
/// stays complete and unsigned.
///
/// Signing again keeps what is there and adds what is missing. A signature that does not fit is an error.
#[derive(Args, Debug)]
#[command(after_help = "Environment:\n  \
    RELHELPER_SIGNING_KEY        a key as for --key, its text\n  \
    RELHELPER_SIGSTORE_KEY       a key as for --sigstore-key, its text\n  \
    RELHELPER_MINISIGN_KEY       a key as for --minisign-key, its text\n  \
    RELHELPER_MINISIGN_PASSPHRASE\n  \
    RELHELPER_SSH_KEY            a key as for --ssh-key, its text\n  \
    SIGSTORE_ID_TOKEN            for --sigstore-identity: an identity token (OpenID Connect) for the audience `sigstore`\n  \
    ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN\n                               \
    where GitHub Actions gives one\n  \
    GPG_PRIVATE_KEY              an OpenPGP key, armoured or in Base64; signs with the program gpg\n  \
    GPG_PASSPHRASE               its passphrase\n  \
    GPG_PUBLIC_KEY_FINGERPRINT   the fingerprint it must have\n\n\
    Examples:\n  \
    relhelper sign --key release.pem dist\n  \
    relhelper sign --key release.pem --minisign-key minisign.key --config release.toml dist\n  \
    relhelper sign --sigstore-identity --config release.toml dist\n  \
    GPG_PRIVATE_KEY=\"$(cat key.asc)\" relhelper sign dist\n\n\
    Exit codes: 0 signed, or nothing to sign with; 2 not signed")]
pub struct Sign {
    /// Folder with the release
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// release.toml, whose table [signing] says what must be signed and how
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Ed25519, ECDSA or RSA key in PKCS#8 PEM, for signatures as OpenSSL makes them; can be given once for each kind
    #[arg(long = "key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
    /// Such a key, for sigstore bundles
    #[arg(long, value_name = "FILE")]
    pub sigstore_key: Option<PathBuf>,
    /// Or sigstore bundles without a key.
    #[command(flatten)]
    pub identity: SigningIdentity,
    /// Secret key of minisign
    #[arg(long, value_name = "FILE")]
    pub minisign_key: Option<PathBuf>,
    /// File whose first line is the passphrase of that key; asked for by default
    #[arg(long, value_name = "FILE")]
    pub minisign_passphrase_file: Option<PathBuf>,
    /// Ed25519 key of OpenSSH, unencrypted
    #[arg(long, value_name = "FILE")]
    pub ssh_key: Option<PathBuf>,
    /// Write what was signed as JSON (that is signatures.json)
    #[arg(long)]
    pub json: bool,
}

/// Sigstore bundles that an authority vouches for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signing without a key")]
pub struct SigningIdentity {
    /// Make sigstore bundles as who the environment says that you are: an authority certifies a key of this run, and a public
    /// log keeps the identity and the digest of every signed file for ever
    #[arg(conflicts_with = "sigstore_key", long)]
    pub sigstore_identity: bool,
    /// The certificate authority; the public instance by default
    #[arg(long, requires_all = ["sigstore_identity", "rekor_url", "trusted_root"], value_name = "URL")]
    pub fulcio_url: Option<String>,
    /// The log; the public instance by default
    #[arg(long, requires_all = ["sigstore_identity", "fulcio_url"], value_name = "URL")]
    pub rekor_url: Option<String>,
    /// Trusted root (JSON) that the bundles are checked by before they are written; that of the public instance by default
    #[arg(long, requires = "sigstore_identity", value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// How these are asked.
    #[command(flatten)]
    pub server: Server,
}
