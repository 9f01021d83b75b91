//! The documents of a release, as a reader takes them: closed lists of fields, each once, in the one form that is
//! written. Shapes only; what they say is compared elsewhere.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod bundle_manifest;
pub mod cyclonedx;
pub mod index;
pub mod manifest;
pub mod provenance;
pub mod spdx;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::problem::{Findings, Kind};
use crate::document::json;

/// The version of our own formats that this program reads.
pub const FORMAT_VERSION: u64 = json::FORMAT_VERSION as u64;

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "formatVersion")]
    format_version: u64,
}

/// Reads one of our own documents. One of another `formatVersion` cannot be judged; what is wrong with the form
/// goes to `findings`.
pub fn read<T: DeserializeOwned + Serialize>(
    file: &str,
    bytes: &[u8],
    findings: &mut Findings,
) -> Option<T> {
    if let Ok(Probe { format_version }) = serde_json::from_slice(bytes)
        && format_version != FORMAT_VERSION
    {
        let reason = format!(
            "it has formatVersion {format_version}, and this program knows {FORMAT_VERSION} only"
        );
        findings.unchecked(file, &reason);
        return None;
    }
    read_any(file, bytes, findings)
}

/// Reads a document that has no `formatVersion`.
///
/// It must be, byte for byte, what [`json::to_bytes`] writes of it: no field twice, none that is not known, one order, one
/// way to indent.
pub fn read_any<T: DeserializeOwned + Serialize>(
    file: &str,
    bytes: &[u8],
    findings: &mut Findings,
) -> Option<T> {
    let document = match serde_json::from_slice::<T>(bytes) {
        Ok(document) => document,
        Err(error) => {
            malformed(file, &error, "a document of its format", findings);
            return None;
        }
    };
    canonical(file, bytes, &json::to_bytes(&document), findings);
    Some(document)
}

/// Takes note of what keeps a document from being read.
pub(super) fn malformed(
    file: &str,
    error: &serde_json::Error,
    expected: &str,
    findings: &mut Findings,
) {
    let at = format!("line {} column {}", error.line(), error.column());
    let (text, place) = (error.to_string(), format!(" at {at}"));
    let found = text.strip_suffix(&place).unwrap_or(&text);
    findings.add(Kind::Form, file, Some(at), found, expected);
}

/// Takes note of the first line in which `bytes` are not what is written of them.
fn canonical(file: &str, bytes: &[u8], written: &[u8], findings: &mut Findings) {
    if bytes == written {
        return;
    }
    let mut pairs = bytes.split(|byte| *byte == b'\n').zip(written.split(|byte| *byte == b'\n'));
    let line = pairs.clone().take_while(|(found, expected)| found == expected).count();
    let (found, expected) =
        pairs.nth(line).unwrap_or((b"another end", b"one line feed at the end"));
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let at = Some(format!("line {}", line.saturating_add(1)));
    findings.add(Kind::Form, file, at, &text(found), &text(expected));
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use index::Index;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let mut findings = Findings::default();
        read::<Index>("index.json", text.as_bytes(), &mut findings);
        let (problems, unchecked) = findings.finish();
        let lines = problems.iter().map(ToString::to_string);
        let lines: Vec<_> =
            lines.chain(unchecked.iter().map(|unchecked| unchecked.reason.clone())).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    fn good() -> String {
        let facts = crate::facts::samples::release_facts();
        String::from_utf8(crate::document::index(&facts)).unwrap()
    }

    #[test]
    fn reads_what_is_written() {
        check(&good(), expect![""]);
    }

    #[test]
    fn refuses_other_forms() {
        let good = good();
        check(
            &good.replace("\"formatVersion\": 1", "\"formatVersion\": 2"),
            expect!["it has formatVersion 2, and this program knows 1 only"],
        );
        check(
            &good.replacen(
                "\"name\": \"hello\",",
                "\"name\": \"hello\",\n  \"name\": \"hello\",",
                1,
            ),
            expect![
                "index.json: line 4 column 8: not of its format: found duplicate field `name`, expected a document of its format"
            ],
        );
        check(
            &good.replacen("\"name\"", "\"nam\"", 1),
            expect![
                "index.json: line 3 column 7: not of its format: found unknown field `nam`, expected one of `formatVersion`, `name`, `version`, `source`, `targets`, expected a document of its format"
            ],
        );
        check(
            &good.replacen("  \"name\"", "\"name\"", 1),
            expect![[
                r#"index.json: line 3: not of its format: found "name": "hello",, expected   "name": "hello","#
            ]],
        );
        check(
            good.trim_end(),
            expect![
                "index.json: line 41: not of its format: found another end, expected one line feed at the end"
            ],
        );
        check(
            &format!("{good}{{}}"),
            expect![
                "index.json: line 41 column 1: not of its format: found trailing characters, expected a document of its format"
            ],
        );
        // Deeper than anything that is ours, and deeper than the parser goes.
        for depth in [3, 100_000] {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let mut findings = Findings::default();
            assert!(read::<Index>("index.json", deep.as_bytes(), &mut findings).is_none());
            assert!(!findings.is_empty());
        }
    }

    #[test]
    fn refuses_a_key_of_a_map_twice() {
        let good = good();
        let at = good.find("    \"x86_64-unknown-linux-musl\"").unwrap();
        let (end, _) = good.match_indices("    }\n  }").next().unwrap();
        let row = &good[at..end + 5];
        let twice =
            format!("{},\n{}", &good[..end + 5], &good[at..]).replace("    }\n  }\n}\n,", "");
        assert!(twice.matches(row).count() == 2, "{twice}");
        let mut findings = Findings::default();
        read::<Index>("index.json", twice.as_bytes(), &mut findings);
        assert!(!findings.is_empty());
    }
}
