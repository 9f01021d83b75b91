//! The one writer of JSON documents.
//!
//! Objects have the order of their Rust fields, or of the bytes of their keys where they are maps;
//! two spaces of indentation, one line feed at the end, UTF-8 without escapes that JSON does not
//! demand. Equal values therefore have equal bytes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use crate::sbom::Uuid;

/// The version of all JSON documents of this program that begin with `formatVersion`.
pub const FORMAT_VERSION: u32 = 1;

/// The bytes of the document.
///
/// # Panics
///
/// When `document` has a map with keys that are not strings; no document has one.
#[must_use]
pub fn to_bytes(document: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(document).expect("the keys of documents are strings");
    bytes.push(b'\n');
    bytes
}

/// The bytes of a document that names itself by its own content: `name` gets the UUID of the document in which
/// the top-level field `key` is empty, and gives the text that goes there.
///
/// No text in front of that field may look like it.
///
/// # Panics
///
/// When `document` has no such field, or one that is not empty.
#[must_use]
pub fn to_named_bytes(
    document: &impl Serialize,
    key: &str,
    name: impl FnOnce(Uuid) -> String,
) -> Vec<u8> {
    let mut bytes = to_bytes(document);
    let empty = format!("\n  \"{key}\": \"");
    let field = memchr::memmem::find(&bytes, format!("{empty}\"").as_bytes());
    let place = field.expect("the field is there and empty") + empty.len();
    let name = name(Uuid::of(&bytes));
    bytes.splice(place..place, name.into_bytes());
    bytes
}
