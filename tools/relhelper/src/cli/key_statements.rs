//! The arguments of `relhelper keys rotate` and `relhelper keys revoke`.

use std::path::PathBuf;

use clap::Args;

/// Say that a key is not to be trusted any more
///
/// Adds a signed statement to the file that lies beside releases. It is signed by the key itself, or by as many keys as the
/// policies of the users ask for. What the key signed earlier is not trusted either: nobody can tell when that was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper keys revoke --reason \"the laptop was lost\" --statements key-statements.jsonl release.pem\n  \
    relhelper keys revoke --key release.pem.pub --reason lost --statements key-statements.jsonl anna.pem bob.pem")]
pub struct Revoke {
    /// Secret keys that sign the statement
    #[arg(required = true, value_name = "SECRET")]
    pub signers: Vec<PathBuf>,
    /// The key that is revoked: its public part, or its id. By default the one that signs
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// From when on, as in 2026-01-31T00:00:00Z; now by default
    #[arg(long, value_name = "TIME")]
    pub date: Option<jiff::Timestamp>,
    /// File of statements, to which a line is added; it is made if it is not there
    #[arg(long, value_name = "FILE")]
    pub statements: PathBuf,
}

/// Put a new key in the place of an old one
///
/// Adds a statement, signed by both, to the file that lies beside releases. Users who trust the old key follow it to the new
/// one, for releases from that version on.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  relhelper keys rotate --product hello --from-version 2.0.0 --statements key-statements.jsonl old.pem new.pem"
)]
pub struct Rotate {
    /// Secret key that signs until now
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Secret key that takes its place
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Product whose releases they sign
    #[arg(long, value_name = "NAME")]
    pub product: String,
    /// First version that the new key signs
    #[arg(long, value_name = "VERSION")]
    pub from_version: semver::Version,
    /// File of statements, to which a line is added; it is made if it is not there
    #[arg(long, value_name = "FILE")]
    pub statements: PathBuf,
}
