//! What the gate reports.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The bytes of a path that exists only where it was built.
    BuildPath,
    /// ELF: the program wants a dynamic loader, but a portable one is linked statically.
    ElfInterpreter,
    /// ELF: `DT_RPATH` or `DT_RUNPATH` with a folder that is not relative to the program.
    ElfRunPath,
    /// Bytes that the caller forbade.
    Forbidden,
    /// Mach-O: a library or loader outside of what every macOS has.
    MachoDylib,
    /// Mach-O: `LC_RPATH`.
    MachoRunPath,
    /// Mach-O: the signature is missing where the system demands one, or does not fit the bytes.
    MachoSignature,
    /// PE: the debug directory names a PDB file with a folder.
    PePdbPath,
    /// A script whose interpreter is not where every system has it.
    Shebang,
    /// A path into the Nix store.
    StorePath,
    /// A symbolic link to an absolute path.
    SymbolicLink,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuildPath => "path of a build folder",
            Self::ElfInterpreter => "ELF interpreter in a program that should be static",
            Self::ElfRunPath => "ELF library search path that is not relative to the program",
            Self::Forbidden => "forbidden string",
            Self::MachoDylib => "Mach-O library outside of the system's",
            Self::MachoRunPath => "Mach-O library search path",
            Self::MachoSignature => "Mach-O signature",
            Self::PePdbPath => "PE path of debugging information",
            Self::Shebang => "interpreter that not every system has",
            Self::StorePath => "path into the Nix store",
            Self::SymbolicLink => "symbolic link to an absolute path",
        })
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Finding {
    /// The file; inside an archive, the archive's path, `!`, and the member's path.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Where in the file or member, in bytes, when it is at one place.
    pub offset: Option<u64>,
    /// The bytes in question, or what is wrong with them, as printable text.
    pub excerpt: String,
}

/// A file that could not be looked into; never taken for one in which nothing was found.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Unchecked {
    /// As in [`Finding`].
    pub path: String,
    /// Why not.
    pub reason: String,
}

/// The outcome of the gate.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Number of files and members whose content was looked into.
    pub checked: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be looked into.
    pub unchecked: Vec<Unchecked>,
}

impl Report {
    /// Adds what another report says.
    pub fn extend(&mut self, other: Self) {
        self.checked += other.checked;
        self.findings.extend(other.findings);
        self.unchecked.extend(other.unchecked);
    }
}

/// Printable form of `bytes`: what is not ASCII text becomes `\xNN`.
#[must_use]
pub fn excerpt(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
