//! Documents in which one fact was changed, and which are named by their content again.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::document::json as json_writer;
use crate::sbom::Uuid;

/// Every way to change one fact of a document: each line that has one, and what it becomes.
pub(super) fn changes(text: &str) -> Vec<(usize, String)> {
    let changed = |line: &str| {
        // A key ends with `": `, and the first of those is one.
        let start = line.find("\": ").map_or(line.len() - line.trim_start().len(), |end| end + 3);
        let (head, value) = line.split_at(start);
        let (value, comma) = value.strip_suffix(',').map_or((value, ""), |value| (value, ","));
        let value = match value {
            "null" => "\"other\"".to_owned(),
            "true" => "false".to_owned(),
            "false" => "true".to_owned(),
            _ if value.parse::<u64>().is_ok() => (value.parse::<u64>().unwrap() + 1).to_string(),
            // One digit or letter more would be seen by its length.
            _ => {
                let inner = value.strip_prefix('"')?.strip_suffix('"')?;
                let last = inner.chars().next_back()?;
                let other = match last {
                    '0'..='8' | 'a'..='e' | 'g'..='y' => char::from_u32(last as u32 + 1)?,
                    '9' => '0',
                    'f' => 'a',
                    _ => 'b',
                };
                format!("\"{}{other}\"", &inner[..inner.len() - last.len_utf8()])
            }
        };
        Some(format!("{head}{value}{comma}"))
    };
    let text = unfolded(text);
    let lines = text.lines().enumerate();
    lines.filter_map(|(index, line)| Some((index, changed(line)?))).collect()
}

/// The lines of a document that has one line.
fn unfolded(text: &str) -> Cow<'_, str> {
    if text.ends_with('\n') {
        return text.into();
    }
    let value: Value = serde_json::from_str(text).unwrap();
    serde_json::to_string_pretty(&value).unwrap().into()
}

/// A document of one line, named by its content as `text` is.
fn folded(lines: &str, text: &str) -> Vec<u8> {
    let value: Value = serde_json::from_str(lines).unwrap();
    let folded = serde_json::to_string(&value).unwrap();
    let start = text.find("urn:uuid:").unwrap();
    let namespace = text[start..].split_inclusive('#').next().unwrap();
    let uuid = Uuid::of(folded.replace(namespace, "#").as_bytes());
    folded.replace(namespace, &format!("urn:uuid:{uuid}#")).into_bytes()
}

/// `text` with another line at `index`, and named by its content again where it is.
pub(super) fn changed(text: &str, index: usize, line: &str) -> Vec<u8> {
    let unfolded = unfolded(text);
    let lines = unfolded.lines().enumerate();
    let lines: Vec<_> = lines.map(|(place, old)| if place == index { line } else { old }).collect();
    if !text.ends_with('\n') {
        return folded(&lines.join("\n"), text);
    }
    let text = format!("{}\n", lines.join("\n"));
    for (key, prefix) in [("serialNumber", "urn:uuid:"), ("documentNamespace", "")] {
        let field = format!("\n  \"{key}\": \"");
        let Some(start) = text.find(&field).map(|start| start + field.len()) else { continue };
        let end = start + text[start..].find('"').unwrap();
        let stem = text[start..end].len().saturating_sub(36);
        let prefix = if prefix.is_empty() { &text[start..start + stem] } else { prefix };
        let unnamed = format!("{}{}", &text[..start], &text[end..]);
        let uuid = Uuid::of(unnamed.as_bytes());
        return format!("{}{prefix}{uuid}{}", &text[..start], &text[end..]).into_bytes();
    }
    text.into_bytes()
}

#[test]
fn the_changes_are_changes() {
    let value = json!({ "a": null, "b": ["x9", true], "c": 7, "d": "a: b" });
    let text = String::from_utf8(json_writer::to_bytes(&value)).unwrap();
    let all: Vec<_> = changes(&text).into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        all,
        ["  \"a\": \"other\",", "    \"x0\",", "    false", "  \"c\": 8,", "  \"d\": \"a: c\""]
    );
}
