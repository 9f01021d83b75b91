//! The embedded signature as bytes: one super blob with one code directory.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use sha2::{Digest as _, Sha256};

use super::{
    CS_ADHOC, CS_HASHTYPE_SHA256, CS_LINKER_SIGNED, CS_SUPPORTSEXECSEG, CSMAGIC_CODEDIRECTORY,
    CSMAGIC_EMBEDDED_SIGNATURE, PAGE_BITS,
};

/// Super blob header and one index entry, filled up to a multiple of eight.
const BLOBS_BYTES: usize = 24;
/// Code directory of version 0x20400 before its identifier.
const DIRECTORY_BYTES: usize = 88;
const HASH_BYTES: usize = 32;

/// What an ad-hoc signature says beside the hashes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claims<'a> {
    pub identifier: &'a str,
    /// File range of `__TEXT`.
    pub exec_segment: (u64, u64),
    pub exec_segment_flags: u64,
}

impl Claims<'_> {
    /// Size of the signature of `code_bytes` bytes of code.
    pub(super) fn signature_bytes(&self, code_bytes: usize) -> usize {
        self.hash_offset() + code_bytes.div_ceil(1 << PAGE_BITS) * HASH_BYTES
    }

    /// Where the hashes begin, counted from the super blob; as `ld64.lld` aligns them.
    fn hash_offset(&self) -> usize {
        (BLOBS_BYTES + DIRECTORY_BYTES + self.identifier.len() + 1).next_multiple_of(16)
    }

    /// The signature of `code`, which is the file up to where the signature goes.
    pub(super) fn signature(&self, code: &[u8]) -> Vec<u8> {
        let length = self.signature_bytes(code.len());
        let mut blob = Vec::with_capacity(length);
        // Super blob: one entry, of type 0 (code directory), behind the padding.
        for word in [CSMAGIC_EMBEDDED_SIGNATURE, word(length), 1, 0, word(BLOBS_BYTES), 0] {
            blob.extend(word.to_be_bytes());
        }
        self.directory(&mut blob, code.len(), length - BLOBS_BYTES);
        blob.extend(self.identifier.as_bytes());
        blob.resize(self.hash_offset(), 0);
        for page in code.chunks(1 << PAGE_BITS) {
            blob.extend(Sha256::digest(page));
        }
        debug_assert_eq!(blob.len(), length);
        blob
    }

    fn directory(&self, blob: &mut Vec<u8>, code_bytes: usize, directory_bytes: usize) {
        let hash_offset = self.hash_offset() - BLOBS_BYTES;
        let code_slots = code_bytes.div_ceil(1 << PAGE_BITS);
        for word in [
            CSMAGIC_CODEDIRECTORY,
            word(directory_bytes),
            CS_SUPPORTSEXECSEG,
            CS_ADHOC | CS_LINKER_SIGNED,
            word(hash_offset),
            word(DIRECTORY_BYTES),
            0, // no special slots
            word(code_slots),
            word(code_bytes),
        ] {
            blob.extend(word.to_be_bytes());
        }
        // Size and kind of a hash, platform, size of a page.
        blob.extend([32, CS_HASHTYPE_SHA256, 0, PAGE_BITS]);
        // spare2, scatterOffset, teamOffset, spare3, codeLimit64
        blob.extend([0; 24]);
        for long in [self.exec_segment.0, self.exec_segment.1, self.exec_segment_flags] {
            blob.extend(long.to_be_bytes());
        }
    }
}

/// Sizes in a signature have 32 bits; `sign_ad_hoc` refuses longer files.
fn word(length: usize) -> u32 {
    u32::try_from(length).expect("the file is shorter than 4 GiB")
}
