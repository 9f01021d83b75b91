//! Deflate on several threads, with bytes that do not depend on their number.
//!
//! The input of each stream is cut into blocks of a fixed size. Each block is compressed on its
//! own, with the 32 KiB before it as dictionary, and ends on a byte boundary (the way of pigz). So
//! a block's bytes depend on the input alone, and any thread may make them.
//!
//! Memory is bounded by the queues, not by the input: about 1 MiB per thread.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use flate2::{Compress, Compression, FlushCompress, Status};

/// Bytes of input in a block. Part of the format: another number makes other archives.
const BLOCK_BYTES: usize = 256 * 1024;
/// How far back deflate can refer.
const WINDOW_BYTES: usize = 32 * 1024;

/// zlib's compression level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Level(u32);

impl Level {
    /// The level of every archive whose level nobody chose: it is packed once and downloaded often.
    pub const DEFAULT: Self = Self(9);

    /// A level from 1 (fast) to 9 (small).
    #[must_use]
    pub fn new(level: u32) -> Option<Self> {
        (1..=9).contains(&level).then_some(Self(level))
    }
}

/// How much to spend: the level decides bytes, the number of threads does not.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Effort {
    pub level: Level,
    pub threads: NonZeroUsize,
}

/// What arrives, in the order it was fed.
#[derive(Debug)]
pub enum Piece<T> {
    /// The next bytes of the current stream.
    Deflated(Block),
    /// Something the feeding side wanted to have at this place.
    Mark(T),
}

/// A compressed block.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Block {
    pub bytes: Vec<u8>,
    pub crc32: crc32fast::Hasher,
    pub input_bytes: u64,
}

/// Where the input goes: `write` its bytes, then end each stream.
pub struct Feed<T> {
    jobs: SyncSender<Job>,
    order: SyncSender<Pending<T>>,
    block: Vec<u8>,
    dictionary: Vec<u8>,
}

struct Job {
    input: Vec<u8>,
    dictionary: Vec<u8>,
    flush: FlushCompress,
    done: SyncSender<io::Result<Block>>,
}

enum Pending<T> {
    Block(Receiver<io::Result<Block>>),
    Mark(T),
}

/// Runs `produce` on this thread, the encoder on `effort.threads` others, and `consume` on one
/// more, with every piece in the order in which `produce` fed it.
///
/// # Errors
///
/// The error of `consume`, or else that of `produce`.
pub fn run<T: Send>(
    effort: Effort,
    produce: impl FnOnce(&mut Feed<T>) -> io::Result<()>,
    mut consume: impl FnMut(Piece<T>) -> io::Result<()> + Send,
) -> io::Result<()> {
    thread::scope(|scope| {
        let (jobs, queue) = sync_channel(effort.threads.get());
        let (order, pending) = sync_channel(2 * effort.threads.get());
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..effort.threads.get() {
            let queue = Arc::clone(&queue);
            scope.spawn(move || work(&queue, effort.level));
        }
        // The workers hold the only other references, so the queue closes when they all stopped.
        drop(queue);
        let writer = scope.spawn(move || {
            pending.into_iter().try_for_each(|piece: Pending<T>| {
                consume(match piece {
                    Pending::Mark(mark) => Piece::Mark(mark),
                    Pending::Block(block) => Piece::Deflated(block.recv().map_err(|_| stopped())??),
                })
            })
        });
        let mut feed =
            Feed { jobs, order, block: Vec::with_capacity(BLOCK_BYTES), dictionary: Vec::new() };
        let produced = produce(&mut feed);
        drop(feed);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // When the writer fails, feeding fails too, but only the writer knows why.
        written.and(produced)
    })
}

impl<T> Feed<T> {
    /// Puts `mark` after everything fed so far.
    ///
    /// # Errors
    ///
    /// When the other side has stopped.
    pub fn mark(&mut self, mark: T) -> io::Result<()> {
        self.order.send(Pending::Mark(mark)).map_err(|_| stopped())
    }

    /// Ends the current deflate stream; what is written after it begins another one.
    ///
    /// # Errors
    ///
    /// When the other side has stopped.
    pub fn end_stream(&mut self) -> io::Result<()> {
        self.submit(FlushCompress::Finish)?;
        self.dictionary.clear();
        Ok(())
    }

    fn submit(&mut self, flush: FlushCompress) -> io::Result<()> {
        let input = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        let tail = input[input.len().saturating_sub(WINDOW_BYTES)..].to_vec();
        let dictionary = std::mem::replace(&mut self.dictionary, tail);
        let (done, block) = sync_channel(1);
        self.order.send(Pending::Block(block)).map_err(|_| stopped())?;
        self.jobs.send(Job { input, dictionary, flush, done }).map_err(|_| stopped())
    }
}

