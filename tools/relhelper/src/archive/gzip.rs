//! gzip (RFC 1952) around the parallel encoder, without anything that varies in its header.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{self, Write};

use super::deflate::{self, Effort, Feed, Piece};

/// Magic, deflate, no flags, no time, no hint about the encoder, unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff];

/// Writes to `output` what `produce` feeds, as one gzip member. Returns `output`.
///
/// # Errors
///
/// Those of `output` and `produce`.
pub fn write<W: Write + Send>(
    effort: Effort,
    mut output: W,
    produce: impl FnOnce(&mut Feed<()>) -> io::Result<()>,
) -> io::Result<W> {
    output.write_all(&HEADER)?;
    let mut crc32 = crc32fast::Hasher::new();
    let mut input_bytes = 0_u64;
    deflate::run(
        effort,
        |feed| {
            produce(feed)?;
            feed.end_stream()
        },
        |piece| match piece {
            Piece::Deflated(block) => {
                crc32.combine(&block.crc32);
                input_bytes += block.input_bytes;
                output.write_all(&block.bytes)
            }
            Piece::Mark(()) => Ok(()),
        },
    )?;
    output.write_all(&crc32.finalize().to_le_bytes())?;
    // ISIZE is the size modulo 2^32 (RFC 1952, section 2.3.1).
    output.write_all(&input_bytes.to_le_bytes()[..4])?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Level;
    use std::io::Read;
    use std::num::NonZeroUsize;

    #[test]
    fn an_independent_reader_accepts_it() {
        let input = b"hello, hello, hello".repeat(40_000);
        let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN };
        let output = write(effort, Vec::new(), |feed| feed.write_all(&input)).unwrap();
        let mut read = Vec::new();
        // The reader checks CRC-32 and size.
        flate2::read::GzDecoder::new(output.as_slice()).read_to_end(&mut read).unwrap();
        assert!(read == input);
        assert_eq!(output[..10], HEADER);
    }
}
