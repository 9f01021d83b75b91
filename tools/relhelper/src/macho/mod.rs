//! Mach-O code signatures: writing the ad-hoc one that arm64 macOS demands of every program, and
//! checking one.
//!
//! Layout of the blobs: `osfmk/kern/cs_blobs.h` of Apple's XNU. What is written is what Apple's
//! linker and LLVM's `ld64.lld` write. The crate arwen-codesign was considered: it cannot sign a
//! program that has no signature yet, as `x86_64` programs have not.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod code_directory;
pub mod image;
pub mod sign;
#[cfg(test)]
mod tests;
pub mod verify;

pub use sign::{SignError, sign_ad_hoc};
pub use verify::{Signature, SignatureProblem, verify, verify_ad_hoc};

/// Magic of the blob that holds the others.
pub(crate) const CSMAGIC_EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
/// Magic of the blob with the hashes.
pub(crate) const CSMAGIC_CODEDIRECTORY: u32 = 0xfade_0c02;
/// Made without an identity.
pub(crate) const CS_ADHOC: u32 = 0x0000_0002;
/// Made by a linker; `codesign` may replace it without being forced.
pub(crate) const CS_LINKER_SIGNED: u32 = 0x0002_0000;
/// SHA-256, the only hash macOS 11 and later need.
pub(crate) const CS_HASHTYPE_SHA256: u8 = 2;
/// The segment holds the main program.
pub(crate) const CS_EXECSEG_MAIN_BINARY: u64 = 1;
/// The first version with the fields about the executable segment.
pub(crate) const CS_SUPPORTSEXECSEG: u32 = 0x0002_0400;
/// Size of what each hash covers, as a power of two.
pub(crate) const PAGE_BITS: u8 = 12;

/// Whether these bytes begin a 64-bit Mach-O file for one little-endian architecture.
#[must_use]
pub fn is_thin(bytes: &[u8]) -> bool {
    bytes.starts_with(&0xfeed_facf_u32.to_le_bytes())
}
