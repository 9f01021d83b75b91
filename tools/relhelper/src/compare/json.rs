//! Why two JSON documents differ: which values, by JSON pointer (RFC 6901).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::Value;

use super::bytes::common_prefix;
use super::text::shown;
use super::{Cause, Difference, Excerpt, words};

const MOST_VALUES: usize = 20;

/// The values that differ; nothing when one is not JSON, or neither an object nor an array.
#[must_use]
pub fn explain(published: &str, rebuilt: &str) -> Option<Vec<Difference>> {
    let parse = |text: &str| {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(|value| value.is_object() || value.is_array())
    };
    let (one, other) = (parse(published)?, parse(rebuilt)?);
    let at = common_prefix(published.as_bytes(), rebuilt.as_bytes());
    if one == other {
        return Some(vec![Difference {
            place: Vec::new(),
            published: Some(Excerpt::of(published.as_bytes(), at)),
            rebuilt: Some(Excerpt::of(rebuilt.as_bytes(), at)),
            cause: Cause::JsonFormat,
        }]);
    }
    let mut found = Vec::new();
    walk(&one, &other, &mut String::new(), &mut found);
    let excerpt = |text: &str, value: Option<&Value>, theirs: Option<&Value>| {
        let value = value?;
        let same = theirs
            .map_or(0, |theirs| common_prefix(plain(value).as_bytes(), plain(theirs).as_bytes()));
        let offset = place(text, value).unwrap_or(at);
        Some(Excerpt::of(text.as_bytes(), offset).meaning(shown(&plain(value), same)))
    };
    Some(
        found
            .into_iter()
            .map(|Found { pointer, published: mine, rebuilt: theirs }| Difference {
                cause: cause(&pointer, mine, theirs),
                place: vec![if pointer.is_empty() {
                    "the whole document".to_owned()
                } else {
                    pointer
                }],
                published: excerpt(published, mine, theirs),
                rebuilt: excerpt(rebuilt, theirs, mine),
            })
            .collect(),
    )
}

struct Found<'a> {
    pointer: String,
    published: Option<&'a Value>,
    rebuilt: Option<&'a Value>,
}

fn walk<'a>(one: &'a Value, other: &'a Value, pointer: &mut String, found: &mut Vec<Found<'a>>) {
    if one == other || found.len() == MOST_VALUES {
        return;
    }
    let length = pointer.len();
    let mut step = |key: String,
                    one: Option<&'a Value>,
                    other: Option<&'a Value>,
                    found: &mut Vec<Found<'a>>| {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        match (one, other) {
            (Some(one), Some(other)) => walk(one, other, pointer, found),
            (one, other) if found.len() < MOST_VALUES => {
                found.push(Found { pointer: pointer.clone(), published: one, rebuilt: other });
            }
            _ => {}
        }
        pointer.truncate(length);
    };
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                step(key.clone(), Some(value), other.get(key), found);
            }
            for (key, value) in other.iter().filter(|(key, _)| !one.contains_key(*key)) {
                step(key.clone(), None, Some(value), found);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                step(index.to_string(), one.get(index), other.get(index), found);
            }
        }
        _ => found.push(Found {
            pointer: pointer.clone(),
            published: Some(one),
            rebuilt: Some(other),
        }),
    }
}

/// The key is part of the text that is looked at: `hostname` says what the value is.
fn cause(pointer: &str, one: Option<&Value>, other: Option<&Value>) -> Cause {
    let (Some(one), Some(other)) = (one, other) else { return Cause::JsonValue };
    let key = pointer
        .rsplit('/')
        .find(|key| !key.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or_default();
    match words::cause(&format!("{key}: {}", plain(one)), &format!("{key}: {}", plain(other))) {
        Cause::Text => Cause::JsonValue,
        other => other,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where a value stands in the text, if it is there once.
fn place(text: &str, value: &Value) -> Option<usize> {
    let wanted = value.to_string();
    let mut places = memchr::memmem::find_iter(text.as_bytes(), &wanted);
    let first = places.next()?;
    places.next().is_none().then_some(first)
}
