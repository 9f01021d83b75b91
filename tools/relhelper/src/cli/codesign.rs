//! The arguments of `relhelper codesign`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Take code signatures of Windows and macOS off executables, and attach them to rebuilt ones
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help texts say it")]
pub enum Codesign {
    Attach(Attach),
    Extract(Extract),
}

/// Attach a detached signature to a rebuilt executable, which gives the published bytes
///
/// The executable must be the one that was signed, byte for byte. It is proven that nothing but the code signature changes.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  relhelper codesign attach rebuilt.exe hello.exe.codesign.json hello.exe\n\
    Exit codes: 0 attached; 1 the signature is not for this file; 2 could not be told"
)]
pub struct Attach {
    /// The executable without signature
    #[arg(value_name = "UNSIGNED")]
    pub unsigned: PathBuf,
    /// The detached signature
    #[arg(value_name = "SIGNATURE")]
    pub signature: PathBuf,
    /// File to write: the signed executable
    #[arg(value_name = "SIGNED")]
    pub signed: PathBuf,
}

/// Write the code signature of a signed executable into a file of its own
///
/// For Authenticode signatures of Windows programs, and ad-hoc or identity signatures of 64-bit Mach-O programs, for one architecture or
/// several. It is proven first that the executables differ in the signature only.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  relhelper codesign extract hello.exe unsigned/hello.exe hello.exe.codesign.json\n\
    Exit codes: 0 written; 1 they differ in more than the signature; 2 could not be told"
)]
pub struct Extract {
    /// The signed executable
    #[arg(value_name = "SIGNED")]
    pub signed: PathBuf,
    /// The same without signature, or with the one it had before
    #[arg(value_name = "UNSIGNED")]
    pub unsigned: PathBuf,
    /// File to write: the detached signature
    #[arg(value_name = "SIGNATURE")]
    pub signature: PathBuf,
}
