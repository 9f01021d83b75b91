//! `relhelper summarize`.

use std::path::PathBuf;

use clap::Args;

use super::Server;
use crate::attestation::run::Identity;

/// Count the builders of a release by a policy, and sign the result
///
/// Reads N-V.intoto.jsonl of the release, tells which builders reproduced what and why lines do not
/// count, and adds a SLSA 1.2 verification summary (VSA) to the same file. It says
/// `SLSA_BUILD_REPRODUCED` only when two builders that different people run on different machines
/// got the published bytes of every artifact.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    relhelper summarize hello-1.0.0/ --policy trust.toml --key-file verifier.pem \\\n    \
    --verifier-id https://verifier.example.org\n\n\
    Exit codes: 0 the policy is met; 1 it is not (the summary says FAILED); 2 it could not be told")]
pub struct Summarize {
    /// Folder with the files of the release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Whose builds count, and how many it takes: trust.toml
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Signed statements about keys: a builder's key that revokes itself does not count. Those beside the release are read anyway
    #[arg(long, value_name = "FILE")]
    pub key_statements: Vec<PathBuf>,
    /// Secret key, PKCS#8 in PEM; `RELHELPER_SIGNING_KEY` has its text otherwise
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Who verifies: a URI
    #[arg(long, value_name = "URI")]
    pub verifier_id: Identity,
    /// What the release is called by those who fetch it; `pkg:generic/NAME@VERSION` by default
    #[arg(long, value_name = "URI")]
    pub resource_uri: Option<Identity>,
    /// What the policy is called; `urn:relhelper:policy:` and its SHA-256 by default
    #[arg(long, value_name = "URI")]
    pub policy_uri: Option<Identity>,
    /// File to add the line to; N-V.intoto.jsonl in DIR by default
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write what was counted as JSON
    #[arg(long)]
    pub json: bool,
    /// How a server is asked.
    #[command(flatten)]
    pub server: Server,
}
