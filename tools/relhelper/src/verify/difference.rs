//! Where two documents differ.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde_json::Value;

use super::problem::Findings;

/// Takes note of every value that `found` has and `expected` has not, or has otherwise.
pub fn json(file: &str, found: &Value, expected: &Value, findings: &mut Findings) {
    walk(file, "$", Some(found), Some(expected), findings);
}

fn walk(
    file: &str,
    at: &str,
    found: Option<&Value>,
    expected: Option<&Value>,
    findings: &mut Findings,
) {
    match (found, expected) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for key in keys {
                walk(file, &format!("{at}.{key}"), one.get(key), other.get(key), findings);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for index in 0..one.len().max(other.len()) {
                let at = format!("{at}[{index}]");
                walk(file, &at, one.get(index), other.get(index), findings);
            }
        }
        (one, other) if one == other => {}
        (one, other) => {
            let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            findings.disagreement(file, at, &text(one), &text(other));
        }
    }
}

/// Takes note of every line between the first and the last one that differ.
pub fn text(file: &str, found: &[u8], expected: &[u8], findings: &mut Findings) {
    let lines = |text: &[u8]| {
        text.split_inclusive(|byte| *byte == b'\n')
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect::<Vec<_>>()
    };
    let (found, expected) = (lines(found), lines(expected));
    let same = found.iter().zip(&expected).take_while(|(one, other)| one == other).count();
    let (found, expected) = (&found[same..], &expected[same..]);
    let tail = found.iter().rev().zip(expected.iter().rev());
    let tail = tail.take_while(|(one, other)| one == other).count();
    let (found, expected) = (&found[..found.len() - tail], &expected[..expected.len() - tail]);
    for index in 0..found.len().max(expected.len()) {
        let text = |lines: &[String]| {
            lines.get(index).map_or("nothing".to_owned(), |line| format!("`{line}`"))
        };
        let line = same.saturating_add(index).saturating_add(1);
        findings.disagreement(file, &format!("line {line}"), &text(found), &text(expected));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn all(findings: Findings) -> String {
        let lines: Vec<_> =
            findings.finish().0.iter().map(|problem| format!("{problem}\n")).collect();
        lines.concat()
    }

    #[test]
    fn lists_every_value_that_differs() {
        let mut findings = Findings::default();
        json(
            "a.json",
            &json!({"a": [1, 2], "b": {"c": null}, "d": "x"}),
            &json!({"a": [1], "b": {"c": 1}, "e": "x"}),
            &mut findings,
        );
        expect![[r#"
            a.json: $.a[1]: does not agree: found 2, expected nothing
            a.json: $.b.c: does not agree: found null, expected 1
            a.json: $.d: does not agree: found "x", expected nothing
            a.json: $.e: does not agree: found nothing, expected "x"
        "#]]
        .assert_eq(&all(findings));
    }

    #[test]
    fn lists_every_line_that_differs() {
        let mut findings = Findings::default();
        text("a", b"1\n2\n3\n4\n", b"1\n3\n4", &mut findings);
        expect![[r"
            a: line 2: does not agree: found `2\n`, expected `3\n`
            a: line 3: does not agree: found `3\n`, expected `4`
            a: line 4: does not agree: found `4\n`, expected nothing
        "]]
        .assert_eq(&all(findings));
    }
}
