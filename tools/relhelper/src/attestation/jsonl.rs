//! `N-V.intoto.jsonl`: one envelope a line. Lines are added, never replaced; their order means nothing.
//!
//! Spec: <https://github.com/in-toto/attestation/blob/main/spec/v1/bundle.md>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::dsse::{Envelope, EnvelopeError};
use crate::facts::Sha256;

/// Bytes of the file that are read at most.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Lines that are read at most.
pub const MAX_LINES: usize = 1000;

/// A line of the file.
#[derive(Debug)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// Of the line without its line feed: what a summary calls the attestation by.
    pub sha256: Sha256,
    /// The envelope, or why it is none.
    pub envelope: Result<Envelope, EnvelopeError>,
}

/// A file that is too large to be looked at.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum JsonlError {
    #[error("it has more than {MAX_LINES} lines")]
    Lines,
    #[error("it has {found} bytes, at most {MAX_BYTES} are read")]
    Size { found: u64 },
}

/// All lines that are not empty. One that cannot be read is among them, with the reason.
///
/// # Errors
///
/// When there is more than the limits allow: to leave out some of the lines would be to decide without them.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, JsonlError> {
    let found = bytes.len() as u64;
    if found > MAX_BYTES {
        return Err(JsonlError::Size { found });
    }
    let mut lines = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if lines.len() == MAX_LINES {
            return Err(JsonlError::Lines);
        }
        lines.push(Line {
            number: index + 1,
            sha256: Sha256::of(line),
            envelope: Envelope::parse(line),
        });
    }
    Ok(lines)
}

/// The file `before` with one more line.
///
/// # Errors
///
/// When it would be larger than what is read.
pub fn with_line(before: &[u8], line: &str) -> Result<Vec<u8>, JsonlError> {
    let mut after = before.to_vec();
    // A line that a crash cut off must not swallow the next one.
    if after.last().is_some_and(|byte| *byte != b'\n') {
        after.push(b'\n');
    }
    after.extend_from_slice(line.as_bytes());
    after.push(b'\n');
    read(&after).map(|_| after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::samples;
    use proptest::prelude::*;

    #[test]
    fn reads_what_can_be_read_and_keeps_the_rest() {
        let line = samples::envelope(b"{}", &[&samples::key(1)]).to_line();
        let text = format!("{line}\n\nnot json\n{line}\r\n[]\n");
        let lines = read(text.as_bytes()).unwrap();
        let told: Vec<_> = lines.iter().map(|it| (it.number, it.envelope.is_ok())).collect();
        assert_eq!(told, [(1, true), (3, false), (4, true), (5, false)]);
        assert_eq!(lines[0].sha256, Sha256::of(line.as_bytes()));
    }

    #[test]
    fn has_limits() {
        let many = "x\n".repeat(MAX_LINES);
        assert_eq!(read(many.as_bytes()).unwrap().len(), MAX_LINES);
        assert_eq!(read(format!("{many}x").as_bytes()).unwrap_err(), JsonlError::Lines);
        assert_eq!(with_line(many.as_bytes(), "x").unwrap_err(), JsonlError::Lines);
        let mut large = vec![b' '; usize::try_from(MAX_BYTES).unwrap()];
        assert!(read(&large).is_ok());
        large.push(b' ');
        assert_eq!(read(&large).unwrap_err(), JsonlError::Size { found: MAX_BYTES + 1 });
    }

    proptest! {
        #[test]
        fn adding_a_line_keeps_the_others(before in prop::collection::vec(any::<u8>(), 0..40)) {
            let after = with_line(&before, "{}").unwrap();
            prop_assert!(after.starts_with(&before));
            let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
            prop_assert_eq!(new.len(), old.len() + 1);
            prop_assert!(old.iter().zip(&new).all(|(a, b)| a.sha256 == b.sha256 && a.number == b.number));
        }
    }
}
