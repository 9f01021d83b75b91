//! `relhelper inputs`, as data.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Server;

/// The files a release was built from: list, collect, check and serve them
///
/// A folder of inputs holds each file under its own digest, `sha256/` and 64 hexadecimal digits. Published beside a release, it
/// is all that stock Nix needs to build that release again, whatever became of the registries.
#[derive(Debug, Subcommand)]
pub enum Inputs {
    /// Check that a folder of inputs has all that a release was built from, and nothing else
    #[command(
        after_help = "Example:\n  relhelper inputs check hello-1.0.0/ https://hello.example/releases/1.0.0/inputs/\n\
        Exit codes: 0 all are there and right; 1 something is missing, wrong or too much; 2 something could not be looked at"
    )]
    Check(CheckInputs),
    /// Write a folder of inputs, from the Nix store and other such folders
    ///
    /// Each file appears whole and with the right digest, or not at all. What is there already stays, so an export that was
    /// stopped goes on where it was.
    #[command(after_help = "Examples:\n  relhelper inputs export hello-1.0.0/ inputs/\n  \
        relhelper inputs export --from https://hello.example/releases/1.0.0/inputs/ hello-1.0.0/ inputs/\n\
        Exit codes: 0 all are there; 1 some are nowhere; 2 some could not be looked for")]
    Export(ExportInputs),
    /// List the files that a release was built from, as its provenance names them
    #[command(after_help = "Example:\n  relhelper inputs list --json hello-1.0.0/\n\
        Exit codes: 0 listed; 2 the provenance cannot be read")]
    List(ListInputs),
    /// Serve a folder of inputs to Nix on this machine, until stopped
    #[command(
        after_help = "Example:\n  relhelper inputs serve --listen 127.0.0.1:8000 inputs/ &\n  \
        nix build .#release --option substituters '' --option hashed-mirrors http://127.0.0.1:8000/"
    )]
    Serve(ServeInputs),
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct ListInputs {
    /// Folder with the files of one release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Write the list as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct ExportInputs {
    /// Folder with the files of one release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Folder of inputs to write
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Folder of inputs to take from what is not in the store, here or on a server; can be given several times
    #[arg(long, value_name = "DIR|URL")]
    pub from: Vec<String>,
    /// Folder with the files of the Nix store, if they are not where their paths say
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct CheckInputs {
    /// Folder with the files of one release, here or on a server
    #[arg(value_name = "DIR|URL")]
    pub release: String,
    /// Folder of inputs, here or on a server
    #[arg(value_name = "INPUTS")]
    pub inputs: String,
    /// Write the report as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct ServeInputs {
    /// Folder of inputs
    #[arg(value_name = "DIR")]
    pub inputs: PathBuf,
    /// Address and port to listen at, of this machine only; port 0 takes one that is free
    #[arg(default_value = "127.0.0.1:0", long, value_name = "ADDRESS")]
    pub listen: SocketAddr,
}
