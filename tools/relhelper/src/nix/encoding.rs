//! Hexadecimal, base 64 and Nix's own base 32, as Nix writes digests with them.
//!
//! Base 32 has 32 digits without `e`, `o`, `t`, `u`; the last five bits of the bytes, read as one
//! little-endian number, come last.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

const BASE32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Nix's base 32.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let length = (bytes.len() * 8).div_ceil(5);
    let digit = |n: usize| {
        let (byte, bit) = (n * 5 / 8, n * 5 % 8);
        let low = u16::from(bytes[byte]);
        let high = u16::from(bytes.get(byte + 1).copied().unwrap_or(0));
        char::from(BASE32[usize::from(((high << 8 | low) >> bit) & 31)])
    };
    (0..length).rev().map(digit).collect()
}

/// Base 64 of RFC 4648, with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3)
            .fold(0, |group, index| group << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let digit = BASE64[(group >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn value(alphabet: &[u8], digit: u8) -> Option<u32> {
    alphabet
        .iter()
        .position(|known| *known == digit)
        .and_then(|position| u32::try_from(position).ok())
}

/// The bytes of lower-case hexadecimal digits; none when it is something else.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(value(HEX, *high)? << 4 | value(HEX, *low)?).ok(),
            _ => None,
        })
        .collect()
}

/// The bytes of Nix's base 32; none when it is something else, or bits are left over.
#[must_use]
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0_u8; text.len() * 5 / 8];
    for (n, digit) in text.bytes().rev().enumerate() {
        let bits = value(BASE32, digit)? << (n * 5 % 8);
        for (offset, part) in [bits & 0xff, bits >> 8].into_iter().enumerate() {
            let part = u8::try_from(part).ok()?;
            match bytes.get_mut(n * 5 / 8 + offset) {
                Some(byte) => *byte |= part,
                None if part == 0 => {}
                None => return None,
            }
        }
    }
    (base32(&bytes) == text).then_some(bytes)
}

/// The bytes of base 64 with padding; none when it is something else.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let digits = group.iter().position(|digit| *digit == b'=').unwrap_or(group.len());
        let joined = group[..digits]
            .iter()
            .try_fold(0, |joined, digit| Some(joined << 6 | value(BASE64, *digit)?))?;
        let joined: u32 = joined << (6 * (4 - digits));
        bytes.extend_from_slice(&joined.to_be_bytes()[1..digits.max(1)]);
    }
    // Refuses missing padding, padding in the middle, and bits that are left over.
    (base64(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 4648, section 10; the base 32 by `nix-hash --type sha256 --to-base32` of Nix 2.8.0.
    #[test]
    fn agrees_with_others() {
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        let empty =
            from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855").unwrap();
        assert_eq!(base32(&empty), "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73");
    }

    proptest! {
        #[test]
        fn reading_is_the_inverse_of_writing(bytes in prop::collection::vec(any::<u8>(), 0..70)) {
            prop_assert_eq!(from_hex(&hex(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_base32(&base32(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_base64(&base64(&bytes)), Some(bytes.clone()));
        }

        #[test]
        fn what_is_read_is_written_back(text in "[0-9a-zA-Z+/=]{0,12}") {
            for (read, write) in [
                (from_hex as fn(&str) -> Option<Vec<u8>>, hex as fn(&[u8]) -> String),
                (from_base32, base32),
                (from_base64, base64),
            ] {
                if let Some(bytes) = read(&text) {
                    prop_assert_eq!(write(&bytes), text.as_str());
                }
            }
        }
    }
}
