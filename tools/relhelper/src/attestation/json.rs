//! JSON from strangers: one value, bounded, in which no object has a key twice.
//!
//! Of two equal keys some readers take the first and some the last, so that a signed document would say different things
//! to different readers.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How much is read; whoever needs more raises it here.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the text.
    pub max_bytes: usize,
    /// Arrays and objects within each other.
    pub max_depth: usize,
    /// Values, those inside of others included.
    pub max_values: usize,
}

impl Limits {
    /// For envelopes and for what they carry: a provenance of a release has about 60 kB and 3000 values.
    pub const ATTESTATION: Self =
        Self { max_bytes: 8 * 1024 * 1024, max_depth: 32, max_values: 200_000 };
}

/// Bytes that are not such a value.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum JsonError {
    #[error("it has {found} bytes, at most {limit} are read")]
    Size { found: usize, limit: usize },
    #[error("it is not JSON as expected: {0}")]
    Syntax(serde_json::Error),
}

/// The value that `bytes` are.
///
/// # Errors
///
/// When they are more than the limits allow, no JSON, have anything behind the value, or an object has a key twice.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.max_bytes {
        return Err(JsonError::Size { found: bytes.len(), limit: limits.max_bytes });
    }
    let left = Cell::new(limits.max_values);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: limits.max_depth, left: &left }
        .deserialize(&mut deserializer)
        .map_err(JsonError::Syntax)?;
    deserializer.end().map_err(JsonError::Syntax)?;
    Ok(value)
}

/// A value at a place where `depth` more arrays and objects may begin, and `left` more values in all.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        Ok(Self { depth: depth.ok_or_else(|| E::custom("it is nested too deeply"))?, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| D::Error::custom("it has too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, found: bool) -> Result<Value, E> {
        Ok(Value::Bool(found))
    }

    fn visit_i64<E>(self, found: i64) -> Result<Value, E> {
        Ok(Value::Number(found.into()))
    }

    fn visit_u64<E>(self, found: u64) -> Result<Value, E> {
        Ok(Value::Number(found.into()))
    }

    fn visit_f64<E: Error>(self, found: f64) -> Result<Value, E> {
        Number::from_f64(found).map(Value::Number).ok_or_else(|| E::custom("it is not a number"))
    }

    fn visit_str<E>(self, found: &str) -> Result<Value, E> {
        Ok(Value::String(found.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut found = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut found = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if found.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the key `{}` is there twice",
                    key.escape_debug()
                )));
            }
            let value = entries.next_value_seed(inner)?;
            found.insert(key, value);
        }
        Ok(Value::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    const SMALL: Limits = Limits { max_bytes: 100, max_depth: 3, max_values: 10 };

    #[track_caller]
    fn check_error(text: &str, expected: Expect) {
        expected.assert_eq(&parse(text.as_bytes(), &SMALL).unwrap_err().to_string());
    }

    #[test]
    fn refuses_what_readers_could_take_differently() {
        check_error(
            r#"{"a":1,"b":{"a":1,"\u0061":2}}"#,
            expect!["it is not JSON as expected: the key `a` is there twice at line 1 column 26"],
        );
        check_error(
            "{} {}",
            expect!["it is not JSON as expected: trailing characters at line 1 column 4"],
        );
        check_error(
            "1e999",
            expect!["it is not JSON as expected: number out of range at line 1 column 5"],
        );
        check_error(
            "",
            expect!["it is not JSON as expected: EOF while parsing a value at line 1 column 0"],
        );
    }

    #[test]
    fn has_limits() {
        check_error(
            "[[[[]]]]",
            expect!["it is not JSON as expected: it is nested too deeply at line 1 column 5"],
        );
        assert!(parse(b"[[[]]]", &SMALL).is_ok());
        check_error(
            "[1,2,3,4,5,6,7,8,9,10]",
            expect!["it is not JSON as expected: it has too many values at line 1 column 19"],
        );
        check_error(&" ".repeat(101), expect!["it has 101 bytes, at most 100 are read"]);
        assert!(parse(format!("{:100}", 1).as_bytes(), &SMALL).is_ok());
    }

    #[test]
    fn takes_every_kind_of_value() {
        let text = r#"[true, -1, 2, 1.5, "a", null, {"b": false}]"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes(), &SMALL).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_where_it_accepts(text in "[\\[\\]{}:,\"a-c0-9.eE+ -]{0,30}|\\PC{0,20}") {
            if let Ok(value) = parse(text.as_bytes(), &Limits::ATTESTATION) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
