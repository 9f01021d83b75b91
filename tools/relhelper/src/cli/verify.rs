//! `relhelper verify`, as data.

use clap::Args;

use super::Server;

/// Check that a release is complete and agrees with itself
///
/// Reads every file once: digests and sizes against SHA256SUMS and the manifest, every document against every other one
/// (manifest, index, provenance, build facts, bills of materials), names, formats, and whether anything is missing or
/// too much. Lists everything that is wrong. Needs no network for a folder.
///
/// It does not tell who made the release: whoever can change every document can make them agree.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper verify hello-1.0.0/\n  \
    relhelper verify https://hello.example/releases/1.0.0/\n  \
    relhelper verify --json hello-1.0.0/ > report.json\n\
    Exit codes: 0 nothing is wrong; 1 something is; 2 something could not be checked, and nothing else is wrong")]
pub struct Verify {
    /// Folder with the files of one release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Write the report as JSON
    #[arg(long)]
    pub json: bool,
    /// How a server is asked.
    #[command(flatten)]
    pub server: Server,
}