impl<T> Write for Feed<T> {
    fn write(&mut self, input: &[u8]) -> io::Result<usize> {
        if self.block.len() == BLOCK_BYTES {
            // Only now is it known that this block is not the last of its stream.
            self.submit(FlushCompress::Sync)?;
        }
        let taken = input.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&input[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn work(queue: &Mutex<Receiver<Job>>, level: Level) {
    loop {
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        let block = compress(level, &job);
        // Nobody waits for it when the writer failed.
        let _ = job.done.send(block);
    }
}

fn compress(level: Level, job: &Job) -> io::Result<Block> {
    // NB: a new encoder for each block. `Compress::reset` of zlib-rs 0.6.8 leaves the old window in
    // place, and hashing the end of a dictionary reads up to three bytes behind it: what an encoder
    // had compressed before then decides which matches it finds.
    let mut encoder = Compress::new(Compression::new(level.0), false);
    if !job.dictionary.is_empty() {
        encoder.set_dictionary(&job.dictionary).map_err(io::Error::other)?;
    }
    let mut bytes = Vec::with_capacity(job.input.len() + job.input.len() / 64 + 64);
    loop {
        let consumed = usize::try_from(encoder.total_in()).map_err(io::Error::other)?;
        let status = encoder
            .compress_vec(&job.input[consumed..], &mut bytes, job.flush)
            .map_err(io::Error::other)?;
        // Output that fills the buffer may be cut short.
        if status == Status::StreamEnd || (status == Status::Ok && bytes.len() < bytes.capacity()) {
            break;
        }
        bytes.reserve(64 * 1024);
    }
    let mut crc32 = crc32fast::Hasher::new();
    crc32.update(&job.input);
    Ok(Block { bytes, crc32, input_bytes: job.input.len() as u64 })
}

fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the other end of the encoder has stopped")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn deflate(threads: usize, streams: &[&[u8]]) -> Vec<Vec<u8>> {
        let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::new(threads).unwrap() };
        let mut outputs = Vec::new();
        let mut current = Vec::new();
        run(
            effort,
            |feed| {
                for stream in streams {
                    feed.write_all(stream)?;
                    feed.end_stream()?;
                    feed.mark(())?;
                }
                Ok(())
            },
            |piece| {
                match piece {
                    Piece::Deflated(block) => current.extend(block.bytes),
                    Piece::Mark(()) => outputs.push(std::mem::take(&mut current)),
                }
                Ok(())
            },
        )
        .unwrap();
        outputs
    }

    fn inflate(bytes: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        flate2::read::DeflateDecoder::new(bytes).read_to_end(&mut output).unwrap();
        output
    }

    /// Text-like bytes from a small linear congruential generator: compressible, not constant.
    fn text(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"etaoin shrdlu\n"[(state >> 24) as usize % 14]
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn inflates_to_the_input_at_every_edge_of_a_block() {
        for len in [
            0,
            1,
            BLOCK_BYTES - 1,
            BLOCK_BYTES,
            BLOCK_BYTES + 1,
            3 * BLOCK_BYTES,
            5 * BLOCK_BYTES + 77,
        ] {
            let input = text(len);
            assert!(inflate(&deflate(3, &[&input])[0]) == input, "{len} bytes");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn streams_of_any_length_come_back(
            lengths in prop::collection::vec(0..2 * BLOCK_BYTES, 0..4),
            threads in 1..9_usize,
        ) {
            let inputs: Vec<_> = lengths.into_iter().map(text).collect();
            let streams: Vec<_> = inputs.iter().map(Vec::as_slice).collect();
            let outputs = deflate(threads, &streams);
            prop_assert!(outputs.iter().map(|output| inflate(output)).eq(inputs.iter().cloned()));
            prop_assert!(outputs == deflate(1, &streams));
        }
    }

    #[test]
    fn streams_do_not_share_a_dictionary() {
        let input = text(BLOCK_BYTES + 5);
        let outputs = deflate(2, &[&input, b"", &input]);
        assert!(outputs[0] == outputs[2]);
        assert_eq!(inflate(&outputs[1]), b"");
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_byte() {
        let input = text(20 * BLOCK_BYTES + 1);
        let one = deflate(1, &[&input]);
        for threads in [2, 8] {
            assert!(deflate(threads, &[&input]) == one, "{threads} threads");
        }
    }

    #[test]
    fn incompressible_input_survives() {
        let mut state = 7_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .take(2 * BLOCK_BYTES + 3)
        .collect();
        assert!(inflate(&deflate(2, &[&noise])[0]) == noise);
    }

    #[test]
    fn the_cause_of_a_failed_write_is_reported() {
        let effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN };
        let endless = |feed: &mut Feed<()>| loop {
            feed.write_all(&[0; 4096])?;
        };
        let error = run(effort, endless, |_| Err(io::Error::other("disk full"))).unwrap_err();
        assert_eq!(error.to_string(), "disk full");
    }
}
