//! Which format bytes have, by what they begin with; names say nothing.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Read as _;

/// A format this program reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    /// gzip of something that is no tar: one member, called `content`.
    Gzip,
    Tar,
    TarGz,
    Zip,
}

impl Format {
    /// How many bytes from the start [`Format::detect`] wants; fewer only from shorter files.
    pub const HEAD_BYTES: usize = 4096;

    /// The format of what begins with `head`, if it is one of these.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        if head.starts_with(&[0x1f, 0x8b]) {
            let mut inner = [0; 512];
            let mut decoder = flate2::bufread::GzDecoder::new(head);
            let mut length = 0;
            // The end of `head` is an error of the decoder; what came out before it counts.
            while let Ok(more @ 1..) = decoder.read(&mut inner[length..]) {
                length += more;
            }
            return Some(if is_tar(&inner[..length]) { Self::TarGz } else { Self::Gzip });
        }
        is_tar(head).then_some(Self::Tar)
    }
}

/// A header block with the right checksum. The magic `ustar` alone is not asked for: the oldest format has none.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<512>() else { return false };
    // An archive without members begins with its end.
    if block.iter().all(|byte| *byte == 0) {
        return head.len() >= 1024 && head[..1024].iter().all(|byte| *byte == 0);
    }
    super::tar::has_checksum(block)
}
