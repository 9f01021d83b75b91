//! The command line, as data. What a help text promises is done in `commands`.

mod attest;
pub mod codesign;
mod compare;
mod inputs;
pub mod key_statements;
pub mod keys;
pub mod rebuild;
mod server;
mod sign;
mod summarize;
mod verify;

use std::path::PathBuf;

pub use attest::Attest;
pub use compare::Compare;
pub use inputs::{CheckInputs, ExportInputs, Inputs, ListInputs, ServeInputs};
pub use rebuild::Rebuild;
pub use server::Server;
pub use sign::{Sign, SigningIdentity};
pub use summarize::Summarize;
pub use verify::{Certificate, Verify};

use clap::{Args, Parser, Subcommand};

/// Writes, bundles and checks the files of a reproducible release
#[derive(Debug, Parser)]
#[command(
    name = "relhelper",
    version,
    propagate_version = false,
    after_help = "Exit codes: 0 done, or yes; 1 no; 2 could not be told (usage, unreadable files)",
    max_term_width = 100
)]
#[expect(missing_docs, reason = "the help text above says it")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help texts say it")]
pub enum Command {
    Attest(Attest),
    Bundle(Bundle),
    CheckPortable(CheckPortable),
    #[command(subcommand)]
    Codesign(codesign::Codesign),
    Compare(Compare),
    Completions(Completions),
    #[command(subcommand)]
    Emit(Emit),
    #[command(subcommand)]
    Inputs(Inputs),
    #[command(subcommand)]
    Keys(keys::Keys),
    Man(Man),
    Sign(Sign),
    Rebuild(Rebuild),
    /// Write version, commit and target into programs, and sign those for macOS
    ///
    /// A program with a build stamp area gets the facts written into it; others keep their bytes.
    /// Mach-O programs then get an ad-hoc signature over the final bytes.
    Stamp(FromMetadata),
    Summarize(Summarize),
    Verify(Verify),
    Version(Version),
}

/// Pack a folder into a deterministic .tar.gz or .zip
///
/// Equal folders and source dates give equal bytes, whatever the number of threads, the times and
/// owners of the files, or the machine. Symbolic links are refused.
///
/// Without TREE and ARCHIVE it is the builder of a Nix derivation: it reads the structured
/// attributes and writes the archive into the output.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper bundle --source-date 1700000000 hello-1.0.0/ hello-1.0.0.tar.gz\n  \
    relhelper bundle --source-date \"$(git log -1 --format=%ct)\" dist hello.zip")]
pub struct Bundle {
    /// Folder whose content is packed
    #[arg(requires = "archive", value_name = "TREE")]
    pub tree: Option<PathBuf>,
    /// File to write; the ending says the format
    #[arg(requires = "source_date", value_name = "ARCHIVE")]
    pub archive: Option<PathBuf>,
    /// Time of everything in the archive, in seconds since 1970
    #[arg(
        allow_negative_numbers = true,
        env = "SOURCE_DATE_EPOCH",
        hide_env_values = true,
        long,
        value_name = "SECONDS"
    )]
    pub source_date: Option<i64>,
    /// Compression level, 1 (fast) to 9 (small); other levels give other bytes
    #[arg(default_value_t = 9, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9))]
    pub level: u32,
    /// Encoder threads, all cores by default; the bytes do not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// Check that nothing leads back to the machine of the build
///
/// Looks into every file, and every member of every archive: strings of store paths and build
/// folders, ELF interpreters and search paths, Mach-O libraries, search paths and signatures, PDB
/// paths of Windows programs, interpreters of scripts. Lists everything it finds.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    relhelper check-portable hello-1.0.0-x86_64-unknown-linux-musl.tar.gz\n  \
    relhelper check-portable --forbid \"$HOME\" --json dist/")]
pub struct CheckPortable {
    /// Files, archives and folders to look into
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// One more string that may not appear anywhere; can be given several times
    #[arg(long = "forbid", value_name = "STRING", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub forbidden: Vec<String>,
    /// Write the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Write the completion script of a shell
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  relhelper completions bash > ~/.local/share/bash-completion/completions/relhelper"
)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Write the documents of a release or a bundle from build metadata
#[derive(Debug, Subcommand)]
pub enum Emit {
    /// Copy the files of a bundle and write its manifest, checksums and rollback notes
    Bundle(FromMetadata),
    /// Copy the artifacts of a release and write its manifest, index, provenance, build facts and checksums
    Release(EmitRelease),
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct EmitRelease {
    #[command(flatten)]
    pub metadata: FromMetadata,
    /// Folder with the files of the Nix store, if they are not where their paths say
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[expect(missing_docs, reason = "the help texts say it")]
pub struct FromMetadata {
    /// JSON file with the metadata under `relhelper`; that of the Nix build by default
    #[arg(long, value_name = "FILE")]
    pub attributes: Option<PathBuf>,
    /// Folder to write, new or empty; the output `out` of the Nix build by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Write the manual pages
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  relhelper man | man -l -\n  relhelper man --out ~/.local/share/man/man1"
)]
pub struct Man {
    /// Write one page for each command into this folder; without it, the main page is printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Print the version of this program and what it was built from
#[derive(Args, Debug)]
pub struct Version {
    /// Write it as JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_has_a_help_text() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
