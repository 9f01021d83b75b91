//! The arguments of `relhelper codesign`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Code signatures of Windows and macOS: made for a release, taken off executables, and attached to rebuilt ones
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help texts say it")]
pub enum Codesign {
    Apply(Apply),
    Attach(Attach),
    Extract(Extract),
    Sign(Sign),
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

/// Make the published release out of a rebuilt one and the detached signatures
///
/// Attaches the detached signatures of the published release to the programs of the rebuilt release that they are for, packs the bundles and writes
/// the documents anew, and compares the result with it. What comes out is the published release, byte for byte, if the rebuilt one
/// is the release that was signed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  relhelper codesign apply rebuilt/ published/ signed/\n\
    Exit codes: 0 the same as published; 1 something differs; 2 could not be told")]
pub struct Apply {
    /// Folder with the rebuilt release, which is not code-signed
    #[arg(value_name = "REBUILT_DIR")]
    pub rebuilt: PathBuf,
    /// Folder with the published release and its detached signatures
    #[arg(value_name = "SIGNED_DIR")]
    pub signed: PathBuf,
    /// Folder to write, new or empty
    #[arg(value_name = "OUT_DIR")]
    pub out: PathBuf,
}

/// Sign the programs of a release for Windows and macOS, and make its bundles and documents anew
///
/// Each program for Windows is signed by osslsigncode, each for macOS by rcodesign, if there is a key for that system; the same program in
/// a bundle is not signed again. It is proven that nothing but the signature changed. The digests of the unsigned files stay beside the
/// new ones in all documents, and a detached signature of each program is written beside it. The release is verified before and after;
/// The new folder is there when all is done, or not at all.
///
/// Keys are files, passphrases come from files, the environment or the terminal, never from arguments. Sign the result with `relhelper
/// sign` afterwards.
#[derive(Args, Debug)]
#[command(after_help = "Environment:\n  \
    RELHELPER_AUTHENTICODE_PASSPHRASE  passphrase of the key for Windows\n  \
    RELHELPER_APPLE_PASSPHRASE         passphrase of the key for macOS\n\n\
    Examples:\n  \
    relhelper codesign sign --authenticode-pkcs12 windows.p12 --authenticode-passphrase-file windows.pass dist/ signed/\n  \
    relhelper codesign sign --config release.toml --apple-pem key.pem --apple-pem certificate.pem dist/ signed/\n\n\
    Exit codes: 0 signed; 2 not signed, and nothing written")]
pub struct Sign {
    /// Folder with the release, not code-signed yet
    #[arg(value_name = "RELEASE_DIR")]
    pub release: PathBuf,
    /// Folder to write, new or empty
    #[arg(value_name = "OUT_DIR")]
    pub out: PathBuf,
    /// release.toml, whose table [codesign] says what is no secret about signing
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Certificates and key for Windows, as PKCS #12
    #[arg(
        conflicts_with_all = ["authenticode_certificate", "authenticode_key"],
        env = "RELHELPER_AUTHENTICODE_PKCS12",
        hide_env_values = true,
        long,
        value_name = "FILE"
    )]
    pub authenticode_pkcs12: Option<PathBuf>,
    /// Certificates for Windows in PEM, that of the signer first
    #[arg(
        env = "RELHELPER_AUTHENTICODE_CERTIFICATE",
        hide_env_values = true,
        long,
        requires = "authenticode_key",
        value_name = "FILE"
    )]
    pub authenticode_certificate: Option<PathBuf>,
    /// Its key in PEM
    #[arg(
        env = "RELHELPER_AUTHENTICODE_KEY",
        hide_env_values = true,
        long,
        requires = "authenticode_certificate",
        value_name = "FILE"
    )]
    pub authenticode_key: Option<PathBuf>,
    /// File whose first line is the passphrase of the key for Windows; asked for by default
    #[arg(long, value_name = "FILE")]
    pub authenticode_passphrase_file: Option<PathBuf>,
    /// Certificate and key for macOS, as PKCS #12
    #[arg(
        conflicts_with = "apple_pem",
        env = "RELHELPER_APPLE_PKCS12",
        hide_env_values = true,
        long,
        value_name = "FILE"
    )]
    pub apple_pkcs12: Option<PathBuf>,
    /// Certificate or unencrypted key for macOS in PEM; can be given several times
    #[arg(long, value_name = "FILE")]
    pub apple_pem: Vec<PathBuf>,
    /// File whose first line is the passphrase of the key for macOS; asked for by default
    #[arg(long, value_name = "FILE")]
    pub apple_passphrase_file: Option<PathBuf>,
    /// RFC 3161 server that confirms the time; by default none is asked, and the time of the source is taken
    #[arg(long, value_name = "URL")]
    pub timestamp_url: Option<String>,
    /// Write what was signed as JSON
    #[arg(long)]
    pub json: bool,
}
