//! Numbers in tar headers, without the freedom in which readers differ.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Refusal;

/// Octal digits with spaces in front, and nothing but spaces and zero bytes behind; or GNU's base 256. An empty field
/// is 0.
pub(super) fn parse(field: &'static str, bytes: &[u8]) -> Result<i64, Refusal> {
    let bad = || Refusal::HeaderNumber { field, found: format!("`{}`", bytes.escape_ascii()) };
    match bytes.first() {
        Some(0x80 | 0xff) => base_256(bytes).ok_or_else(bad),
        _ => octal(bytes).ok_or_else(bad),
    }
}

fn octal(bytes: &[u8]) -> Option<i64> {
    let start = bytes.iter().position(|byte| *byte != b' ').unwrap_or(bytes.len());
    let digits = &bytes[start..];
    let end = digits.iter().position(|byte| matches!(byte, b' ' | 0)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    if rest.iter().any(|byte| !matches!(byte, b' ' | 0)) {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

/// 0x80 and a number, or 0xff and a negative one, most significant byte first.
fn base_256(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.first() == Some(&0xff);
    let start = if negative { -1_i64 } else { 0 };
    let value = bytes
        .iter()
        .skip(1)
        .try_fold(start, |value, byte| value.checked_mul(256)?.checked_add(i64::from(*byte)))?;
    // -1 * 256 + byte is the two's complement of the bytes read so far.
    (negative == (value < 0)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_tar_writes() {
        for (bytes, expected) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"00000000012\0", 0o12),
            (b"777777777777", 0o777_777_777_777),
            (b"\0\0\0\0", 0),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", 256),
            (b"\x80\0\0\0\0\0\0\0\0\0\0\0", 0),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
        ] {
            assert_eq!(parse("size", bytes).ok(), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn refuses_what_readers_read_differently() {
        for bytes in [
            &b"+644\0\0\0\0"[..],
            b"-1\0",
            b"0x10\0",
            b"12\0 34\0",
            b"8\0",
            b"1 2",
            b"\x80\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(parse("size", bytes).is_err(), "{bytes:?}");
        }
    }
}
