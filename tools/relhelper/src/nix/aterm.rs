//! The text form of derivations: tuples, lists and strings of the `ATerm` format, as Nix writes it.
//!
//! Nix leaves one way to write each value, so there is no white space to skip. In strings `\n`,
//! `\r`, `\t` stand for control characters and a backslash in front of any other for itself.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// Reads a text from its start to its end.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

/// Where a text stops being what it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is {found} at byte {at}, expected {expected}")]
#[expect(missing_docs, reason = "the text says it")]
pub struct AtermError {
    pub at: usize,
    pub found: String,
    pub expected: String,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, expected: impl Into<String>) -> AtermError {
        let rest = self.rest();
        let shown = String::from_utf8_lossy(&rest[..rest.len().min(12)]).escape_debug().to_string();
        let found = if rest.is_empty() { "the end".to_owned() } else { format!("`{shown}`") };
        AtermError { at: self.at, found, expected: expected.into() }
    }

    /// Goes past `token` if it is next.
    pub fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    /// Goes past `token`.
    ///
    /// # Errors
    ///
    /// When something else is next.
    pub fn expect(&mut self, token: &str) -> Result<(), AtermError> {
        if self.take(token) { Ok(()) } else { Err(self.error(format!("`{token}`"))) }
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    ///
    /// When something is.
    pub fn end(&self) -> Result<(), AtermError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("the end")) }
    }

    /// A list of what `item` reads.
    ///
    /// # Errors
    ///
    /// When it is no list, or that of `item`.
    pub fn list<T, E: From<AtermError>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        self.expect("[")?;
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if !self.take(",") {
                self.expect("]")?;
                return Ok(items);
            }
        }
    }

    /// A string of any bytes.
    ///
    /// # Errors
    ///
    /// When it is none, or it does not end.
    pub fn bytes(&mut self) -> Result<Vec<u8>, AtermError> {
        self.expect("\"")?;
        let mut value = Vec::new();
        loop {
            let rest = self.rest();
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                return Err(self.error("`\"`"));
            };
            value.extend_from_slice(&rest[..length]);
            self.at += length + 1;
            if rest[length] == b'"' {
                return Ok(value);
            }
            let escaped =
                *self.rest().first().ok_or_else(|| self.error("a character behind `\\`"))?;
            self.at += 1;
            value.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
        }
    }

    /// A string that is text.
    ///
    /// # Errors
    ///
    /// When it is no string, or not UTF-8.
    pub fn text(&mut self) -> Result<String, AtermError> {
        let start = Self { text: self.text, at: self.at };
        String::from_utf8(self.bytes()?).map_err(|_| start.error("a string of UTF-8"))
    }
}

/// Appends a string as it is, in quotes.
pub fn write_plain(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(value);
    out.push(b'"');
}

/// Appends a string.
pub fn write_string(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    for byte in value {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.push(*other),
        }
    }
    out.push(b'"');
}

/// Appends a list, or with other brackets a tuple.
pub fn write_list<T>(
    out: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(open);
    for (index, value) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        item(out, value);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn says_where_and_what() {
        let error = Reader::new(b"[\"a\";").list::<_, AtermError>(Reader::bytes).unwrap_err();
        assert_eq!(error.to_string(), "there is `;` at byte 4, expected `]`");
        let error = Reader::new(b"\"a").bytes().unwrap_err();
        assert_eq!(error.to_string(), "there is the end at byte 2, expected `\"`");
        let error = Reader::new(b"\"a\\").bytes().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is the end at byte 3, expected a character behind `\\`"
        );
        let error = Reader::new(b"\"\xff\"").text().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is `\"\u{fffd}\\\"` at byte 0, expected a string of UTF-8"
                .replace("`\"\u{fffd}", "`\\\"\u{fffd}")
        );
    }

    proptest! {
        #[test]
        fn reading_is_the_inverse_of_writing(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut text = Vec::new();
            write_string(&mut text, &value);
            let mut reader = Reader::new(&text);
            prop_assert_eq!(reader.bytes().unwrap(), value);
            reader.end().unwrap();
        }
    }
}
