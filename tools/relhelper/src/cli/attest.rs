//! `relhelper attest`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::Server;
use crate::attestation::run::Identity;

/// Sign what came out when you built a release
///
/// Adds a line to N-V.intoto.jsonl of the release: SLSA provenance of your own run, with the build
/// definition that the release has in provenance.json, for exactly the artifacts that came out with
/// the published bytes. Artifacts that came out with other bytes get a line that says so. Lines are
/// added, never replaced.
///
/// With --report, it attests what `relhelper rebuild` found; the answer is no when anything
/// differs. With --built, you say that this run made the release.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper attest hello-1.0.0/ --report rebuild-report.json --key-file rebuilder.pem \\\n    \
    --builder-id https://rebuilds.example.org/machine-1\n  \
    relhelper attest result/ --built --out hello-1.0.0.intoto.jsonl --key-file release.pem \\\n    \
    --builder-id https://example.org/ci --started 2026-01-01T10:00:00Z\n\n\
    Exit codes: 0 attested; 1 attested that something differs; 2 nothing could be attested")]
pub struct Attest {
    /// Folder with the files of the release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// What `relhelper rebuild` found: rebuild-report.json
    #[arg(long, required_unless_present = "built", value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Attest that your own run made this release, without anything substituted
    #[arg(conflicts_with = "report", long)]
    pub built: bool,
    /// Who builds: a URI that stands for this builder and no other
    #[arg(long, value_name = "URI")]
    pub builder_id: Identity,
    /// Secret key, PKCS#8 in PEM; `RELHELPER_SIGNING_KEY` has its text otherwise
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// File to add the lines to; N-V.intoto.jsonl in DIR by default
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What the run is called, with --built; a random one by default
    #[arg(conflicts_with = "report", long, value_name = "URI")]
    pub invocation_id: Option<Identity>,
    /// When the run began, with --built (RFC 3339)
    #[arg(conflicts_with = "report", long, value_name = "TIME")]
    pub started: Option<Timestamp>,
    /// When the run ended, with --built (RFC 3339)
    #[arg(conflicts_with = "report", long, value_name = "TIME")]
    pub finished: Option<Timestamp>,
    /// Version of the Nix that built, with --built; that of `nix` on PATH by default
    #[arg(conflicts_with = "report", long, value_name = "VERSION")]
    pub nix_version: Option<String>,
    /// How a server is asked.
    #[command(flatten)]
    pub server: Server,
}
