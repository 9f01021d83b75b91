//! `SHA256SUMS` and `checksums.txt`: the format of GNU coreutils, as `sha256sum -c --strict` and
//! `shasum -a 256 -c` read it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::facts::Sha256;

/// One line per file, in the byte order of the names, whatever the order of `files`.
///
/// The names have no backslash and no line feed (they are plain file names, or such joined by
/// `/`), so no line needs the escaped form.
#[must_use]
pub fn checksums<'a>(files: impl IntoIterator<Item = (&'a str, Sha256)>) -> Vec<u8> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    let lines: Vec<_> = files.iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect();
    lines.concat().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn is_sorted_by_bytes() {
        let digest = Sha256::of(b"");
        let text = checksums([("a", digest), ("a-b", digest), ("B", digest)]);
        expect![[r#"
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  B
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a-b
        "#]]
        .assert_eq(&String::from_utf8(text).unwrap());
    }

    proptest! {
        #[test]
        fn every_line_parses_back(names in prop::collection::btree_set("[A-Za-z0-9+_][A-Za-z0-9+._-]{0,20}", 0..8)) {
            let text = String::from_utf8(checksums(names.iter().map(|name| (name.as_str(), Sha256::of(name.as_bytes()))))).unwrap();
            let read: Vec<_> = text.lines().map(|line| line.split_once("  ").unwrap()).collect();
            let expected: Vec<_> = names.iter().map(|name| (Sha256::of(name.as_bytes()).to_string(), name)).collect();
            prop_assert_eq!(read.len(), expected.len());
            for ((digest, name), (expected_digest, expected_name)) in read.iter().zip(&expected) {
                prop_assert_eq!((*digest, *name), (expected_digest.as_str(), expected_name.as_str()));
            }
        }
    }
}
