//! `relhelper compare`, as data.

use std::path::PathBuf;

use clap::Args;

/// Compare what was published with what was rebuilt, and explain every difference
///
/// Takes two files, or two folders of which every file is compared. The answer is one of four: match (equal bytes, and
/// nothing else), match but for signature (it is proven that code signatures of Windows or macOS are the only
/// difference), mismatch, or inconclusive with the reason.
///
/// A mismatch is explained: archive member, place, offset, both bytes, the likely cause, and what to do about it.
/// Signatures and other files that publishing adds to a release are listed and not compared.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper compare hello-1.0.0/ result/\n  \
    relhelper compare --html report.html published.tar.gz rebuilt.tar.gz\n  \
    relhelper compare --json published/ rebuilt/ > report.json\n\
    Exit codes: 0 match, or match but for signature; 1 mismatch; 2 inconclusive")]
pub struct Compare {
    /// File or folder that was published
    #[arg(value_name = "PUBLISHED")]
    pub published: PathBuf,
    /// File or folder that was rebuilt
    #[arg(value_name = "REBUILT")]
    pub rebuilt: PathBuf,
    /// Also write a page for browsers into this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Threads that read and look into files, all cores by default; the report does not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
}
