//! `relhelper rebuild`, as data.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::server::Server;

/// Build a published release again and compare every byte
///
/// Believes nothing of the publisher: checks that the published files agree with each other, that the source archive is the
/// source that the provenance names, and that the source gives the derivations it names, before anything is built. Builds
/// with Nix, in its sandbox and without binary caches, and compares every artifact and sidecar. Says what could not be
/// established. Needs Linux on `x86_64`, Nix (2.8 or newer), and rights to use its sandbox.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper rebuild hello-1.0.0/ --out report/\n  \
    relhelper rebuild hello-1.0.0/ --inputs inputs/ --store /var/tmp/empty-store\n  \
    relhelper rebuild hello-1.0.0/ --target x86_64-unknown-linux-musl --json\n\
    Exit codes: 0 the same bytes; 1 something differs; 2 could not be told")]
pub struct Rebuild {
    /// Folder or address of one release
    #[arg(required_unless_present = "janitor", value_name = "DIR|URL")]
    pub release: Option<String>,
    /// Build this flake instead of the release's source archive
    #[arg(long, value_name = "FLAKEREF")]
    pub source: Option<String>,
    /// Package of the flake that is the release; NAME-release or `release` by default
    #[arg(long, value_name = "NAME", value_parser = attribute)]
    pub attribute: Option<String>,
    /// Folder (of `./bootstrap --export`) or address with the inputs, by their digests; by default the release's own
    /// `inputs/`, or what is in the store
    #[arg(long, value_name = "DIR|URL")]
    pub inputs: Option<String>,
    /// Rebuild this artifact only; can be given several times
    #[arg(long = "artifact", value_name = "FILE")]
    pub artifacts: Vec<String>,
    /// Rebuild the artifacts of this target only; can be given several times
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// What is built again although it is in the store
    #[arg(default_value = "doubtful", long, value_enum, value_name = "WHICH")]
    pub again: Again,
    /// Build in a store of its own in this folder; when it is empty, everything is built now
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// The program `nix`
    #[arg(default_value = "nix", long, value_name = "PROGRAM")]
    pub nix: PathBuf,
    /// Builds at the same time; Nix's own setting by default
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Folder for rebuild-report.json, .md and .html, new or empty
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Folder for the rebuilt files, new or empty
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// How a server is asked.
    #[command(flatten)]
    pub server: Server,
    /// Remove this folder once standard input ends; for the program itself
    #[arg(hide = true, long, value_name = "DIR")]
    pub janitor: Option<PathBuf>,
}

/// Which derivations are built again.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Again {
    /// Every derivation
    All,
    /// Those of the artifacts themselves, and those that this machine did not build
    Doubtful,
}

/// It becomes part of a Nix expression.
fn attribute(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.chars().all(allowed) && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err("expected a name of letters, digits, `.`, `_` and `-`".to_owned())
    }
}
