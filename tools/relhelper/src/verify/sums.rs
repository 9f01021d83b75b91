//! `SHA256SUMS` and `checksums.txt`, read as strictly as they are written: lower-case digits, two spaces, a name, a line
//! feed; names in the order of their bytes, each once.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::problem::{Findings, Kind};
use crate::facts::Sha256;
use crate::release::RelativePath;

/// Most bytes of such a list that are read.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

const LINE: &str = "64 lower-case hexadecimal digits, two spaces, a plain name, a line feed";

/// The names and digests. What cannot be read goes to `findings`.
pub fn parse(file: &str, bytes: &[u8], findings: &mut Findings) -> BTreeMap<RelativePath, Sha256> {
    let (mut sums, mut folded_names) = (BTreeMap::new(), BTreeMap::new());
    let mut last: Option<RelativePath> = None;
    if bytes.is_empty() {
        findings.add(Kind::Form, file, None, "an empty file", LINE);
    }
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let at = || Some(format!("line {}", index.saturating_add(1)));
        let Some((name, sha256)) = parse_line(line) else {
            findings.add(Kind::Form, file, at(), &String::from_utf8_lossy(line), LINE);
            continue;
        };
        if let Some(last) = last.filter(|last| *last >= name) {
            let expected = format!("a name behind `{last}` in the order of bytes");
            findings.add(Kind::Form, file, at(), &format!("`{name}`"), &expected);
        }
        last = Some(name.clone());
        let folded = name.as_str().to_ascii_lowercase();
        if let Some(known) = folded_names.insert(folded, name.clone()) {
            let expected = format!("no second name that is `{known}` when case is ignored");
            findings.add(Kind::Name, file, at(), &format!("`{name}`"), &expected);
        }
        // The first of two is kept: the second was just refused.
        sums.entry(name).or_insert(sha256);
    }
    sums
}

fn parse_line(line: &[u8]) -> Option<(RelativePath, Sha256)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (digest, name) = line.split_at_checked(64)?;
    Some((name.strip_prefix("  ")?.parse().ok()?, digest.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use expect_test::expect;
    use proptest::prelude::*;

    fn problems(bytes: &[u8]) -> Vec<String> {
        let mut findings = Findings::default();
        parse("SHA256SUMS", bytes, &mut findings);
        findings.finish().0.iter().map(ToString::to_string).collect()
    }

    fn written() -> Vec<u8> {
        document::checksums(["B", "a", "a-b"].map(|name| (name, Sha256::of(name.as_bytes()))))
    }

    #[test]
    fn reads_what_is_written() {
        let mut findings = Findings::default();
        let sums = parse("SHA256SUMS", &written(), &mut findings);
        assert!(findings.is_empty());
        assert_eq!(sums.len(), 3);
        assert_eq!(sums[&"a".parse().unwrap()], Sha256::of(b"a"));
    }

    #[test]
    fn refuses_every_other_form() {
        let text = String::from_utf8(written()).unwrap();
        let line = text.lines().next().unwrap();
        for (what, other) in [
            ("no line feed at the end", text.trim_end().to_owned()),
            ("carriage returns", text.replace('\n', "\r\n")),
            ("capitals", text.replacen("df7e", "DF7E", 1)),
            ("a star", text.replacen("  ", " *", 1)),
            ("one space", text.replacen("  ", " ", 1)),
            ("three spaces", text.replacen("  ", "   ", 1)),
            ("an empty line", format!("\n{text}")),
            ("nothing", String::new()),
            ("a line twice", format!("{line}\n{text}")),
            ("another order", text.split_inclusive('\n').rev().collect()),
            ("a way out", text.replacen("  B", "  ../B", 1)),
            ("a byte order mark", format!("\u{feff}{text}")),
            ("a comment", format!("# SHA-256\n{text}")),
            ("one name in two cases", text.replacen("  a\n", "  b\n", 1)),
        ] {
            assert!(text == other || !problems(other.as_bytes()).is_empty(), "{what}");
            assert!(text != other || what == "capitals", "{what} changes nothing");
        }
    }

    #[test]
    fn says_which_line() {
        let text = String::from_utf8(written()).unwrap().replacen("  a-b", "  A", 1);
        expect![[r#"
            [
                "SHA256SUMS: line 3: wrong name: found `A`, expected no second name that is `a` when case is ignored",
                "SHA256SUMS: line 3: not of its format: found `A`, expected a name behind `a` in the order of bytes",
            ]
        "#]].assert_debug_eq(&{ let mut all = problems(text.as_bytes()); all.sort(); all.reverse(); all });
    }

    proptest! {
        #[test]
        fn what_pleases_is_what_would_be_written(text in "([0-9a-f]{64}  [a-c/.]{1,3}\n){0,3}") {
            let mut findings = Findings::default();
            let sums = parse("SHA256SUMS", text.as_bytes(), &mut findings);
            if findings.is_empty() {
                let again = document::checksums(sums.iter().map(|(name, sha256)| (name.as_str(), *sha256)));
                prop_assert_eq!(again, text.into_bytes());
            }
        }
    }
}
